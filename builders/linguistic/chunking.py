"""Chunking: the type of a basic phrase in a sentence, from CoNLL-2000.

Source: `eriktks/conll2000`, both splits (sections 15 to 18 and 20 of the Wall Street Journal).
Licence: none stated; the text is the Wall Street Journal's.

What is done: every chunk of a sentence is a candidate; its four options are its type and three
others, in seeded order. There are questions about six types, each equally often: NP, VP, PP, ADVP,
ADJP and SBAR. Distractors are drawn among the same six, all equally likely, so that a type is a
distractor as often, in proportion, as it is gold. A sentence is a group. Sentences and phrases are
written as people do: the treebank's escapes (`-LRB-`, two backticks) and the spaces between tokens
are undone (`builders.making.written`).

There are no questions about:

- `rare-type`: PRT, of which upstream has 662, less than half of what balance asks for, and CONJP,
  INTJ, LST and UCP, of which it has 115 together. A type that hardly can be the gold is no
  distractor either: an option that is never right gives a wrong answer away;
- `repeated-phrase`: a phrase that stands twice in its sentence, in whatever case, as chunk or not;
- `no-letter`: a phrase without a letter or digit (`$`, which upstream has as ADJP);
- `no-chunk`: a sentence without any.

What differs from the released edition:

- Types are balanced; there, NP was gold in half of the items.
- PRT, CONJP, INTJ, LST and UCP are no options; there, PRT was a distractor 15 times as often as it
  was gold, LST and UCP were never gold.
- Sentences are written as people write; as released, tokens have spaces between them and escapes.
- Sentences are the groups; in the released edition sentences of the training split come back in
  the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Dropped
from builders.making.distractors import draw_evenly
from builders.making.phrases import candidate, phrases_of, targets
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.tasks.linguistic.chunking import TASK

TYPES = ("ADJP", "ADVP", "CONJP", "INTJ", "LST", "NP", "PP", "PRT", "SBAR", "UCP", "VP")
"""Types in the order of upstream's tags."""

USED_TYPES = ("NP", "VP", "PP", "ADVP", "ADJP", "SBAR")
"""Types that have questions."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each chunk that can have a question."""
    for row in rows:
        found = phrases_of(row, "chunk_tags", TYPES)
        if not found:
            yield Dropped("no-chunk")
        for target in targets(row, found):
            if isinstance(target, Dropped):
                yield target
            elif target.type not in USED_TYPES:
                yield Dropped("rare-type")
            else:
                own = row["tokens"][target.start : target.end]
                key = " ".join((*row["tokens"], "\0", *own))
                wrong = draw_evenly(
                    USED_TYPES, TASK.n_options - 1, beside=target.type, seed=seed, key=key
                )
                yield candidate(row, found, target, wrong)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "test"),
            columns={"tokens": [str], "chunk_tags": [int]},
        ),
    ),
    draft=draft,
    strata=USED_TYPES,
    shuffles_options=True,
    notes=__doc__,
)
