"""Facts in time: the year in which a statement was true (TempLAMA)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask in which of the years the statement was true."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Statement: {text}",
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="templama",
    genre="factuality",
    summary="Year in which a statement was true",
    n_options=4,
    sources=(
        Source(
            id="Yova/templama",
            config="default",
            licence="none stated",
            url="https://huggingface.co/datasets/Yova/templama",
        ),
    ),
    licence="none stated",
    licence_note="none stated for the data by the Hub page of Yova/templama, which has no card, or by the "
    "README of templama in github.com/google-research/language, "
    "checked on 2026-11-26",
    citation="""@article{dhingra-etal-2022-time,
  title = {Time-Aware Language Models as Temporal Knowledge Bases},
  author = {Dhingra, Bhuwan and Cole, Jeremy R. and Eisenschlos, Julian Martin and Gillick, Daniel and Eisenstein, Jacob and Cohen, William W.},
  journal = {Transactions of the Association for Computational Linguistics},
  volume = {10},
  pages = {257--273},
  year = {2022}
}""",
    raw_columns={"text": "string", "options": "list<string>", "label": "int64"},
    group="the statement of the fact",
    released_folder="fact/templama",
    instruction={"en": "Choose the year in which the statement was true."},
    sensitive="facts about real persons, from Wikidata",
    drawn_options=True,
    templated=True,
    to_parts=to_parts,
    examples=(
        {
            "text": "Angela Merkel holds the position of Chancellor of Germany.",
            "options": ["2004", "2022", "2023", "2012"],
            "label": 3,
        },
    ),
)
