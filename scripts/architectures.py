"""Compare the gradients of every class of transformers' language models with a plain pass.

Each class of the causal, masked, image-text-to-text and seq2seq mappings is built tiny and random
from its config (`tiny_models`). The answer gradients of three prompts of different lengths with a
shared beginning, in batches of one and of three, in each space that the model has, are compared
with a plain forward and backward pass of each prompt alone (`plain_gradients`). Everything is
computed in float64; results are float32. With `--dtype float16` or `bfloat16`, the weights are
rounded to that type and read as such, and the plain passes are of the same weights in float32. What
differs is rounding, which may have a router choose another expert.

    python -m scripts.architectures                            # all classes, one process each
    python -m scripts.architectures --kind causal --jobs 2     # or masked, vision, seq2seq
    python -m scripts.architectures --families llama,mixtral   # types as in transformers' mappings
    python -m scripts.architectures --dtype float16            # see the rounding
    python -m scripts.architectures --json > census.json       # else a Markdown table

Outcomes: `right`; `refused`, with the line that a user sees; `wrong`, with the largest relative
error of an answer in a layer; `traceback`, if ours fails with anything but a line for the user;
`not built`, if transformers makes no tiny model that reads text alone. Exit code 1 if a class is
wrong or fails.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import sys
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from multiprocessing.connection import wait
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import torch
import transformers
from transformers.models.auto import modeling_auto as auto
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

from mceval8k.errors import MCEvalError
from neurgrad_eval.models.answer_position import decoder_start
from neurgrad_eval.models.sites import find_sites
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neuron_model.running import BatchSize
from scripts.family_changes import changes_of
from scripts.plain_gradients import Plain, plain_gradients, without_cache
from scripts.tiny_models import draw, tiny_config, tokenizer

Kind = Literal["causal", "masked", "vision", "seq2seq"]
Outcome = Literal["right", "refused", "wrong", "traceback", "not built"]
OUTCOMES: tuple[Outcome, ...] = ("right", "refused", "wrong", "traceback", "not built")
KINDS: dict[Kind, tuple[Any, dict[str, Any]]] = {
    "causal": (transformers.AutoModelForCausalLM, auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES),
    "masked": (transformers.AutoModelForMaskedLM, auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES),
    "vision": (
        transformers.AutoModelForImageTextToText,
        auto.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    ),
    "seq2seq": (
        transformers.AutoModelForSeq2SeqLM,
        auto.MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
    ),
}
TOLERANCE = 1e-4
"""Relative; some layers compute in float32 whatever the weights are."""
TOLERANCES = {torch.float32: 2e-3, torch.float16: 1.0, torch.bfloat16: math.inf}
"""Where the class takes no float64, and of weights of 16 bits, whose rounding the table shows."""
DTYPES = {"float64": None, "float16": torch.float16, "bfloat16": torch.bfloat16}
PROMPTS = (
    "Choose.\n\nWho?\nAnswer:",
    "Choose.\n\nWhat is red?\nAnswer:",
    "Choose.\n\nWhat is the colour of the sea?\nAnswer:",
)
ANSWERS = (" A", " B", " C")


@dataclass(frozen=True)
class Row:
    """What came of one class."""

    kind: Kind
    family: str
    """Model type, as in transformers' mapping."""
    name: str
    """Of the class."""
    outcome: Outcome
    error: float | None = None
    """Largest relative error of an answer's probability, or of its gradient or the activations in a
    layer, these in the Euclidean norm."""
    reading: str = ""
    """How prompts are read, and in which spaces."""
    reason: str = ""
    """Line of a refusal, or of what was raised."""


def main() -> int:
    """Run the command."""
    asked = _arguments()
    rows = []
    dtype = DTYPES[asked.dtype]
    for row in compare_all(asked.kind, asked.families, asked.jobs, asked.timeout, dtype):
        rows.append(row)
        print(row.kind, row.family, row.outcome, row.reason, file=sys.stderr, flush=True)
    rows.sort(key=_order)
    if asked.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        print(table(rows))
    return int(any(row.outcome in ("wrong", "traceback") for row in rows))


