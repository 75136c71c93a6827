"""Star rating of a product review in five languages, from the Multilingual Amazon Reviews Corpus.

Source: `mteb/AmazonReviewsClassification`, configs `en`, `fr`, `de`, `zh` and `es`, the splits
`train` and `test`. Licence: the corpus's own, non-commercial research.

What is done: upstream's text is the title, a blank line and the body; `review` is the body, as in
the released edition: a title is often the rating in words ("Five stars", "一星"). `label` is the
number of stars, 1 to 5. Every number of stars in every language is drawn equally often. A review's
normalised text is its group.

Dropped are:

- `no-body`: texts without a blank line;
- `stars-in-text`: reviews that name a number of stars, in whatever language: the number can be
  copied, not judged;
- `other-script`: reviews whose letters are not, for the most part, of their language's script;
- `several-languages`: reviews that stand under more than one language, in whatever case.

What differs from the released edition:

- Stars are balanced in each language and split.
- Reviews have any length; of the released ones, those of 100 characters or fewer were left out.
- A review that is there twice is one; with different stars, it is none.
- A review is in one split; there, test rows stand in the training split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.languages import script_fits, several_languages
from builders.making.ratings import names_stars
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.task import LANGUAGES
from mceval8k.tasks.multilingual.amazon_review_multi import TASK

STARS = (1, 2, 3, 4, 5)


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each review that has a body."""
    reviews = []
    for row in rows:
        body = body_of(row["text"])
        if body:
            reviews.append((row, body, _language(row)))
        else:
            yield Dropped("no-body")
    ambiguous = several_languages((body, lang) for _, body, lang in reviews)
    for row, body, lang in reviews:
        if normalise(body) in ambiguous:
            yield Dropped("several-languages")
        elif names_stars(body):
            yield Dropped("stars-in-text")
        elif not script_fits(body, lang):
            yield Dropped("other-script")
        else:
            yield _candidate(row, body, lang)


def body_of(text: str) -> str:
    """Body of a review: what comes after the title and a blank line; empty if there is none."""
    return text.partition("\n\n")[2].strip()


def _language(row: UpstreamRow) -> str:
    """Language of a row: the config, with which its source id begins."""
    lang = row.source_id.partition("/")[0]
    if lang not in LANGUAGES:
        raise DataError(f"{row.where}: config {lang!r} is none of {', '.join(LANGUAGES)}")
    return lang


def _candidate(row: UpstreamRow, body: str, lang: str) -> Candidate:
    if row["label"] not in range(len(STARS)):
        raise DataError(f"{row.where}: label {row['label']} is none of 0 to {len(STARS) - 1}")
    stars = STARS[row["label"]]
    raw = {"review": body, "label": stars, "lang": lang}
    return Candidate((Draft(raw, row),), group=normalise(body), stratum=f"{lang} {stars}")


BUILDER = Builder(
    task=TASK,
    upstream=tuple(
        Upstream(
            source,
            splits=("train", "test"),
            columns={"text": str, "label": int},
        )
        for source in TASK.sources
    ),
    draft=draft,
    strata=tuple(f"{lang} {stars}" for lang in LANGUAGES for stars in STARS),
    notes=__doc__,
)
