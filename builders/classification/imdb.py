"""Sentiment of a film review, from the Large Movie Review Dataset (IMDb).

Source: `stanfordnlp/imdb`, config `plain_text`, the splits `train` and `test`; `unsupervised` has
no labels. Licence: none stated.

What is done: a run of `<br />` becomes one line feed, other tags go, and bytes of Windows-1252 (the
dashes and quotation marks of one review in thirty) become their characters; the two labels are
drawn equally often. Some
reviews were posted again with small changes further down, so reviews with the same first 200
characters after normalisation are one group. Which film a review speaks of is not in the data, so
reviews of one film can be in two splits.

What differs from the released edition:

- `<br />` is a line break and no text; more than half of the released reviews hold it.
- A review that names a mark ("7/10", "give it an eight", "four stars", "grade: B+") is dropped as
  `mark-in-text`: of marks out of ten, 97 % agree with the label, which can be copied, not judged.
- A review with control characters that stand for none of Windows-1252 is dropped.
- A review that is there twice is one; with two labels, it is none. Reposts stay in one split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.ratings import names_mark
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.classification.imdb import TASK

REPOST = 200
"""Reviews that begin with this many equal characters are taken for the same one."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each review."""
    for row in rows:
        raw = {"text": row["text"].strip(), "label": row["label"]}
        if names_mark(raw["text"]):
            yield Dropped("mark-in-text")
        else:
            group = normalise(raw["text"])[:REPOST]
            yield Candidate((Draft(raw, row),), group=group, stratum=str(raw["label"]))


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(TASK.sources[0], splits=("train", "test"), columns={"text": str, "label": int}),
    ),
    draft=draft,
    strata=("0", "1"),
    notes=__doc__,
)
