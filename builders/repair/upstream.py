"""FEVER's labels from upstream: the released rows alone do not tell true claims from unknown ones.

Claims that upstream marks NOT ENOUGH INFO were released as true. They are left out by looking up
each released claim, normalised, among upstream's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from builders.audit.rows import TaskRows
from builders.builder import Dropped
from builders.factuality.fever import BUILDER as FEVER
from builders.factuality.fever import LABELS
from builders.reading.upstream import Store, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import make_item
from mceval8k.text import normalise

NAME = FEVER.task.name
UNKNOWN, ABSENT, DISPUTED = "not-enough-info", "not-in-upstream", "contradictory-labels"


def needs_upstream(name: str) -> bool:
    """Whether a task cannot be repaired from its released rows alone."""
    return name == NAME


def relabelled(rows: TaskRows, store: Store | None) -> tuple[TaskRows, tuple[Dropped, ...]]:
    """Rows whose claim upstream supports or refutes, with its labels; and the others, dropped.

    Raises
    ------
    DataError
        There is no upstream to look them up in.
    """
    if store is None:
        raise DataError(
            f"task {NAME}: claims without enough information were released as true and cannot be "
            "distinguished from true ones; --upstream SOURCE, with the rows of fever/fever, leaves "
            "them out"
        )
    known = labels(row for upstream in FEVER.upstream for row in store.rows(upstream))
    items, splits, dropped = [], [], []
    for item, split in zip(rows.items, rows.splits, strict=True):
        found = known.get(normalise(item["claim"]), set())
        if len(found) == 1 and (label := LABELS.get(*found)) is not None:
            raw = {"claim": item["claim"], "label": label}
            source, source_id = item["source"], item["source_id"]
            items.append(make_item(rows.task, raw, source=source, source_id=source_id))
            splits.append(split)
        else:
            dropped.append(Dropped(DISPUTED if len(found) > 1 else UNKNOWN if found else ABSENT))
    return replace(rows, items=tuple(items), splits=tuple(splits)), tuple(dropped)


def labels(rows: Iterable[UpstreamRow]) -> Mapping[str, set[str]]:
    """Upstream's labels of each normalised claim."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[normalise(row["claim"])].add(row["label"])
    return dict(found)