def table(rows: Sequence[Row]) -> str:
    """Write a table of counts, and one with a line for each class."""
    counts = Counter((row.kind, row.outcome) for row in rows)
    lines = [f"| | {' | '.join(OUTCOMES)} |", "|---|" + "--:|" * len(OUTCOMES)]
    for kind in KINDS:
        own = [counts[kind, outcome] for outcome in OUTCOMES]
        lines += [f"| {kind} ({sum(own)}) | {' | '.join(map(str, own))} |"] * any(own)
    lines += ["", "| kind | type | class | outcome | error | |", "|---|---|---|---|--:|---|"]
    lines += map(_cells, rows)
    return "\n".join(lines)


def _cells(row: Row) -> str:
    error = "" if row.error is None else f"{row.error:.0e}"
    note = (row.reason or row.reading).replace("|", "\\|").replace("\n", " ")
    return f"| {' | '.join((row.kind, row.family, row.name, row.outcome, error, note))} |"


def compare_all(
    kinds: Sequence[Kind],
    families: Sequence[str],
    jobs: int,
    seconds: float,
    dtype: torch.dtype | None = None,
) -> Iterator[Row]:
    """Compare classes, each in a process of its own, `jobs` at a time."""
    _warm_up()
    forks = multiprocessing.get_context("fork")
    left = [
        (kind, family)
        for kind in kinds
        for family in KINDS[kind][1]
        if not families or family in families
    ]
    running: dict[Any, tuple[Kind, str, Any, float]] = {}
    while left or running:
        while left and len(running) < jobs:
            kind, family = left.pop(0)
            here, there = forks.Pipe(duplex=False)
            process = forks.Process(target=_send, args=(there, kind, family, dtype))
            process.start()
            there.close()
            running[here] = (kind, family, process, monotonic() + seconds)
        ready = wait(list(running), timeout=1)
        for pipe, (kind, family, process, deadline) in list(running.items()):
            if pipe in ready or monotonic() > deadline:
                yield _receive(pipe, ready, kind, family, seconds)
                process.kill()
                process.join()
                del running[pipe]


def _send(pipe: Any, kind: Kind, family: str, dtype: torch.dtype | None) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what models say on their way
    pipe.send(compare(kind, family, dtype))


def _receive(pipe: Any, ready: Sequence[Any], kind: Kind, family: str, seconds: float) -> Row:
    if pipe not in ready:
        return Row(kind, family, _name(kind, family), "traceback", reason=f"over {seconds:g} s")
    try:
        row: Row = pipe.recv()
    except EOFError:
        return Row(kind, family, _name(kind, family), "traceback", reason="the process died")
    return row


def compare(kind: Kind, family: str, dtype: torch.dtype | None = None) -> Row:
    """Build one class, and compare its gradients with the plain ones."""
    name = _name(kind, family)
    try:
        model = exact = build(kind, family)
        if dtype is not None:
            model = deepcopy(exact).to(dtype)
            exact = exact.float()
            exact.load_state_dict(model.state_dict())
    except Exception as error:  # whatever a class says to a tiny config
        return Row(kind, family, name, "not built", reason=_line(error))
    try:
        read_as: Any = {"vision": "causal", "seq2seq": "auto"}.get(kind, kind)
        wrapped = NeuronModel.from_model(model, tokenizer(), name=family, kind=read_as)
        error = max(largest_error(wrapped, exact, up=space == "up") for space in wrapped.spaces)
    except MCEvalError as refusal:
        return Row(kind, family, name, "refused", reason=str(refusal))
    except Exception as failure:
        return Row(kind, family, name, "traceback", reason=_line(failure))
    reading = f"{wrapped.reading.strategy.name}; {', '.join(wrapped.spaces)}"
    tolerance = TOLERANCES.get(model.dtype, TOLERANCE)
    outcome: Outcome = "right" if error < tolerance else "wrong"
    return Row(kind, family, name, outcome, error, reading)


