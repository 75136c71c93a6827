"""Toxicity of comments on Wikipedia talk pages (Jigsaw)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of

OPTIONS = {"en": ("Not toxic", "Toxic")}


def to_parts(raw: RawRow) -> Parts:
    """Ask whether a comment is toxic, labelled as upstream."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Comment: {text}",
        options=OPTIONS["en"],
        label=index(raw["toxic"]),
        group=normalise(text),
    )


TASK = Task(
    name="toxicity",
    genre="self-reflection",
    summary="Whether a comment is toxic",
    n_options=2,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="jigsaw/train",
            licence="CC-BY-SA-3.0",
            url="https://www.kaggle.com/c/jigsaw-toxic-comment-classification-challenge",
        ),
    ),
    licence="CC-BY-SA-3.0",
    citation="""@misc{jigsaw-2017-toxic,
  title = {Toxic Comment Classification Challenge},
  author = {{cjadams} and Sorensen, Jeffrey and Elliott, Julia and Dixon, Lucas and McDonald, Mark and {nithum} and Cukierski, Will},
  publisher = {Kaggle},
  year = {2017},
  url = {https://www.kaggle.com/c/jigsaw-toxic-comment-classification-challenge}
}""",
    raw_columns={"text": "string", "toxic": "int64"},
    group="the text of the comment",
    released_folder="self-reflection/toxicity",
    instruction={
        "en": "Decide whether the comment from a discussion page is toxic, that is, so insulting "
        "or hostile that it could drive others out of the discussion.",
    },
    words_decide=True,
    sensitive="insults, threats, obscenity and hatred, on purpose, and user names",
    to_parts=to_parts,
    examples=(
        {
            "text": "Thanks for the sources. I have moved the second paragraph to the section on "
            "history; please revert me if you disagree.",
            "toxic": 0,
        },
        {
            "text": "You are a pathetic little liar and nobody here wants you. Get lost, idiot.",
            "toxic": 1,
        },
    ),
)
