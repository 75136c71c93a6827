"""Fact checking of short claims (FEVER)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of

OPTIONS = {"en": ("False", "True")}


def to_parts(raw: RawRow) -> Parts:
    """Ask whether a claim is true; label 1 is true, as released."""
    claim = text_of(raw, "claim")
    return Parts(
        question=f"Claim: {claim}",
        options=OPTIONS["en"],
        label=index(raw["label"]),
        group=normalise(claim),
    )


TASK = Task(
    name="fever",
    genre="factuality",
    summary="Whether a claim is true",
    n_options=2,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="fever/fever",
            config="v1.0",
            licence="CC-BY-SA-3.0",
            url="https://huggingface.co/datasets/fever/fever",
        ),
    ),
    licence="CC-BY-SA-3.0",
    licence_note="stated by the card of fever/fever: the terms of the Wikipedia articles or, where there are "
    "none, this licence, checked on 2026-11-26",
    citation="""@inproceedings{thorne-etal-2018-fever,
  title = {{FEVER}: a Large-scale Dataset for Fact Extraction and {VERification}},
  author = {Thorne, James and Vlachos, Andreas and Christodoulopoulos, Christos and Mittal, Arpit},
  booktitle = {Proceedings of NAACL-HLT 2018},
  pages = {809--819},
  year = {2018}
}""",
    raw_columns={"claim": "string", "label": "int64"},
    group="the claim",
    released_folder="fact/fever",
    instruction={"en": "Decide whether the claim is false or true."},
    sensitive="claims, many of them false, about real persons",
    to_parts=to_parts,
    examples=(
        {"claim": "The Danube flows through Budapest.", "label": 1},
        {"claim": "Marie Curie was born in Lisbon.", "label": 0},
    ),
)
