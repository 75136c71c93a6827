"""Natural language inference in five languages, from XNLI.

Source: `facebook/xnli`, config `all_languages`, the splits `validation` and `test`; `train` is
MultiNLI translated by machine, so it is not read. Licence: CC BY-NC 4.0.

What is done: a row gives five parallel items, one for each language; the three labels are drawn
equally often. `index` is the row in its split, which `source_id` names. Each premise has three
hypotheses upstream, one for each label, so rows that share a premise in any language, directly or
through other rows, are one group.

White space is folded. Where a Chinese text is cut into words by spaces, as no Chinese is written, a
space stays only beside a letter or digit of another script. No text of these two splits is cut; of
the released training rows, which come from upstream's translated `train`, 98 % are.

Dropped are `missing-language`, a row that lacks a sentence in one of the five languages, and
`no-gold`, a row whose label is -1.

What differs from the released edition:

- Items are parallel in all five languages; a sentence pair is never in two splits, nor its
  premise with another hypothesis.
- Chinese is written without spaces between its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.task import LANGUAGES
from mceval8k.tasks.multilingual.xnli import TASK

_LATIN = "0-9A-Za-z\u00c0-\u024f"
_SPACE = re.compile(rf"(?<![{_LATIN}])\s+(?![{_LATIN}])")

_HAN = re.compile("[\u3400-\u9fff]")
CUT = 0.25
"""Such spaces per Chinese character from which on a text is cut into words."""

Texts = Mapping[str, str]
"""A sentence by language."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate, five parallel items, for each row that has all languages."""
    complete: list[tuple[UpstreamRow, Texts, Texts]] = []
    for row in rows:
        premise, hypothesis = (_written(texts) for texts in (row["premise"], _hypothesis(row)))
        if not all(premise.values()) or not all(hypothesis.values()):
            yield Dropped("missing-language")
        elif row["label"] == -1:
            yield Dropped("no-gold")
        else:
            complete.append((row, premise, hypothesis))
    keys = [
        [f"{lang}: {normalise(premise[lang])}" for lang in LANGUAGES] for _, premise, _ in complete
    ]
    for (row, premise, hypothesis), group in zip(complete, components(keys), strict=True):
        yield _candidate(row, premise, hypothesis, group)


def _hypothesis(row: UpstreamRow) -> Texts:
    languages, texts = row["hypothesis"]["language"], row["hypothesis"]["translation"]
    if len(languages) != len(texts):
        raise DataError(
            f"{row.where}: hypothesis: {len(languages)} languages for {len(texts)} translations"
        )
    return dict(zip(languages, texts, strict=True))


def _written(texts: Texts) -> Texts:
    folded = {lang: " ".join(texts.get(lang, "").split()) for lang in LANGUAGES}
    return {**folded, "zh": without_spaces(folded["zh"])}


def without_spaces(text: str) -> str:
    """Chinese text without the spaces between its words; one that is not cut stays as it is."""
    is_cut = len(_SPACE.findall(text)) >= CUT * len(_HAN.findall(text))
    return _SPACE.sub("", text) if is_cut else text


def _candidate(row: UpstreamRow, premise: Texts, hypothesis: Texts, group: str) -> Candidate:
    index = int(row.source_id.rpartition(":")[2])
    drafts = [
        {
            "index": index,
            "premise": premise[lang],
            "hypothesis": hypothesis[lang],
            "label": row["label"],
            "lang": lang,
        }
        for lang in LANGUAGES
    ]
    label = str(row["label"])
    return Candidate(tuple(Draft(raw, row) for raw in drafts), group=group, stratum=label)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("validation", "test"),
            columns={
                "premise": dict.fromkeys(LANGUAGES, str),
                "hypothesis": {"language": [str], "translation": [str]},
                "label": int,
            },
        ),
    ),
    draft=draft,
    strata=("0", "1", "2"),
    notes=__doc__,
)
