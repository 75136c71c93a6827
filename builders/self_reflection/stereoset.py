"""Which of three sentences is unrelated to a context, from StereoSet.

Source: `McGill-NLP/stereoset`, the configs `intersentence` and `intrasentence`, whose only split is
`validation`. Licence: CC BY-SA 4.0.

What is done: the paper's question is kept: the gold is the sentence that has nothing to do with the
context, beside a stereotype and an anti-stereotype. The three are in seeded order, the gold at each
position equally often, and the three index columns follow the order. A context is a group.

What differs from the released edition:

- `stereotype` and `anti-stereotype` are the places of the sentences that upstream calls so; as
  released they are swapped.
- The gold stands at each position equally often in every split.
- A row whose annotators' majority did not give one sentence each of the three kinds is not used.

What is left: the three sentences give the answer to whoever does not read the context. On
upstream's rows a classifier of options alone finds the gold in 91 %, and the shortest sentence is
it in 57 % (chance is 33 %): unrelated sentences are short and of few kinds. So upstream asked for
them, and a score on this task says little about understanding the context.

The columns `stereotype` and `anti-stereotype` say which options are these two, and `mceval8k eval`
reports from them StereoSet's stereotype score: how often the former is the more probable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.tasks.self_reflection.stereoset import TASK

COLUMNS = {"non-stereotype": 2, "stereotype": 1, "anti-stereotype": 0}
"""Index columns, the gold's first, with upstream's label of the sentence."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each context that has one sentence of each kind."""
    for row in rows:
        texts, labels = row["sentences"]["sentence"], row["sentences"]["gold_label"]
        if len(texts) != len(labels):
            raise DataError(f"{row.where}: sentences: {len(labels)} labels for {len(texts)} texts")
        if sorted(labels) != sorted(COLUMNS.values()):
            yield Dropped("no-single-gold")
            continue
        raw = {
            "context": row["context"].strip(),
            "sentences": [texts[labels.index(label)].strip() for label in COLUMNS.values()],
            **{name: place for place, name in enumerate(COLUMNS)},
        }
        yield Candidate((Draft(raw, row),), group=normalise(raw["context"]))


BUILDER = Builder(
    task=TASK,
    upstream=tuple(
        Upstream(
            source,
            splits=("validation",),
            columns={"context": str, "sentences": {"sentence": [str], "gold_label": [int]}},
        )
        for source in TASK.sources
    ),
    draft=draft,
    shuffles_options=True,
    options_column="sentences",
    index_columns=tuple(COLUMNS),
    notes=__doc__,
)
