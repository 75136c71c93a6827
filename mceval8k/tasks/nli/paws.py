"""Paraphrase identification on pairs with high word overlap (PAWS)."""

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise

OPTIONS = {"en": ("No", "Yes")}


def to_parts(raw: RawRow) -> Parts:
    """Ask whether the two sentences mean the same; label 1 is yes, as upstream."""
    first, second = raw["sentence1"], raw["sentence2"]
    return Parts(
        question=f"Sentence 1: {first}\nSentence 2: {second}",
        options=OPTIONS["en"],
        label=int(raw["label"]),
        group=" | ".join(sorted((normalise(first), normalise(second)))),
    )


TASK = Task(
    name="paws",
    genre="nli",
    summary="Whether two sentences with nearly the same words mean the same",
    n_options=2,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="google-research-datasets/paws",
            config="labeled_final",
            licence="PAWS: free use with attribution",
            url="https://huggingface.co/datasets/google-research-datasets/paws",
        ),
    ),
    licence="PAWS: free use with attribution",
    licence_note="stated by the card of google-research-datasets/paws, checked on 2026-11-26",
    citation="""@inproceedings{zhang-etal-2019-paws,
  title = {{PAWS}: Paraphrase Adversaries from Word Scrambling},
  author = {Zhang, Yuan and Baldridge, Jason and He, Luheng},
  booktitle = {Proceedings of NAACL-HLT 2019},
  pages = {1298--1308},
  year = {2019}
}""",
    raw_columns={"sentence1": "string", "sentence2": "string", "label": "int64"},
    group="all pairs that share a sentence",
    released_folder="nli/paws",
    instruction={"en": "Decide whether the two sentences have the same meaning."},
    to_parts=to_parts,
    examples=(
        {
            "sentence1": "In 1911 the family moved from Lund to Malmö , where Ebba opened a school .",
            "sentence2": "In 1911 the family moved from Malmö to Lund , where Ebba opened a school .",
            "label": 0,
        },
    ),
)
