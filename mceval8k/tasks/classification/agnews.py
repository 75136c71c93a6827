"""Topic classification of news (AG News)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of

OPTIONS = {"en": ("World", "Sports", "Business", "Sci/Tech")}


def to_parts(raw: RawRow) -> Parts:
    """Ask for the topic of an article, labelled as upstream."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Article: {text}",
        options=OPTIONS["en"],
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="agnews",
    genre="classification",
    summary="Topic of a news article",
    n_options=4,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="fancyzhx/ag_news",
            config="default",
            licence="AG's corpus: non-commercial use",
            url="https://huggingface.co/datasets/fancyzhx/ag_news",
        ),
    ),
    licence="AG's corpus: non-commercial use",
    licence_note="the summary on the card of fancyzhx/ag_news; no licence by name is stated there, "
    "checked on 2026-11-26",
    citation="""@inproceedings{zhang-etal-2015-character,
  title = {Character-level Convolutional Networks for Text Classification},
  author = {Zhang, Xiang and Zhao, Junbo and LeCun, Yann},
  booktitle = {Advances in Neural Information Processing Systems 28},
  year = {2015}
}""",
    raw_columns={"text": "string", "label": "int64"},
    group="the text of the article",
    released_folder="classification/agnews",
    instruction={
        "en": "Decide which section of a newspaper the article belongs to: world news, sports, "
        "business, or science and technology.",
    },
    words_decide=True,
    sensitive="news texts that name real persons",
    to_parts=to_parts,
    examples=(
        {
            "text": "Ferry strike ends after nine days Crews in three ports returned to work on "
            "Tuesday after the shipping line offered a pay rise of four percent.",
            "label": 2,
        },
        {
            "text": "Telescope spots water on a distant planet Astronomers have found the trace of "
            "water vapour in the air of a planet 120 light years away.",
            "label": 3,
        },
    ),
)
