"""Options that experiments share: which model, on which data, in which space.

An experiment's `Options` inherits those that it has; the functions below turn what was typed into
what is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from mceval8k.cli_options import REVISION_HELP, TASKS_HELP
from mceval8k.console import say
from mceval8k.editions import Edition, open_edition
from mceval8k.editions.selection import select_tasks
from mceval8k.prompts.demonstrations import BALANCED
from mceval8k.prompts.pack import DEFAULT
from neurgrad_eval.engine.answer_gradients import Sign, Space
from neurgrad_eval.neuron_model import ComputeDtype, NeuronModel
from neurgrad_eval.runs.processes import current
from neurgrad_eval.runs.settings import Settings, UpTo, option


@dataclass(frozen=True, kw_only=True)
class ModelInput(Settings):
    """Which model, and where it computes."""

    model: str = option(
        help="Folder in transformers' format, Hub id, or GGUF file; may be given again.",
        repeated=True,
    )
    revision: str | None = option(
        None, "Branch, tag or commit of the model's Hub id.", name="model-revision"
    )
    kind: Literal["auto", "causal", "masked", "seq2seq"] = option(
        "auto", "Language model: 'auto' is what the model's config says."
    )
    dtype: Literal["default", "half", "float32", "bfloat16", "float16", "auto"] = option(
        "default",
        "Type of the weights; 'half': float16, or bfloat16 where its range is needed; 'default': "
        "half on CUDA, else float32; 'auto': as stored.",
    )
    compute_dtype: ComputeDtype = option(
        "auto",
        "What 16-bit weights compute in: 'auto': their own type, but float32 where neurons are "
        "read; 'float32': all in float32, slower.",
    )
    random_weights: int | None = option(
        None,
        "Seed of random weights in place of the model's own: a control.",
        least=0,
        nothing="none",
    )
    device: str = option(
        "auto",
        "Where to compute: cpu, cuda, cuda:1, mps; 'auto' is CUDA where there is one.",
        affects=False,
    )
    device_map: str | None = option(
        None, "Spread the layers over devices: 'auto', as transformers does.", affects=False
    )
    batch_size: int | Literal["auto"] = option(
        "auto",
        "Prompts per forward pass; 'auto': what free memory holds, at most 8 on a CPU.",
        least=1,
        affects=False,
    )
    max_tokens: int | None = option(
        None, "Tokens per forward pass, padding and copies included.", least=1, affects=False
    )


@dataclass(frozen=True, kw_only=True)
class SpaceInput(Settings):
    """Whose coordinates neurons are."""

    space: Space = option(
        "hidden", "Neurons: what enters the down-projection, or what the up-projection gives."
    )


@dataclass(frozen=True, kw_only=True)
class GradientInput(SpaceInput):
    """Whose coordinates neurons are, and how a shift moves them."""

    sign: Sign = option(
        "magnitude", "A shift moves a neuron away from zero, or up; 'paper': at 0, down."
    )


@dataclass(frozen=True, kw_only=True)
class PromptsInput(Settings):
    """Prompts and answers from a file."""

    prompts: Path = option(
        help="Parquet, JSONL or CSV file with columns prompt and answer (one token)."
    )
    limit: int | None = option(
        None, "Maximum number of prompts.", least=1, affects=False, nothing="all"
    )


@dataclass(frozen=True, kw_only=True)
class EditionInput(Settings):
    """Items of a task of an edition, and how they become prompts."""

    edition: str = option(help="Folder of an edition, or Hub id.")
    edition_revision: str | None = option(None, REVISION_HELP)
    task: str = option(help=TASKS_HELP)
    num_fewshot: int | Literal["balanced"] = option(
        BALANCED, "Demonstrations, or 'balanced': one per option.", least=0
    )
    pack: str = option(DEFAULT, "Prompt pack: a name or a YAML file.")
    seed: int = option(
        0, "Seed of items, demonstrations, all other draws, and the bootstrap.", least=0
    )

    def several(self) -> Sequence[tuple[str, EditionInput]]:
        """One run for each task."""
        chosen = select_tasks(self.task, opened(self))
        if chosen.skipped and current().is_main:
            say(f"not in the edition, so skipped: {', '.join(chosen.skipped)}")
        return [(task.name, replace(self, task=task.name)) for task in chosen.tasks]


@dataclass(frozen=True, kw_only=True)
class TrainingInput(EditionInput):
    """Training items of a task."""

    train_size: int | None = option(
        UpTo(1000),
        "Training prompts, balanced over labels; by default at most as many as there are.",
        least=1,
        nothing="all",
    )


@dataclass(frozen=True, kw_only=True)
class ItemInput(TrainingInput):
    """Training, test and validation items of a task."""

    test_size: int | None = option(None, "Test prompts.", least=1, nothing="all")
    validation_size: int = option(200, "Maximum number of validation prompts; 0 for none.", least=0)


def opened(options: EditionInput) -> Edition:
    """Open the edition."""
    return open_edition(options.edition, revision=options.edition_revision)


def loaded(options: ModelInput) -> NeuronModel:
    """Load the model; the last one is kept for the next run that needs it."""
    return _load(
        options.model,
        options.revision,
        options.kind,
        options.dtype,
        options.compute_dtype,
        options.random_weights,
        current().device(options.device),
        options.device_map,
    )


@lru_cache(maxsize=1)
def _load(
    path_or_id: str,
    revision: str | None,
    kind: Literal["auto", "causal", "masked", "seq2seq"],
    dtype: str,
    compute_dtype: ComputeDtype,
    random_weights: int | None,
    device: str,
    device_map: str | None,
) -> NeuronModel:
    if current().is_main:
        say(f"loading {path_or_id}")
    return NeuronModel.from_pretrained(
        path_or_id,
        revision=revision,
        kind=kind,
        dtype=dtype,
        compute_dtype=compute_dtype,
        random_weights=random_weights,
        device=device,
        device_map=device_map,
    )
