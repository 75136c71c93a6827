"""Which rows belong together: all that share a key, or are near-duplicates, also through others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from builders.audit.facts import near_threshold
from builders.audit.near import near_pairs
from builders.audit.rows import TaskRows
from builders.making.grouping import components


class Joined(NamedTuple):
    """Groups of rows."""

    groups: Sequence[str]
    """Group of each row."""
    straddling: int
    """Distinct rows whose shared keys alone would have been in two of the given splits."""
    near: int
    """Distinct rows whose group is larger for a near-duplicate."""


def join(rows: TaskRows) -> Joined:
    """Groups by the keys and the near-duplicates that the audit looks at."""
    keys = [sorted(each) for each in rows.keys]
    alone = components(keys)
    texts = {text: number for number, text in enumerate(dict.fromkeys(rows.texts))}
    edges: dict[int, list[str]] = defaultdict(list)
    for one, other, _ in near_pairs(list(texts), near_threshold(rows.task)):
        for text in (one, other):
            edges[text].append(f"near: {one} {other}")
    linked = components(
        [[*each, *edges[texts[text]]] for each, text in zip(keys, rows.texts, strict=True)]
    )
    names = dict(zip(linked, alone, strict=True))  # a name by content, not by number
    homes, members = defaultdict(set), defaultdict(set)
    for row, group in enumerate(alone):
        homes[group].add(rows.splits[row])
        members[linked[row]].add(group)
    return Joined(
        groups=[names[group] for group in linked],
        straddling=sum(len(homes[alone[row]]) > 1 for row in rows.distinct),
        near=sum(len(members[linked[row]]) > 1 for row in rows.distinct),
    )
