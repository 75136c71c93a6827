"""Opposites.

Source: words and their opposites, written for the tests.

Licence: CC0-1.0.

What is done: five opposites of other words are drawn beside the right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mceval8k.tasks.nli.opposites import TASK

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.hashing import rank
from builders.reading.upstream import Upstream, UpstreamRow


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """One candidate for each word."""
    pairs = sorted((row["word"], row["opposite"], row) for row in rows)
    for word, opposite, row in pairs:
        others = sorted(
            (other for _, other, _ in pairs if other != opposite),
            key=lambda other: rank(seed, "other", word, other),
        )
        raw = {"word": word, "options": [opposite, *others[:5]], "label": 0}
        yield Candidate((Draft(raw, row),), group=word)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(TASK.sources[0], splits=("train",), columns={"word": str, "opposite": str}),
    ),
    draft=draft,
    notes=__doc__ or "",
    shuffles_options=True,
)
