"""Chunking: the type of a basic phrase in a sentence (CoNLL-2000)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask for the type of the target chunk; items of one sentence are one group."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Sentence: {text}\nPhrase: {' '.join(raw['target_chunk'])}",
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="chunking",
    genre="linguistic",
    summary="Type of a basic phrase in a sentence",
    n_options=4,
    sources=(
        Source(
            id="eriktks/conll2000",
            licence="none stated (Wall Street Journal text)",
            url="https://huggingface.co/datasets/eriktks/conll2000",
        ),
    ),
    licence="none stated (Wall Street Journal text)",
    licence_note="none stated by the card of eriktks/conll2000, checked on 2026-11-26",
    citation="""@inproceedings{tjong-kim-sang-buchholz-2000-introduction,
  title = {Introduction to the {CoNLL}-2000 Shared Task: Chunking},
  author = {Tjong Kim Sang, Erik F. and Buchholz, Sabine},
  booktitle = {Proceedings of CoNLL-2000 and LLL-2000},
  pages = {127--132},
  year = {2000}
}""",
    raw_columns={
        "text": "string",
        "chunks": "list<list<string>>",
        "target_chunk": "list<string>",
        "options": "list<string>",
        "label": "int64",
    },
    group="the sentence",
    released_folder="linguistic/chunking",
    instruction={
        "en": "Read the sentence and decide which type of chunk, in the sense of CoNLL-2000, the "
        "phrase is: noun phrase (NP), verb phrase (VP), prepositional phrase (PP), adverb phrase "
        "(ADVP), adjective phrase (ADJP), subordinating conjunction (SBAR), particle (PRT), "
        "conjunction phrase (CONJP), interjection (INTJ), list marker (LST) or coordination of "
        "unlike phrases (UCP).",
    },
    sensitive="news texts that name real persons",
    drawn_options=True,
    target="target_chunk",
    to_parts=to_parts,
    examples=(
        {
            "text": "The new owners will reopen the mill in early spring .",
            "chunks": [
                ["The", "new", "owners"],
                ["will", "reopen"],
                ["the", "mill"],
                ["in"],
                ["early", "spring"],
            ],
            "target_chunk": ["will", "reopen"],
            "options": ["ADVP", "VP", "NP", "PP"],
            "label": 1,
        },
    ),
)
