"""What a builder is: how upstream rows become candidate rows in a task's own columns.

Everything after the draft is the same for all tasks: cleaning, drawing, splitting, ordering of
options, writing. So a builder is one function and a few facts, in one module that defines
`BUILDER`; `builders.registry` finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from builders.reading.upstream import Upstream, UpstreamRow
from builders.text import mend, text_fault
from mceval8k.task import RawRow, Task


@dataclass(frozen=True)
class Draft:
    """One row to be, in the task's raw columns."""

    raw: RawRow
    """Values by column. Where the builder shuffles options, the gold is the first of them."""
    row: UpstreamRow
    """Where it comes from."""


@dataclass(frozen=True)
class Candidate:
    """What is drawn as a whole: one row, or the same row in each of a task's languages."""

    drafts: tuple[Draft, ...]
    """The rows; as many in every candidate of a task."""
    group: str
    """Candidates of one group stay in one split."""
    stratum: str = ""
    """What is drawn equally often: the label, or language and label."""
    key: str = ""
    """Name by content, given by the cleaning; every seeded choice goes by it."""


@dataclass(frozen=True)
class Dropped:
    """An upstream row, or a part of one, that gives no candidate."""

    reason: str
    """Why, in one or two words with hyphens: counted and reported."""


Drafting = Callable[[Iterable[UpstreamRow], int], Iterator[Candidate | Dropped]]
"""Candidates of all upstream rows, given the seed; their order must not change what it yields."""


@dataclass(frozen=True, kw_only=True)
class Builder:
    """How a task is made."""

    task: Task
    """What is made."""
    upstream: tuple[Upstream, ...]
    """What is read."""
    draft: Drafting
    """Turns upstream rows into candidates."""
    notes: str
    """The module's docstring: source, treatment, differences from the released edition."""
    strata: tuple[str, ...] = ("",)
    """All strata; a source that has no candidate of one cannot be balanced."""
    shuffles_options: bool = False
    """Whether options are drafted with the gold first and put in order after the split."""
    options_column: str = "options"
    """Column of the options that are put in order."""
    index_columns: tuple[str, ...] = ("label",)
    """Columns that hold the index of one of them, the gold's among others."""
    mend: Callable[[str], str] = mend
    """Mends a text, of an upstream row before it is drafted or of a released row."""

    def fault(self, text: str) -> str | None:
        """Name of what is wrong with a text of a raw row, None for a sound one."""
        return text_fault(text, self.mend)
