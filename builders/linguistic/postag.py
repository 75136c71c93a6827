"""Part-of-speech tagging, from the Universal Dependencies treebank English-GUM.

Source: `ud/en_gum-ud-{train,dev,test}.conllu[.gz]`, UD English-GUM. Licence: CC BY-NC-SA 4.0 (the
annotation CC BY; texts per document, the strictest CC BY-NC-SA).

What is done: every word of a sentence is a candidate, as it is written; its four options are its
tag and three others, in seeded order. `tokens` are the tokens of the text, with a multiword token
(`don't`) as one. There are questions about fourteen tags, each equally often. Distractors are drawn
among the same fourteen, all equally likely, so that a tag is a distractor as often, in proportion,
as it is gold: frequencies of running text, as in the paper, would make most rare tags the gold
where they are an option. A document is a group.

There are no questions about:

- `other-tag`: PUNCT and SYM, which the characters give away; X and `_`, which are no answer;
- `multiword-token`: it has no tag of its own, and its parts are no tokens of the text;
- `not-in-letters`: numerals in digits and the like, for the same reason as PUNCT;
- `repeated-word`: a word that stands twice in its sentence, in whatever case: nobody could tell
  which is meant; `not-in-text`: a form that the text has not got;
- `repeated-sentence`: words of a sentence that stands in several documents (`Yeah.`, `1.
  Introduction`), which would be in several splits.

What differs from the released edition:

- No gold is `_`: there, 1.5 % of the items asked for multiword tokens.
- Tags are balanced and every tag is gold and distractor; there, PUNCT was only a distractor, and
  NOUN was gold in 23 % of the items.
- Documents are the groups, since names, terms and whole phrases of a document come back in it; in
  the released edition sentences of the training split come back in the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Dropped
from builders.making.tagging import COLUMNS, questions
from builders.reading.formats.conllu import DOCUMENT
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.linguistic.postag import TASK

TAGS = (
    *("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ"),
    *("NOUN", "NUM", "PART", "PRON", "PROPN", "SCONJ", "VERB"),
)


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each word that can have a question."""
    sentences = list(rows)
    documents = defaultdict(set)
    for row in sentences:
        documents[normalise(row["text"])].add(row[DOCUMENT])
    for row in sentences:
        alone = len(documents[normalise(row["text"])]) == 1
        for found in questions(row, TAGS, seed, lang="en"):
            if isinstance(found, Dropped):
                yield found
            elif not alone:
                yield Dropped("repeated-sentence")
            else:
                word, question = found
                yield Candidate((question,), group=row[DOCUMENT], stratum=word.tag)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "dev", "test"),
            columns={**COLUMNS, DOCUMENT: str},
            files="ud/en_gum-ud-{split}.conllu*",
        ),
    ),
    draft=draft,
    strata=TAGS,
    shuffles_options=True,
    notes=__doc__,
)
