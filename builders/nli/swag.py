"""Grounded commonsense inference: how a described situation continues, from SWAG.

Source: `allenai/swag`, config `regular`, the splits `train` and `validation`; the labels of `test`
are hidden. Licence: none stated.

What is done: the text is the description up to where it breaks off, with four endings in seeded
order, the gold at each position equally often. Rows from one video, and rows with the same sentence
before the break, directly or through other rows, are one group.

Only rows whose right ending is the caption that followed in the video (`gold-source` is `gold`) are
used. In the others, annotators preferred an ending that a language model wrote: what is right there
is a matter of taste, and it was picked from the very model that wrote the wrong ones.

What differs from the released edition:

- Rows with generated golds are not used, nor rows with two equal endings after normalisation.
- Rows of one video or one scene stay in one split.
- Options are in seeded order.

What is left: the length of an ending is a weak cue. Of the 7,000 different released rows
the shortest ending is the gold in 29.5 % and the longest in 21.4 % (chance is 25 %; ties are shared
among the tied). It comes from how captions are written and is left as it is: choosing rows by
length would change what the task measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.task import RawRow
from mceval8k.tasks.nli.swag import TASK

ENDINGS = ("ending0", "ending1", "ending2", "ending3")
UNLABELLED = -1
GOLD_SOURCES = ("gold", "gen")


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each row whose right ending is what followed."""
    followed = []
    for row in rows:
        if row["gold-source"] not in GOLD_SOURCES:
            raise DataError(
                f"{row.where}: gold-source {row['gold-source']!r} is neither gold nor gen"
            )
        if row["label"] == UNLABELLED:
            yield Dropped("no-gold")
        elif row["gold-source"] == "gen":
            yield Dropped("generated-gold")
        else:
            followed.append(row)
    for row, group in zip(followed, components([_keys(row) for row in followed]), strict=True):
        yield Candidate((Draft(_raw(row), row),), group=group)


def _keys(row: UpstreamRow) -> tuple[str, str]:
    return f"sentence: {normalise(row['sent1'])}", f"video: {row['video-id']}"


def _raw(row: UpstreamRow) -> RawRow:
    gold = row["label"]
    if not 0 <= gold < len(ENDINGS):
        raise DataError(f"{row.where}: label {gold} is none of 0 to {len(ENDINGS) - 1}")
    endings = [row[name].strip() for name in ENDINGS]
    options = [endings[gold], *endings[:gold], *endings[gold + 1 :]]
    return {"text": row["startphrase"].strip(), "options": options, "label": 0}


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation"),
            columns={
                **dict.fromkeys(("video-id", "startphrase", "sent1", "gold-source", *ENDINGS), str),
                "label": int,
            },
        ),
    ),
    draft=draft,
    shuffles_options=True,
    notes=__doc__,
)
