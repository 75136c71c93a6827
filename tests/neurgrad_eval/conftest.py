"""Tiny models and features for tests that need no download."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.features import Features
from neurgrad_eval.features.stored import to_arrays
from neurgrad_eval.inputs.item_table import items_table
from neurgrad_eval.inputs.stored import StoredRun
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.experiment import Experiment, Findings
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings
from tests import commands

LETTERS = [chr(code) for code in range(32, 127)]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """One token per ASCII character, and one for each of ` A` to ` E`."""
    words = [*LETTERS, "\n", " A", " B", " C", " D", " E"]
    tokenizer = Tokenizer(
        models.BPE({w: i for i, w in enumerate(words)}, [(" ", c) for c in "ABCDE"])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def tiny_llama(**changes: int) -> LlamaForCausalLM:
    """A random three-layer Llama with grouped-query attention, in float64 for exact comparisons."""
    torch.manual_seed(0)
    sizes = {
        "hidden_size": 16,
        "intermediate_size": 24,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 256,
        "vocab_size": 128,
        "initializer_range": 0.5,
    }
    return LlamaForCausalLM(LlamaConfig(**(sizes | changes))).double()


@pytest.fixture(scope="session")
def tiny() -> NeuronModel:
    """A tiny Llama, wrapped."""
    return NeuronModel.from_model(tiny_llama(), tiny_tokenizer(), name="tiny")


@pytest.fixture(scope="session")
def real(smollm2: Path) -> NeuronModel:
    """SmolLM2-135M-Instruct, loaded once."""
    return NeuronModel.from_pretrained(smollm2)


@pytest.fixture
def neurgrad() -> Callable[..., tuple[int, str, str]]:
    """Run `neurgrad` with words and options; gives status, standard output and error."""

    def run(*words: Any, **options: Any) -> tuple[int, str, str]:
        pairs = ((f"--{name.replace('_', '-')}", value) for name, value in options.items())
        done = commands.neurgrad(*words, *(part for pair in pairs for part in pair))
        return done.returncode, done.stdout, " ".join(done.stderr.split())

    return run


@pytest.fixture(scope="session")
def make_tiny_llama() -> Callable[..., LlamaForCausalLM]:
    """Function that makes a random Llama; see `tiny_llama`."""
    return tiny_llama


WORDS = ("coast", "river", "market", "engine", "player", "minister", "forest", "signal")


def released_rows(count: int, seed: int, labels: int = 4) -> list[dict[str, Any]]:
    """Rows of a task in the released layout, with labels in turn."""
    rng = random.Random(seed)
    return [
        {"text": " ".join(rng.choices(WORDS, k=5)) + f" {seed}-{i}", "label": i % labels}
        for i in range(count)
    ]


def write_task(folder: Path, name: str = "agnews", labels: int = 4, **splits: Any) -> Path:
    """Write a small task in the released layout; `splits` take the place of its own."""
    sizes = {"train": (60, 1), "valid": (4, 2), "test": (20, 3)}
    known = {split: released_rows(*of, labels) for split, of in sizes.items()}
    task = folder / "classification" / name
    task.mkdir(parents=True)
    for split, rows in (known | splits).items():
        (task / f"{split}.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture
def probing_edition(tmp_path: Path) -> Path:
    """An edition in the released layout with a small agnews."""
    return write_task(tmp_path / "edition")


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory, tiny: NeuronModel) -> Path:
    """Folder of a tiny Llama whose context holds a prompt; its name has markup in it."""
    folder = tmp_path_factory.mktemp("models") / "[bold]tiny"
    tiny_llama(max_position_embeddings=4096).float().save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


WIDTHS = (64, 64)
ABOUT = {"model": "tiny", "edition": "here", "task": "agnews", "space": "hidden", "sign": "signed"}


def make_part(
    count: int,
    skilled: Sequence[int] = (),
    *,
    strength: float = 3.0,
    answers: int = 4,
    seed: int = 0,
    widths: tuple[int, ...] = WIDTHS,
    name: str = "item",
    groups: Sequence[str] = (),
    languages: Sequence[str] = (),
) -> Features:
    """Prompts with balanced labels; the skilled neurons favour the gold answer, others nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % answers)
    neurons = np.asarray(skilled, dtype=int)
    gradients = rng.normal(size=(count, answers, sum(widths)))
    gradients[np.arange(count)[:, None], labels[:, None], neurons] += strength
    activations = rng.normal(size=(count, sum(widths)))
    activations[:, neurons] += strength * labels[:, None]
    return Features(
        encode(gradients),
        activations.astype(np.float16),
        rng.dirichlet(np.ones(answers), size=count).astype(np.float32),
        labels,
        widths,
        ids=tuple(f"{name}-{number}" for number in range(count)),
        groups=tuple(groups),
        languages=tuple(languages),
    )


