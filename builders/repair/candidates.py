"""Candidates from released rows: mended, joined into groups, with strata; or dropped, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builders.audit.checks.never_distractor import one_sided
from builders.audit.checks.several_golds import several_golds
from builders.audit.facts import origin_of_options
from builders.audit.rows import TaskRows
from builders.builder import Candidate, Draft, Dropped
from builders.making.cleaning import DUPLICATE
from builders.making.hashing import rank
from builders.reading.upstream import UpstreamRow
from builders.repair.balancing import strata
from builders.repair.fixing import fix, raw_row
from builders.repair.joining import join
from builders.repair.ordering import gold_first, is_dealt, is_shuffled, place_gold
from mceval8k.item import make_item
from mceval8k.task import Item, Task

EXACT_OVERLAP = "exact-overlap"
SEVERAL_GOLDS = "several-golds"
NEVER_DISTRACTOR = "never-distractor"


@dataclass(frozen=True)
class Prepared:
    """What is handed to the making of a task."""

    candidates: tuple[Candidate, ...]
    """One for each distinct row that is not known to be faulty."""
    dropped: tuple[Dropped, ...]
    """The other rows."""
    fixed: Mapping[str, int]
    """Distinct rows that were mended, by what for."""
    straddling: int
    """Distinct rows that shared a group with a row of another split."""
    near: int
    """Distinct rows that were joined with a near-duplicate."""
    balanced_by: str
    """What is to be drawn equally often, in words."""


def prepare(released: TaskRows, seed: int) -> Prepared:
    """Mend rows, drop known faults, join groups and choose strata."""
    rows, mended, dropped = _mended(released)
    faults = _faults(rows)
    kept = [row for row in range(rows.of) if row not in faults]
    joined = join(rows)
    chosen = strata(rows, kept)
    by_stratum = dict(zip(range(rows.of), chosen.of_rows, strict=True))
    candidates = tuple(
        Candidate(
            (Draft(raw, _origin(rows.items[row])),),
            group=joined.groups[row],
            stratum=f"{by_stratum[row]} {place}".strip(),
        )
        for row, place, raw in _placed(rows, kept, by_stratum, seed)
    )
    return Prepared(
        candidates=candidates,
        dropped=(*dropped, *(Dropped(faults[row]) for row in sorted(faults))),
        fixed=Counter(what for row in kept for what in mended[row]),
        straddling=joined.straddling,
        near=joined.near,
        balanced_by=chosen.by,
    )


def _mended(released: TaskRows) -> tuple[TaskRows, list[tuple[str, ...]], list[Dropped]]:
    items, splits, mended, dropped = [], [], [], []
    for item, split in zip(released.items, released.splits, strict=True):
        fixed = fix(released.task, item)
        if fixed.dropped:
            dropped.append(Dropped(fixed.dropped))
            continue
        source, source_id = item["source"], item["source_id"]
        items.append(make_item(released.task, fixed.raw, source=source, source_id=source_id))
        splits.append(split)
        mended.append(fixed.mended)
    return TaskRows(released.task, tuple(items), tuple(splits)), mended, dropped


def _faults(rows: TaskRows) -> dict[int, str]:
    """Rows to drop, with the reason."""
    faults = dict.fromkeys(several_golds(rows), SEVERAL_GOLDS)
    if origin_of_options(rows.task) == "drawn":
        always = one_sided(rows).always
        faults |= {row: NEVER_DISTRACTOR for row, gold in enumerate(rows.golds) if gold in always}
    first: dict[object, int] = {}
    for row, content in enumerate(zip(rows.inputs, rows.golds, strict=True)):
        if (known := first.setdefault(content, row)) != row:
            same = rows.splits[known] == rows.splits[row]
            faults[row] = DUPLICATE if same else EXACT_OVERLAP
    return faults


def _placed(
    rows: TaskRows, kept: Sequence[int], by_stratum: Mapping[int, str], seed: int
) -> Iterator[tuple[int, str, Mapping[str, object]]]:
    """Rows with the place of their gold, where it is dealt here, and the row in its columns."""
    task: Task = rows.task
    ordered = sorted(kept, key=lambda row: (by_stratum[row], rank(seed, "gold", rows.ids[row])))
    for turn, row in enumerate(ordered):
        raw = raw_row(task, rows.items[row])
        if is_dealt(task):
            place = turn % task.n_options
            yield row, str(place), place_gold(task, raw, place, seed, rows.ids[row])
        else:
            yield row, "", gold_first(raw) if is_shuffled(task) else raw


def _origin(item: Item) -> UpstreamRow:
    where = f"{item['task']}: {item['source_id']}"
    return UpstreamRow(item, item["source"], item["source_id"], where)
