"""Factual knowledge in many phrasings (MyriadLAMA)."""

from operator import index

from mceval8k.citations import LAMA, T_REX, entries
from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import SLOT_INSTRUCTION, SLOT_QUESTION, text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask what fills the slot [Y] of a statement or question."""
    text = text_of(raw, "text")
    return Parts(
        question=SLOT_QUESTION["en"].format(text=text),
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="myriadlama",
    genre="factuality",
    summary="Missing object of a fact",
    n_options=4,
    sources=(
        Source(
            id="iszhaoxin/MyriadLAMA",
            licence="none stated",
            url="https://huggingface.co/datasets/iszhaoxin/MyriadLAMA",
        ),
    ),
    licence="none stated",
    licence_note="none known: the card of iszhaoxin/MyriadLAMA could not be looked at "
    "on 2026-11-26",
    citation=entries(
        """@article{zhao-etal-2024-matters,
  title = {What Matters in Memorizing and Recalling Facts? Multifaceted Benchmarks for Knowledge Probing in Language Models},
  author = {Zhao, Xin and Yoshinaga, Naoki and Oba, Daisuke},
  journal = {arXiv preprint arXiv:2406.12277},
  year = {2024}
}""",
        LAMA,
        T_REX,
    ),
    raw_columns={"text": "string", "options": "list<string>", "label": "int64"},
    group="the text with its slot",
    released_folder="fact/myriadlama",
    instruction={"en": SLOT_INSTRUCTION["en"]},
    sensitive="facts about real persons, from Wikidata",
    drawn_options=True,
    templated=True,
    to_parts=to_parts,
    examples=(
        {
            "text": "Clara Schumann was famous as a [Y].",
            "options": ["pianist", "jockey", "chemist", "goalkeeper"],
            "label": 0,
        },
    ),
)
