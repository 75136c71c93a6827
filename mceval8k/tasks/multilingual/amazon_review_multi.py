"""Star rating of a product review in five languages (Multilingual Amazon Reviews Corpus)."""

from mceval8k.task import LANGUAGES, Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import (
    STAR_INSTRUCTION,
    STAR_OPTIONS,
    STAR_QUESTION,
    label_of_stars,
    language_of,
    text_of,
)

LICENCE = "Multilingual Amazon Reviews Corpus: non-commercial research"


def to_parts(raw: RawRow) -> Parts:
    """Ask for the stars of a review, in the review's language."""
    review, lang = text_of(raw, "review"), language_of(raw)
    return Parts(
        question=STAR_QUESTION[lang].format(review=review),
        options=STAR_OPTIONS[lang],
        label=label_of_stars(raw["label"]),
        group=normalise(review),
        lang=lang,
    )


def _source(lang: str) -> Source:
    return Source(
        id="mteb/AmazonReviewsClassification",
        config=lang,
        licence=LICENCE,
        url="https://huggingface.co/datasets/mteb/AmazonReviewsClassification",
    )


TASK = Task(
    name="amazon-review-multi",
    genre="multilingual",
    summary="Star rating of a product review, in five languages",
    languages=LANGUAGES,
    n_options=5,
    fixed_options=STAR_OPTIONS,
    sources=tuple(_source(lang) for lang in LANGUAGES),
    licence=LICENCE,
    citation=r"""@inproceedings{keung-etal-2020-multilingual,
  title = {The Multilingual {Amazon} Reviews Corpus},
  author = {Keung, Phillip and Lu, Yichao and Szarvas, Gy{\"o}rgy and Smith, Noah A.},
  booktitle = {Proceedings of EMNLP 2020},
  pages = {4563--4568},
  year = {2020}
}""",
    raw_columns={"review": "string", "label": "int64", "lang": "string"},
    group="the text of the review",
    released_folder="multilingual/amazon-review-multi",
    instruction=STAR_INSTRUCTION,
    words_decide=True,
    sensitive="reviews written by customers, in their own words",
    to_parts=to_parts,
    examples=(
        {
            "review": "The zip broke on day one and the colour is nothing like the photo.",
            "label": 1,
            "lang": "en",
        },
        {
            "review": "Très bonne lampe, lumineuse et silencieuse. Le câble est juste un peu court.",
            "label": 4,
            "lang": "fr",
        },
        {
            "review": "Ganz in Ordnung für den Preis, aber der Deckel schließt nicht richtig dicht.",
            "label": 3,
            "lang": "de",
        },
        {
            "review": "质量非常好，做工精细，物流也快，家里人都很喜欢，下次还会再买。",
            "label": 5,
            "lang": "zh",
        },
        {
            "review": "Llegó tarde y con un golpe en la caja. Funciona, pero hace mucho ruido.",
            "label": 2,
            "lang": "es",
        },
    ),
)
