"""Part-of-speech tagging: the Universal POS tag of a word in a sentence (UD English-GUM)."""

from operator import index

from mceval8k.citations import UD_TREEBANKS, UNIVERSAL_DEPENDENCIES, entries
from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import UPOS_INSTRUCTION, UPOS_QUESTION, text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask for the tag of the target token; items of one sentence are one group."""
    text = text_of(raw, "text")
    return Parts(
        question=UPOS_QUESTION["en"].format(text=text, word=text_of(raw, "target_token")),
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="postag",
    genre="linguistic",
    summary="Universal POS tag of a word in a sentence",
    n_options=4,
    sources=(
        Source(
            id="ud/en_gum",
            licence="CC-BY-NC-SA-4.0",
            url="https://universaldependencies.org/treebanks/en_gum/index.html",
        ),
    ),
    licence="CC-BY-NC-SA-4.0",
    citation=entries(
        """@article{zeldes-2017-gum,
  title = {The {GUM} Corpus: Creating Multilayer Resources in the Classroom},
  author = {Zeldes, Amir},
  journal = {Language Resources and Evaluation},
  volume = {51},
  number = {3},
  pages = {581--612},
  year = {2017}
}""",
        UD_TREEBANKS,
        UNIVERSAL_DEPENDENCIES,
    ),
    raw_columns={
        "text": "string",
        "tokens": "list<string>",
        "target_token": "string",
        "options": "list<string>",
        "label": "int64",
    },
    group="the document, else the sentence",
    released_folder="linguistic/postag",
    instruction={"en": UPOS_INSTRUCTION["en"]},
    sensitive="web texts that name real persons",
    drawn_options=True,
    target="target_token",
    not_text=("target_token",),
    to_parts=to_parts,
    examples=(
        {
            "text": "The ferry rarely leaves before noon.",
            "tokens": ["The", "ferry", "rarely", "leaves", "before", "noon", "."],
            "target_token": "leaves",
            "options": ["NOUN", "ADP", "VERB", "ADV"],
            "label": 2,
        },
    ),
)
