"""Part-of-speech tagging in five languages, from the Parallel UD treebanks (PUD).

Source: `ud/{en,fr,de,zh,es}_pud-ud-test.conllu[.gz]`: the same 1,000 sentences in each language,
from news and Wikipedia; the Chinese is in traditional characters. Licence: CC BY-SA 3.0.

What is done: every word of a sentence is a candidate, as it is written; its four options are its
tag and three others, in seeded order. There are questions about ten tags: those that all five
languages have in plenty, so that the options of one language mean as much as those of another.
Language and tag are balanced together, which at 8,000 items makes 160 of each. Distractors are
drawn among the same ten, all equally likely (see `builders.linguistic.postag`). A sentence and its
four translations are one group.

There are no questions about:

- `other-tag`: PUNCT and SYM, which the characters give away; X and `_`, which are no answer; NUM,
  mostly digits; PART and SCONJ, which French and Spanish, or Chinese, hardly have; INTJ, which PUD
  hardly has;
- `multiword-token`, `not-in-letters`, `repeated-word`, `not-in-text`: as in `postag`. Chinese has
  no spaces, so a word that also stands within another one of its sentence is repeated.

What differs from the released edition:

- No gold is `_`: there, 1.4 % of the items asked for multiword tokens.
- Tags are balanced and every tag is gold and distractor, in each language.
- Translations of a sentence stay in one split; in the released edition they were in all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Dropped
from builders.making.grouping import components
from builders.making.tagging import COLUMNS, questions
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.task import LANGUAGES
from mceval8k.tasks.multilingual.mpostag import TASK

TAGS = ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "NOUN", "PRON", "PROPN", "VERB")

LANGUAGE_OF = {source.id: lang for source, lang in zip(TASK.sources, LANGUAGES, strict=True)}


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each word that can have a question."""
    sentences = list(rows)
    for row, group in zip(sentences, components([_keys(row) for row in sentences]), strict=True):
        lang = LANGUAGE_OF[row.source]
        for found in questions(row, TAGS, seed, lang=lang):
            if isinstance(found, Dropped):
                yield found
            else:
                word, question = found
                yield Candidate((question,), group=group, stratum=f"{lang} {word.tag}")


def _keys(row: UpstreamRow) -> tuple[str, str]:
    """Key that parallel sentences have in common, and one of the sentence."""
    return f"id: {row['sent_id']}", f"text: {normalise(row['text'])}"


BUILDER = Builder(
    task=TASK,
    upstream=tuple(
        Upstream(
            source,
            splits=("test",),
            columns=COLUMNS,
            files=f"{source.id}-ud-{{split}}.conllu*",
        )
        for source in TASK.sources
    ),
    draft=draft,
    strata=tuple(f"{lang} {tag}" for lang in LANGUAGES for tag in TAGS),
    shuffles_options=True,
    notes=__doc__,
)
