"""Named-entity recognition, from CoNLL-2003.

Source: `eriktks/conll2003`, all three splits. Licence: the Reuters Corpus may be used for research
only; the annotation is free.

What is done: every entity of a sentence is a candidate; its four options are the four types of the
annotation, PER, ORG, LOC and MISC, in seeded order. The four types are drawn equally often, the
gold stands at each position equally often, and sentences are never cut between splits. Sentences
and entities are written as people do, without the tokeniser's spaces (`builders.making.written`).

What differs from the released edition:

- A phrase that stands twice in its sentence, in whatever case, has no question: nobody could tell
  which of the two is meant, and CoNLL gives them different types now and then.
- Types are drawn equally often; in the released edition they follow the newswire.
- Sentences have any length; of the released ones, those of ten tokens or fewer were left out. They
  are written as people write; as released, tokens have spaces between them (`did n't`, ` ,`).
- Sentences are the groups; in the released edition sentences of the training split come back in
  the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Dropped
from builders.making.phrases import candidate, phrases_of, targets
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.tasks.linguistic.ner import TASK

TYPES = ("PER", "ORG", "LOC", "MISC")


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each entity that stands once in its sentence."""
    for row in rows:
        found = phrases_of(row, "ner_tags", TYPES)
        if not found:
            yield Dropped("no-entity")
        for target in targets(row, found):
            if isinstance(target, Dropped):
                yield target
            else:
                wrong = [name for name in TYPES if name != target.type]
                yield candidate(row, found, target, wrong)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation", "test"),
            columns={"tokens": [str], "ner_tags": [int]},
        ),
    ),
    draft=draft,
    strata=TYPES,
    shuffles_options=True,
    notes=__doc__,
)
