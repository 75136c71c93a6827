"""What is kept of a result file: the model, its setting, and the answers as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.metrics.reliability import Reliability
from harness.samples.counts import Count


@dataclass(frozen=True)
class Model:
    """The model of a run."""

    name: str
    """Hub id, or a path as it was given: two paths may end alike and hold two models."""
    revision: str
    """Commit where it is known, else the requested branch; empty for none."""
    dtype: str
    """Type of the weights, for example `float32`; empty where an API does not tell."""
    variant: str
    """Arguments that may make it another model: adapters, quantisation, another tokenizer."""


@dataclass(frozen=True)
class Setting:
    """How a model was evaluated; results are compared within one."""

    pack: str
    """Name of the prompt pack."""
    shots: str
    """Demonstrations before each item: a number, or `balanced` for one per option."""
    scoring: str
    """`likelihood`: the option most likely to follow; `generated`: the symbol in what is written"""
    seed: int
    """Seed of the demonstrations; 0 where there are none."""
    rotation: int
    """Positions by which the options were moved."""
    chat: str
    """First digits of the chat template's digest; empty for plain text."""
    is_multiturn: bool
    """Whether each demonstration is a turn of its own in the chat."""
    system: str
    """First digits of the system instruction's digest; empty for none."""
    generation: str
    """How replies were generated, where that differs from the task's own way."""

    @property
    def label(self) -> str:
        """The setting in words; what is as usual is left out."""
        shots = self.shots if self.shots == "balanced" else f"{self.shots}-shot"
        parts = [
            self.pack,
            shots,
            "generated" if self.scoring == "generated" else "",
            f"seed {self.seed}" if self.seed else "",
            f"rotation {self.rotation}" if self.rotation else "",
            f"chat {self.chat}" if self.chat else "",
            "multi-turn" if self.is_multiturn else "",
            f"system {self.system}" if self.system else "",
            self.generation,
        ]
        return " · ".join(filter(None, parts))


@dataclass(frozen=True)
class Example:
    """An item as it is shown on the pages."""

    id: str
    lang: str
    question: str
    options: tuple[str, ...]
    """In the order in which they were shown."""
    gold: int


@dataclass(frozen=True)
class TaskResult:
    """What a run says of one task."""

    task: str
    """Name in the registry."""
    edition: str
    """SHA-256 of the edition's manifest."""
    pack: str
    """Name of the pack."""
    pack_digest: str
    """SHA-256 of what shapes the task's prompts."""
    num_fewshot: int
    """Demonstrations before each item."""
    n_options: int
    """Most options of an item."""
    seed: int
    """Seed of the demonstrations."""
    rotation: int
    """Positions by which the options were moved."""
    scoring: str
    """`likelihood` or `generated`."""
    generation: str
    """As of `Setting`."""
    ids_digest: str
    """SHA-256 of the items' ids in the order of the requests, one per line."""
    n: int
    """Items."""
    bits: bytes
    """Whether each item, in the order of the requests, was answered correctly: eight to a byte."""
    group_numbers: bytes
    """uint32 [item] Group of each item, numbered from 0 as they come."""
    shares: bytes
    """float16 [item, option] Probabilities of the options as shown, normalised over them; 0 beyond
    an item's options; empty where answers were generated."""
    chance: float
    """Expected accuracy of a uniform guess."""
    languages: Mapping[str, Count]
    """Counts by language."""
    reliability: Reliability | None
    """Confidence against accuracy; None where answers were generated."""
    examples: tuple[Example, ...]
    """The first items."""

    @property
    def is_correct(self) -> npt.NDArray[np.bool_]:
        """[item] Whether each item was answered rightly."""
        bits = np.frombuffer(self.bits, np.uint8)
        return np.unpackbits(bits, count=self.n).astype(np.bool_)

    @property
    def groups(self) -> npt.NDArray[np.uint32]:
        """[item] Group of each item, numbered from 0 as they come."""
        return np.frombuffer(self.group_numbers, "<u4")

    @property
    def probabilities(self) -> npt.NDArray[np.float16] | None:
        """[item, option] Probabilities of the options as shown; None for generated answers."""
        if not self.shares:
            return None
        return np.frombuffer(self.shares, "<f2").reshape(self.n, -1)

    @property
    def count(self) -> Count:
        """Right answers among all."""
        return Count(int.from_bytes(self.bits, "big").bit_count(), self.n)


@dataclass(frozen=True)
class Rejected:
    """A result that is not on the board, and why."""

    file: str
    """Result file, below the folder that was given."""
    task: str
    """Task, or empty where the whole file is at fault."""
    reason: str
    """One line."""


def grouped(rejected: Iterable[Rejected]) -> list[tuple[str, str, str]]:
    """File, tasks and reason of each group of results that one thing is wrong with."""
    tasks: dict[tuple[str, str], list[str]] = {}
    for each in rejected:
        tasks.setdefault((each.file, each.reason), []).append(each.task)
    return [(file, ", ".join(names), reason) for (file, reason), names in tasks.items()]


@dataclass(frozen=True)
class Run:
    """One result file."""

    file: str
    """Its path below the folder that was given."""
    date: str
    """When it was run: ISO 8601, UTC."""
    model: Model
    parameters: int
    """Of the model; 0 where it is not known."""
    backend: str
    """lm-eval's kind of model, for example `hf`."""
    prompts_checked: bool
    """Whether every prompt was checked to fit the model."""
    shots: str
    """Demonstrations as requested; empty where only each task's number is known."""
    chat: str
    """Digest of the chat template that was applied; empty for none."""
    is_multiturn: bool
    """Whether demonstrations are turns of the chat."""
    system: str
    """Digest of the system instruction; empty for none."""
    versions: Mapping[str, str]
    """Versions of the libraries."""
    results: tuple[TaskResult, ...]
    """Results that passed the checks."""
    rejected: tuple[Rejected, ...]
    """Those that did not."""
