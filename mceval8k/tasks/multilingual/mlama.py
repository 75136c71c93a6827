"""Factual knowledge in five languages (mLAMA)."""

from operator import index

from mceval8k.citations import LAMA, T_REX, entries
from mceval8k.task import LANGUAGES, Parts, RawRow, Source, Task
from mceval8k.wording import SLOT_INSTRUCTION, SLOT_QUESTION, language_of, text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask what fills the slot [Y]; a fact has one uuid in all languages."""
    lang = language_of(raw)
    return Parts(
        question=SLOT_QUESTION[lang].format(text=text_of(raw, "text")),
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=text_of(raw, "uuid"),
        lang=lang,
    )


def _example(lang: str, text: str, options: tuple[str, ...], label: int) -> RawRow:
    uuid = "5b0c6d0e-3a55-4d0e-9d56-0c8f2a4a7e11"
    return {"uuid": uuid, "text": text, "options": list(options), "label": label, "lang": lang}


TASK = Task(
    name="mlama",
    genre="multilingual",
    summary="Missing object of a fact, in five languages",
    languages=LANGUAGES,
    n_options=4,
    sources=(
        Source(
            id="cis-lmu/m_lama",
            config="all",
            licence="CC-BY-NC-SA-4.0",
            url="https://huggingface.co/datasets/cis-lmu/m_lama",
        ),
    ),
    licence="CC-BY-NC-SA-4.0",
    licence_note="stated by the card of cis-lmu/m_lama, checked on 2026-11-26",
    citation=entries(
        r"""@inproceedings{kassner-etal-2021-multilingual,
  title = {Multilingual {LAMA}: Investigating Knowledge in Multilingual Pretrained Language Models},
  author = {Kassner, Nora and Dufter, Philipp and Sch{\"u}tze, Hinrich},
  booktitle = {Proceedings of EACL 2021},
  pages = {3250--3258},
  year = {2021}
}""",
        LAMA,
        T_REX,
    ),
    raw_columns={
        "uuid": "string",
        "text": "string",
        "options": "list<string>",
        "label": "int64",
        "lang": "string",
    },
    group="the fact, in all languages",
    released_folder="multilingual/mlama",
    instruction=SLOT_INSTRUCTION,
    sensitive="facts about real persons, from Wikidata",
    shared=(),
    drawn_options=True,
    templated=True,
    not_text=("uuid",),
    to_parts=to_parts,
    examples=(
        _example("en", "The capital of Norway is [Y].", ("Oslo", "Bern", "Riga", "Rome"), 0),
        _example("fr", "La capitale de la Norvège est [Y].", ("Berne", "Oslo", "Riga", "Rome"), 1),
        _example("de", "Die Hauptstadt von Norwegen ist [Y].", ("Bern", "Riga", "Oslo", "Rom"), 2),
        _example("zh", "挪威的首都是[Y]。", ("伯尔尼", "里加", "罗马", "奥斯陆"), 3),
        _example("es", "La capital de Noruega es [Y].", ("Berna", "Oslo", "Riga", "Roma"), 1),
    ),
)