def build(kind: Kind, family: str) -> Any:
    """Make a tiny random model of one class that reads text alone, in float64 if it can be."""
    config = tiny_config(CONFIG_MAPPING[family](), **changes_of(kind, family))
    try:
        return _built(kind, config, torch.float64)
    except RuntimeError:  # some of its own tensors are float32
        return _built(kind, config, torch.float32)


@torch.no_grad()
def _built(kind: Kind, config: Any, dtype: torch.dtype) -> Any:
    torch.manual_seed(0)
    # torch has no grouped products in float64
    model: Any = KINDS[kind][0].from_config(deepcopy(config), experts_implementation="eager")
    model = model.to(dtype).eval()
    draw(model)
    inputs = {"input_ids": torch.tensor([tokenizer()(PROMPTS[-1])["input_ids"]])}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([decoder_start(model)])
    logits = model(**inputs, **without_cache(model)).logits
    if not logits.isfinite().all():
        raise ValueError("logits are not finite")
    return model


def largest_error(model: NeuronModel, exact: Any, *, up: bool) -> float:
    """Largest relative error over batch sizes, prompts and layers; plain is what `exact` gives."""
    texts = [f"{text}[MASK]. So" if model.kind == "masked" else text for text in PROMPTS]
    encoded = model.encode(texts, ANSWERS)
    mask, sites = model.tokenizer.mask_token_id, find_sites(exact)
    expected = [
        plain_gradients(
            exact,
            sites,
            ids,
            ids.index(mask) if model.kind == "masked" else -1,
            answers,
            up,
            model.answer_at.decoder_start,
        )
        for ids, answers in zip(encoded.prompts, encoded.answers, strict=True)
    ]
    errors = []
    sizes: tuple[BatchSize, ...] = (1, "auto")  # the latter holds all of them
    for size in sizes:
        found = model.answer_gradients(
            texts, ANSWERS, space="up" if up else "hidden", batch_size=size
        )
        errors += [_error(found, row, plain) for row, plain in enumerate(expected)]
    return max(errors)


def _error(found: Any, row: int, plain: Plain) -> float:
    """Largest relative error of an answer's probability, gradient or of an activation."""
    layers = zip(
        found.gradients, plain.gradients, found.activations, plain.activations, strict=True
    )
    pairs = [(found.probabilities[row][:, None], plain.probabilities[:, None])]
    for gradients, own_gradients, activations, own_activations in layers:
        pairs += [(gradients[row], own_gradients), (activations[row][None], own_activations[None])]
    return max(_relative(a, b) for a, b in pairs if b.numel())


def _relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest relative difference of a row, in the Euclidean norm."""
    if found.shape != expected.shape:
        return math.inf
    scale = expected.norm(dim=1).clamp(min=1e-30)  # what float32 cannot hold is 0
    error = float(((found.double() - expected).norm(dim=1) / scale).max())
    return math.inf if math.isnan(error) else error


def _name(kind: Kind, family: str) -> str:
    name = KINDS[kind][1][family]
    return name if isinstance(name, str) else name[0]


def _line(error: Exception) -> str:
    """What was raised, in one line, and where."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    first = next(iter(str(error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first[:160]} ({Path(frame.filename).name}:{frame.lineno})"


def _order(row: Row) -> tuple[int, str]:
    return list(KINDS).index(row.kind), row.family


def _warm_up() -> None:
    """Import once what every process needs."""
    transformers.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    compare("causal", "llama")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.architectures", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="may be repeated")
    parser.add_argument("--families", type=lambda t: t.split(","), default=[], metavar="A,B")
    parser.add_argument("--dtype", choices=DTYPES, default="float64", help="of the weights")
    parser.add_argument("--jobs", type=int, default=1, help="classes at a time")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for a class")
    parser.add_argument("--json", action="store_true", help="instead of a Markdown table")
    asked = parser.parse_args()
    asked.kind = asked.kind or list(KINDS)
    known = {family for kind in asked.kind for family in KINDS[kind][1]}
    if unknown := [family for family in asked.families if family not in known]:
        parser.error(f"there is no type {', '.join(unknown)} in transformers' mappings")
    return asked


if __name__ == "__main__":
    sys.exit(main())
