"""Commonsense question answering (CommonsenseQA)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask the question as it stands."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Question: {text}",
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="commonsenseqa",
    genre="factuality",
    summary="Answer to a question of common sense",
    n_options=5,
    sources=(
        Source(
            id="tau/commonsense_qa",
            config="default",
            licence="MIT",
            url="https://huggingface.co/datasets/tau/commonsense_qa",
        ),
    ),
    licence="MIT",
    citation="""@inproceedings{talmor-etal-2019-commonsenseqa,
  title = {{CommonsenseQA}: A Question Answering Challenge Targeting Commonsense Knowledge},
  author = {Talmor, Alon and Herzig, Jonathan and Lourie, Nicholas and Berant, Jonathan},
  booktitle = {Proceedings of NAACL-HLT 2019},
  pages = {4149--4158},
  year = {2019}
}""",
    raw_columns={"text": "string", "options": "list<string>", "label": "int64"},
    group="the concept and the question",
    released_folder="fact/commensenseqa",  # spelt so in the released layout
    instruction={"en": "Use common sense to choose the best answer to the question."},
    to_parts=to_parts,
    examples=(
        {
            "text": "Where would you keep an umbrella that is still dripping?",
            "options": ["bookshelf", "bathtub", "bed", "envelope", "oven"],
            "label": 1,
        },
    ),
)
