"""Paraphrase identification, from PAWS.

Source: `google-research-datasets/paws`, config `labeled_final`, all three splits. Licence: free use
with attribution.

What is done: a row is an item as it stands; both labels are drawn equally often. A sentence of PAWS
comes in several pairs, as it is and with words swapped, so pairs that share a sentence in whatever
order of its words, directly or through other pairs, are one group.

What differs from the released edition:

- Pairs that share a sentence, or its words in another order, stay in one split; upstream's own
  splits, and the released ones, cut through them.
- A pair that is there twice with different labels is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.nli.paws import TASK


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each pair."""
    pairs = list(rows)
    bags = [(bag_of_words(row["sentence1"]), bag_of_words(row["sentence2"])) for row in pairs]
    for row, group in zip(pairs, components(bags), strict=True):
        raw = {
            "sentence1": row["sentence1"].strip(),
            "sentence2": row["sentence2"].strip(),
            "label": row["label"],
        }
        yield Candidate((Draft(raw, row),), group=group, stratum=str(row["label"]))


def bag_of_words(sentence: str) -> str:
    """Words of a sentence in alphabetical order, without punctuation."""
    return " ".join(sorted(re.findall(r"\w+", normalise(sentence))))


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation", "test"),
            columns={"sentence1": str, "sentence2": str, "label": int},
        ),
    ),
    draft=draft,
    strata=("0", "1"),
    notes=__doc__,
)
