"""Texts that two tasks have in common, by digests, so that a task's rows need not be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from builders.audit.facts import text_columns
from builders.audit.finding import Finding, first
from builders.audit.near import words_and_marks
from builders.audit.rows import TaskRows
from mceval8k.editions import SPLITS
from mceval8k.text import normalise

NAME = "task-overlap"
_WORDS = 4  # shorter texts are phrases that anybody may write


@dataclass(frozen=True)
class Texts:
    """The texts of a task."""

    task: str
    """Name of the task."""
    rows: Mapping[bytes, tuple[int, ...]]
    """Rows of each text, by a digest of the normalised text."""
    ids: Sequence[str]
    """Id of each row."""
    splits: Sequence[str]
    """Split of each row."""


def texts(rows: TaskRows) -> Texts:
    """Digests of the texts in all text columns, of four words or more."""
    found: dict[bytes, dict[int, None]] = {}
    for column in text_columns(rows.task):
        for row, item in enumerate(rows.items):
            text = normalise(str(item[column] or ""))
            if len(words_and_marks(text)) >= _WORDS:
                digest = hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=8)
                found.setdefault(digest.digest(), {})[row] = None
    by_text = {digest: tuple(numbers) for digest, numbers in found.items()}
    return Texts(rows.task.name, by_text, rows.ids, rows.splits)


def crossings(tasks: Sequence[Texts]) -> Iterator[tuple[str, Finding]]:
    """The later task of each pair with a text in common, and what to tell of it."""
    for one, other in combinations(tasks, 2):
        common = one.rows.keys() & other.rows.keys()
        if common:
            yield other.task, _finding(one, other, sorted(common))


def _finding(one: Texts, other: Texts, common: Sequence[bytes]) -> Finding:
    rows = sorted({row for digest in common for row in other.rows[digest]})
    splits = {other.splits[row] for row in rows}
    leaks = sum(_is_leak(one, other, digest) for digest in common)
    message = f"{len(common):,} texts are in {one.task}, too"
    if leaks:
        message += f"; {leaks:,} of them are in train of one task and held out in the other"
    return Finding(
        check=NAME,
        splits=tuple(name for name in SPLITS if name in splits),
        count=len(rows),
        of=len(other.ids),
        severity="warning" if leaks else "info",
        message=f"{message}.",
        examples=first(other.ids[row] for row in rows),
    )


def _is_leak(one: Texts, other: Texts, digest: bytes) -> bool:
    """Whether a text is in the train split of one task, and in another split of the other."""
    here, there = ({task.splits[row] for row in task.rows[digest]} for task in (one, other))
    train = {"train"}
    return bool((train <= here and there - train) or (train <= there and here - train))
