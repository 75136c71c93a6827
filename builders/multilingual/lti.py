"""Language identification among five languages, from the LTI LangID Corpus.

Source: `SEACrowd/lti_langid_corpus`, config `lti_langid_corpus_source`, split `train`. Licence:
none stated for the whole; the texts have their own. SEACrowd's loader is made for the languages of
South-East Asia, and what it yields depends on its version: a mirror must hold rows of the corpus
for `eng`, `fra`, `deu`, `cmn` and `spa` in the columns `text` and `language`, and of one type of
text (the corpus has the Bible in all five, parliament in some): else the answer can be inferred
from the type.

What is done: a text is an item as it stands, but for white space at its ends; the five languages
are drawn equally often. A text is its own group.

Dropped are:

- `other-language`: rows of other languages;
- `short`: texts of fewer than 20 columns of print, in which a Chinese character takes two;
- `other-script`: texts whose letters are not, for the most part, of their language's script;
- `several-languages`: texts that stand under more than one language, in whatever case.

What differs from the released edition:

- No text is short: there, the shortest had a few letters (names, numbers, "amen").
- The options are in one order; their letters are the prompt's matter, not the row's.
- A text stays in one split; there, texts of the training split come back in the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.languages import script_fits, several_languages, width
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.task import LANGUAGES
from mceval8k.tasks.multilingual.lti import TASK

CODES = {"eng": "en", "fra": "fr", "deu": "de", "cmn": "zh", "spa": "es"}
"""Languages by their ISO 639-3 code."""

SHORTEST = 20
"""Columns of print that a text has at least."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each text that is of one language and not short."""
    known = []
    for row in rows:
        if row["language"] in CODES:
            known.append((row, row["text"].strip(), CODES[row["language"]]))
        else:
            yield Dropped("other-language")
    ambiguous = several_languages((text, lang) for _, text, lang in known)
    for row, text, lang in known:
        if normalise(text) in ambiguous:
            yield Dropped("several-languages")
        elif width(text) < SHORTEST:
            yield Dropped("short")
        elif not script_fits(text, lang):
            yield Dropped("other-script")
        else:
            question = Draft({"text": text, "lang": lang}, row)
            yield Candidate((question,), group=normalise(text), stratum=lang)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(TASK.sources[0], splits=("train",), columns={"text": str, "language": str}),
    ),
    draft=draft,
    strata=LANGUAGES,
    notes=__doc__,
)
