"""What is kept of a result file: the model, how it was asked, and a bit per item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.leaderboard.reliability import Reliability
from harness.samples.counts import Count


@dataclass(frozen=True)
class Model:
    """Which model a run asked."""

    name: str
    """Hub id, or the last part of a path: where a machine keeps a model says nothing."""
    revision: str
    """Commit where it is known, else the branch that was asked for; empty for none."""
    dtype: str
    """Type of the weights, for example `float32`; empty where an API does not tell."""
    variant: str
    """Arguments that make it another model: adapters, quantisation, another tokenizer."""


@dataclass(frozen=True)
class Setting:
    """How a model was asked; results are compared within one."""

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
    system: str
    """First digits of the system instruction's digest; empty for none."""

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
            f"system {self.system}" if self.system else "",
        ]
        return " · ".join(filter(None, parts))


@dataclass(frozen=True)
class Example:
    """An item as it is shown on the pages."""

    id: str
    lang: str
    question: str
    options: tuple[str, ...]
    gold: int
    probabilities: tuple[float, ...]
    """Of the options, normalised over them; empty where answers were generated."""
    is_correct: bool


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
    seed: int
    """Seed of the demonstrations."""
    rotation: int
    """Positions by which the options were moved."""
    scoring: str
    """`likelihood` or `generated`."""
    ids_digest: str
    """SHA-256 of the items' ids in the order of asking, one per line."""
    n: int
    """Items."""
    bits: bytes
    """Whether each item, in the order of asking, was answered rightly: eight to a byte."""
    chance: float
    """Expected accuracy of a uniform guess."""
    languages: Mapping[str, Count]
    """Counts by language."""
    reliability: Reliability | None
    """Confidence against accuracy; None where answers were generated."""
    examples: tuple[Example, ...]
    """The first items."""

    @property
    def is_correct(self) -> Any:
        """[item] Whether each item was answered rightly."""
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=self.n).astype(bool)

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
    backend: str
    """lm-eval's kind of model, for example `hf`."""
    shots: str
    """Demonstrations as they were asked for; empty where only each task's number is known."""
    chat: str
    """Digest of the chat template that was applied; empty for none."""
    system: str
    """Digest of the system instruction; empty for none."""
    versions: Mapping[str, str]
    """Versions of the libraries."""
    results: tuple[TaskResult, ...]
    """Results that passed the checks."""
    rejected: tuple[Rejected, ...]
    """Those that did not."""
