"""`near-overlap`: near-duplicate texts are in two splits; see `builders.audit.near`.

Rows that are in both splits as they are, or share a group, are not counted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from builders.audit.facts import near_threshold
from builders.audit.finding import Check, Finding, first, percent
from builders.audit.near import near_pairs
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each pair of splits that have near-duplicates."""
    pairs = _row_pairs(rows)
    for first_split, second_split in rows.pairs():
        found: dict[int, str] = {}
        for one, other, index in pairs:
            if (rows.splits[one], rows.splits[other]) == (first_split, second_split):
                example = f"{rows.ids[one]} ~ {rows.ids[other]} ({index:.2f})"
                found.setdefault(other, example)
        if found:
            of = rows.counts[second_split]
            yield Finding(
                check=CHECK.name,
                splits=(first_split, second_split),
                count=len(found),
                of=of,
                severity="error",
                message=f"{len(found):,} of {of:,} rows of {second_split} "
                f"({percent(len(found), of)}) have a text that is a near-duplicate (Jaccard index "
                f"of word triples ≥ {near_threshold(rows.task)}) of one of {first_split}.",
                examples=first(found.values()),
            )


def _row_pairs(rows: TaskRows) -> list[tuple[int, int, float]]:
    """Near-duplicate rows of different splits that share neither item nor group."""
    holders: dict[str, list[int]] = defaultdict(list)
    for row, text in enumerate(rows.texts):
        holders[text].append(row)
    texts = list(holders)
    found = []
    for one, other, index in near_pairs(texts, near_threshold(rows.task)):
        for left in holders[texts[one]]:
            for right in holders[texts[other]]:
                apart = rows.splits[left] != rows.splits[right]
                if apart and rows.keys[left].isdisjoint(rows.keys[right]):
                    found.append((min(left, right), max(left, right), index))
    return sorted(found)


CHECK = Check("near-overlap", "leak", "near-duplicate questions are in two splits", find)
