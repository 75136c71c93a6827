"""Named-entity recognition: the type of a phrase in a sentence (CoNLL-2003)."""

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise


def to_parts(raw: RawRow) -> Parts:
    """Ask for the entity type of the target phrase; items of one sentence are one group."""
    phrase = " ".join(raw["target_chunk"])
    return Parts(
        question=f"Sentence: {raw['text']}\nPhrase: {phrase}",
        options=tuple(raw["options"]),
        label=int(raw["label"]),
        group=normalise(raw["text"]),
    )


TASK = Task(
    name="ner",
    genre="linguistic",
    summary="Entity type of a phrase in a sentence",
    n_options=4,
    sources=(
        Source(
            id="eriktks/conll2003",
            config="conll2003",
            licence="Reuters Corpus: research only",
            url="https://huggingface.co/datasets/eriktks/conll2003",
        ),
    ),
    licence="Reuters Corpus: research only",
    citation="""@inproceedings{tjong-kim-sang-de-meulder-2003-introduction,
  title = {Introduction to the {CoNLL}-2003 Shared Task: Language-Independent Named Entity Recognition},
  author = {Tjong Kim Sang, Erik F. and De Meulder, Fien},
  booktitle = {Proceedings of the Seventh Conference on Natural Language Learning at HLT-NAACL 2003},
  pages = {142--147},
  year = {2003}
}""",
    raw_columns={
        "text": "string",
        "chunks": "list<list<string>>",
        "target_chunk": "list<string>",
        "options": "list<string>",
        "label": "int64",
    },
    group="the sentence",
    released_folder="linguistic/ner",
    instruction={
        "en": "Read the sentence and decide what type of named entity the phrase is: "
        "a person (PER), an organisation (ORG), a location (LOC) or something else with a "
        "name (MISC).",
    },
    sensitive="news texts that name real persons",
    drawn_options=True,
    target="target_chunk",
    to_parts=to_parts,
    examples=(
        {
            "text": "Marta Olsen left Norwich Union for a bank in Bergen .",
            "chunks": [["Marta", "Olsen"], ["Norwich", "Union"], ["Bergen"]],
            "target_chunk": ["Norwich", "Union"],
            "options": ["LOC", "ORG", "PER", "MISC"],
            "label": 1,
        },
    ),
)
