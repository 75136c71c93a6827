"""Sentiment of a film review (IMDb)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of

OPTIONS = {"en": ("Negative", "Positive")}


def to_parts(raw: RawRow) -> Parts:
    """Ask for the sentiment of a review, labelled as upstream."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Review: {text}",
        options=OPTIONS["en"],
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="imdb",
    genre="classification",
    summary="Sentiment of a film review",
    n_options=2,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="stanfordnlp/imdb",
            config="plain_text",
            licence="none stated",
            url="https://huggingface.co/datasets/stanfordnlp/imdb",
        ),
    ),
    licence="none stated",
    licence_note="none stated by the card of stanfordnlp/imdb or by the authors' page, which asks for a "
    "citation, checked on 2026-11-26",
    citation="""@inproceedings{maas-etal-2011-learning,
  title = {Learning Word Vectors for Sentiment Analysis},
  author = {Maas, Andrew L. and Daly, Raymond E. and Pham, Peter T. and Huang, Dan and Ng, Andrew Y. and Potts, Christopher},
  booktitle = {Proceedings of ACL-HLT 2011},
  pages = {142--150},
  year = {2011}
}""",
    raw_columns={"text": "string", "label": "int64"},
    group="the text of the review",
    released_folder="classification/imdb",
    instruction={"en": "Decide whether the review speaks of the film negatively or positively."},
    words_decide=True,
    sensitive="reviews written by viewers, in their own words",
    to_parts=to_parts,
    examples=(
        {
            "text": "I kept waiting for the plot to start. Two hours of people staring out of "
            "windows, and an ending that explains nothing.",
            "label": 0,
        },
        {
            "text": "A small film with a big heart. The two leads are wonderful together, and I "
            "left the cinema smiling.",
            "label": 1,
        },
    ),
)
