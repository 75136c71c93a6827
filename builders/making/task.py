"""Making a task: read, draft, clean, draw, split, order the options, and make items of the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from builders.builder import Builder, Candidate, Draft
from builders.making.cleaning import Cleaned, clean
from builders.making.near_duplicates import split_apart
from builders.making.options import place_golds
from builders.making.ordering import ordered
from builders.making.personal_data import mask
from builders.making.sampling import SMALLEST, count_strata, split_sizes
from builders.making.splitting import Split, largest_split, split
from builders.reading.upstream import Store, UpstreamRow
from builders.text import mended
from mceval8k.errors import DataError, UsageError
from mceval8k.item import Item, make_item
from mceval8k.task import Task


@dataclass(frozen=True)
class Request:
    """How much is to be made, and how."""

    seed: int = 0
    """Seed of every draw."""
    size: int | None = None
    """Rows per task in all splits; None for what is usual for the source."""
    all_there_is: bool = False
    """Whether, without a size, as many rows as possible are usual, and not the nominal sizes."""
    allow_smaller: bool = False
    """Whether fewer rows than requested will do."""
    mask_personal_data: bool = False
    """Whether IP and e-mail addresses in texts are masked (`builders.making.personal_data`)."""


@dataclass(frozen=True)
class Report:
    """How the making of a task went."""

    builder: Builder
    """Who made it."""
    counts: Mapping[str, int]
    """Rows by split."""
    requested: int | None
    """Rows that were requested; None for as many as there are."""
    read: int
    """Upstream rows that were read."""
    sound: int
    """Rows left after cleaning."""
    dropped: Mapping[str, int]
    """Upstream rows or candidates dropped in cleaning, by reason."""
    width: int = 1
    """Rows that each candidate gives: one, or one in each language."""
    masked: int | None = None
    """Upstream rows with an address that was masked; None if that was not requested."""
    joined: int = 0
    """Groups that were joined with another, since they have near-duplicate texts."""

    @property
    def task(self) -> Task:
        """The task."""
        return self.builder.task

    @property
    def total(self) -> int:
        """Rows in all splits."""
        return sum(self.counts.values())

    @property
    def is_smaller(self) -> bool:
        """Whether there are fewer rows than requested."""
        return self.requested is not None and self.total < self.requested


@dataclass(frozen=True)
class Made:
    """A task that has been made."""

    report: Report
    """How it went."""
    items: Mapping[str, Sequence[Item]]
    """Items by split, in the order in which they are written."""


def make(builder: Builder, store: Store, request: Request) -> Made:
    """Make a task from a source.

    Raises
    ------
    DataError
        A file is missing or damaged, a row is none of the task's, or there are fewer sound rows
        than requested.
    """
    reader = _Reading(_rows(builder, store), mask_personal_data=request.mask_personal_data)
    cleaned = clean(builder, builder.draft(reader, request.seed))
    width = _width(builder, cleaned)
    requested = _requested(builder.task, request, width)
    chosen, joined = split_apart(
        builder.task,
        cleaned.candidates,
        lambda candidates: _split(builder.task, candidates, requested, request, width),
    )
    report = Report(
        builder=builder,
        counts={name: len(part) * width for name, part in chosen.members.items()},
        requested=None if requested is None else sum(requested.values()) * width,
        read=reader.count,
        sound=len(cleaned.candidates) * width,
        dropped=cleaned.dropped,
        width=width,
        masked=reader.masked if request.mask_personal_data else None,
        joined=joined,
    )
    members = chosen.members.items()
    return Made(report, {name: _items(builder, part, name, request.seed) for name, part in members})


def _rows(builder: Builder, store: Store) -> Iterator[UpstreamRow]:
    """Mended rows of all upstream data sets; of several configs of one, ids name the config."""
    times = Counter(upstream.source.id for upstream in builder.upstream)
    for upstream in builder.upstream:
        prefix = f"{upstream.source.config}/" if times[upstream.source.id] > 1 else ""
        for row in store.rows(upstream):
            values = mended(row.values, builder.mend)
            yield replace(row, values=values, source_id=f"{prefix}{row.source_id}")


class _Reading:
    """Iterates over rows and counts them; masks them if requested."""

    def __init__(self, rows: Iterable[UpstreamRow], *, mask_personal_data: bool) -> None:
        self.rows = rows
        self.masks = mask_personal_data
        self.count = 0
        self.masked = 0

    def __iter__(self) -> Iterator[UpstreamRow]:
        for row in self.rows:
            self.count += 1
            values = mended(row.values, mask) if self.masks else row.values
            self.masked += values != row.values
            yield replace(row, values=values)


def _width(builder: Builder, cleaned: Cleaned) -> int:
    """Rows per candidate; all strata must be there."""
    found = count_strata(cleaned.candidates)
    if missing := [stratum for stratum in builder.strata if not found[stratum]]:
        of = f" of {missing[0]!r}" if missing[0] else ""
        reasons = ", ".join(f"{reason} {n}" for reason, n in cleaned.dropped.items())
        raise DataError(f"task {builder.task.name}: no sound row{of}; dropped: {reasons or 'none'}")
    (width,) = {len(candidate.drafts) for candidate in cleaned.candidates}
    return width


def _requested(task: Task, request: Request, width: int) -> dict[str, int] | None:
    """Requested candidates by split; a size that the width does not divide is rounded down."""
    if request.size is not None:
        if request.size < (least := SMALLEST * width):
            raise UsageError(f"task {task.name}: size {request.size} is less than {least} rows")
        return split_sizes(request.size // width)
    if request.all_there_is:
        return None
    return {name: rows // width for name, rows in task.nominal_sizes.items()}


def _split(
    task: Task,
    candidates: Sequence[Candidate],
    requested: Mapping[str, int] | None,
    request: Request,
    width: int,
) -> Split:
    total = None if requested is None else sum(requested.values())
    if requested is not None and total is not None and total <= len(candidates):
        exact = split(candidates, requested, request.seed)
        if not exact.empty:
            return exact
    found = largest_split(candidates, request.seed, limit=total)
    if not found.total or (total is not None and not request.allow_smaller):
        raise DataError(
            f"task {task.name}: requested {(total or SMALLEST) * width:,} rows, had "
            f"{found.total * width:,} that can be balanced and split, of "
            f"{len(candidates) * width:,} sound ones"
            + ("; --allow-smaller builds those" if found.total else "")
        )
    return found


def _items(builder: Builder, members: Sequence[Candidate], split: str, seed: int) -> list[Item]:
    """Items of a split, in the order in which they are written."""
    placed: Iterable[Candidate] = members
    if builder.shuffles_options:
        column, indices = builder.options_column, builder.index_columns
        placed = place_golds(members, seed, column=column, indices=indices)
    items = [_item(builder.task, draft, each.group) for each in placed for draft in each.drafts]
    return ordered(items, builder.task, split, seed)


def _item(task: Task, draft: Draft, group: str) -> Item:
    row = draft.row
    try:
        return make_item(task, draft.raw, source=row.source, source_id=row.source_id, group=group)
    except KeyError as error:
        raise DataError(f"{row.where}: column {error} is missing") from None
    except (TypeError, ValueError) as error:
        raise DataError(f"{row.where}: {error}") from None
