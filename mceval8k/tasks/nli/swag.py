"""Grounded commonsense inference: how a described situation goes on (SWAG)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of


def to_parts(raw: RawRow) -> Parts:
    """Ask for the ending of a text that breaks off."""
    text = text_of(raw, "text")
    return Parts(
        question=f"Text: {text}",
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=normalise(text),
    )


TASK = Task(
    name="swag",
    genre="nli",
    summary="Most plausible ending of a described situation",
    n_options=4,
    sources=(
        Source(
            id="allenai/swag",
            config="regular",
            licence="unknown",
            url="https://huggingface.co/datasets/allenai/swag",
        ),
    ),
    licence="unknown",
    citation="""@inproceedings{zellers-etal-2018-swag,
  title = {{SWAG}: A Large-Scale Adversarial Dataset for Grounded Commonsense Inference},
  author = {Zellers, Rowan and Bisk, Yonatan and Schwartz, Roy and Choi, Yejin},
  booktitle = {Proceedings of EMNLP 2018},
  pages = {93--104},
  year = {2018}
}""",
    raw_columns={"text": "string", "options": "list<string>", "label": "int64"},
    group="the text before the ending",
    released_folder="nli/swag",
    instruction={
        "en": "The text breaks off in the middle of a sentence. Choose the most plausible way for "
        "it to go on.",
    },
    to_parts=to_parts,
    examples=(
        {
            "text": "A woman ties her apron and rolls out the dough on the table. She",
            "options": [
                "dives into the pool and swims to the other side.",
                "paints the dough onto the wall of the garage.",
                "cuts it into rounds and lays them on a tray.",
                "throws the table over the fence.",
            ],
            "label": 2,
        },
    ),
)
