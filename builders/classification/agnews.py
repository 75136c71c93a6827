"""Topic of a news article, from AG News.

Source: `fancyzhx/ag_news`, both splits. Licence: AG's corpus, non-commercial use.

What is done: an article is an item as it stands, but for white space at its ends; the four topics
are drawn equally often. An article's normalised text is its group.

What differs from the released edition:

- An article with remains of markup (`&lt;b&gt;`, `#39;s`, `quot;`) is dropped. A backslash in the
  place of a line break is left, as upstream has it.
- An article that is there twice is one; with two topics, it is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.classification.agnews import TASK


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each article."""
    for row in rows:
        raw = {"text": row["text"].strip(), "label": row["label"]}
        yield Candidate((Draft(raw, row),), group=normalise(raw["text"]), stratum=str(raw["label"]))


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(TASK.sources[0], splits=("train", "test"), columns={"text": str, "label": int}),
    ),
    draft=draft,
    strata=("0", "1", "2", "3"),
    notes=__doc__,
)