@pytest.fixture(scope="session")
def part() -> Callable[..., Features]:
    """Function that makes features in which it is known which neurons tell the answer."""
    return make_part


@pytest.fixture(scope="session")
def planted() -> Callable[..., StoredRun]:
    """Make a run whose skilled neurons are known."""

    def make(
        skilled: Sequence[int] = (), train: int = 80, test: int = 80, seed: int = 0, **more: Any
    ) -> StoredRun:
        first = make_part(train, skilled, seed=2 * seed + 1, name="train", **more)
        second = make_part(test, skilled, seed=2 * seed + 2, name="test", **more)
        return StoredRun(ABOUT, first, second)

    return make


class Keep(Experiment):
    """Keeps features as `neurgrad collect` does, without asking a model."""

    name = "collect"
    Settings = Options = Settings
    large = frozenset({"items"})

    def __init__(self, of: StoredRun) -> None:
        self.of = of

    @classmethod
    def open(cls, options: Any, out: Any) -> Keep:
        raise NotImplementedError

    def about(self) -> dict[str, Any]:
        return dict(self.of.about)

    def units(self) -> Sequence[str]:
        return ["train", "test"]

    def measure(self, unit: str) -> Any:
        own, start = getattr(self.of, unit), len(self.of.train) if unit == "test" else 0
        return {**to_arrays(own), "rows": np.arange(start, start + len(own))}

    def summarise(self, measured: Any) -> Findings:
        items: dict[str, Any] = {}
        for split in ("train", "test"):
            own = getattr(self.of, split)
            columns = (own.ids, own.groups, own.languages, own.questions, own.labels.tolist())
            names = ("id", "group", "lang", "question", "label")
            items[split] = [
                dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
            ]
        return Findings({"collected": [{"what": "all", "count": 1}], "items": items_table(items)})


@pytest.fixture(scope="session")
def stored() -> Callable[[StoredRun, Path], Path]:
    """Function that writes a run into a folder."""

    def write(of: StoredRun, folder: Path) -> Path:
        run(Keep(of), folder)
        return folder

    return write


@pytest.fixture(scope="session")
def rows_of() -> Callable[[Result, str], list[Any]]:
    """Function that gives the rows of a result's table, with a column as an attribute."""
    return lambda result, name: [SimpleNamespace(**row) for row in result.table(name).to_pylist()]


@pytest.fixture
def run_tokens(tiny: NeuronModel) -> Iterator[list[int]]:
    """How many tokens each forward pass of the tiny model runs, from here on."""
    sizes: list[int] = []
    embeddings = tiny.model.get_input_embeddings()
    handle = embeddings.register_forward_hook(lambda _, args, __: sizes.append(args[0].numel()))
    yield sizes
    handle.remove()


def patched_probabilities(
    model: NeuronModel, prompt: str, moved: Mapping[tuple[int, int], float], space: str = "hidden"
) -> torch.Tensor:
    """Probabilities of all tokens by a whole forward pass, each layer's own code patched.

    `moved` holds what is added to each neuron at the last position.
    """
    layers = model.model.model.layers

    def forward(mlp: Any, layer: int) -> Callable[[torch.Tensor], Any]:
        def run(x: torch.Tensor) -> Any:
            gate, up = mlp.act_fn(mlp.gate_proj(x)), mlp.up_proj(x)
            hidden = gate * up
            for (there, index), amount in moved.items():
                if there == layer:
                    (up if space == "up" else hidden)[0, -1, index] += amount
            return mlp.down_proj(gate * up if space == "up" else hidden)

        return run

    ids = torch.tensor([model.tokenizer(prompt)["input_ids"]])
    for number, layer in enumerate(layers):
        layer.mlp.forward = forward(layer.mlp, number)
    try:
        with torch.no_grad():
            probabilities: torch.Tensor = model.model(input_ids=ids).logits[0, -1].softmax(-1)
    finally:
        for layer in layers:
            del layer.mlp.forward
    return probabilities


@pytest.fixture(scope="session")
def patched() -> Callable[..., torch.Tensor]:
    """Function that shifts neurons without any hook; see `patched_probabilities`."""
    return patched_probabilities
