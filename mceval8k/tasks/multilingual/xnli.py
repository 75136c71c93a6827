"""Natural language inference in five languages (XNLI)."""

from operator import index

from mceval8k.task import LANGUAGES, Parts, RawRow, Source, Task
from mceval8k.wording import (
    ENTAILMENT_INSTRUCTION,
    ENTAILMENT_OPTIONS,
    ENTAILMENT_QUESTION,
    language_of,
    text_of,
)


def to_parts(raw: RawRow) -> Parts:
    """Ask how the hypothesis relates to the premise; parallel rows have one index."""
    lang = language_of(raw)
    return Parts(
        question=ENTAILMENT_QUESTION[lang].format(
            premise=text_of(raw, "premise"), hypothesis=text_of(raw, "hypothesis")
        ),
        options=ENTAILMENT_OPTIONS[lang],
        label=index(raw["label"]),
        group=str(index(raw["index"])),
        lang=lang,
    )


def _example(lang: str, premise: str, hypothesis: str) -> RawRow:
    texts = {"premise": premise, "hypothesis": hypothesis}
    return {"index": 0, **texts, "label": 2, "lang": lang}


TASK = Task(
    name="xnli",
    genre="multilingual",
    summary="Whether a premise entails or contradicts a hypothesis, in five languages",
    languages=LANGUAGES,
    n_options=3,
    fixed_options=ENTAILMENT_OPTIONS,
    sources=(
        Source(
            id="facebook/xnli",
            config="all_languages",
            licence="CC-BY-NC-4.0",
            url="https://huggingface.co/datasets/facebook/xnli",
        ),
    ),
    licence="CC-BY-NC-4.0",
    citation="""@inproceedings{conneau-etal-2018-xnli,
  title = {{XNLI}: Evaluating Cross-lingual Sentence Representations},
  author = {Conneau, Alexis and Rinott, Ruty and Lample, Guillaume and Williams, Adina and Bowman, Samuel R. and Schwenk, Holger and Stoyanov, Veselin},
  booktitle = {Proceedings of EMNLP 2018},
  pages = {2475--2485},
  year = {2018}
}""",
    raw_columns={
        "index": "int64",
        "premise": "string",
        "hypothesis": "string",
        "label": "int64",
        "lang": "string",
    },
    group="the pair of sentences, in all languages",
    released_folder="multilingual/xnli",
    instruction=ENTAILMENT_INSTRUCTION,
    shared=("premise",),
    to_parts=to_parts,
    examples=(
        _example("en", "The shop closes at six.", "The shop is open all night."),
        _example("fr", "Le magasin ferme à six heures.", "Le magasin est ouvert toute la nuit."),
        _example("de", "Der Laden schließt um sechs.", "Der Laden hat die ganze Nacht geöffnet."),
        _example("zh", "这家商店六点关门。", "这家商店通宵营业。"),
        _example("es", "La tienda cierra a las seis.", "La tienda está abierta toda la noche."),
    ),
)
