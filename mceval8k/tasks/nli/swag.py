"""Grounded commonsense inference: how a described situation continues (SWAG)."""

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
            licence="none stated",
            url="https://huggingface.co/datasets/allenai/swag",
        ),
    ),
    licence="none stated",
    licence_note="none stated by the card of allenai/swag or the README of github.com/rowanz/swagaf, "
    "checked on 2026-11-26",
    citation="""@inproceedings{zellers-etal-2018-swag,
  title = {{SWAG}: A Large-Scale Adversarial Dataset for Grounded Commonsense Inference},
  author = {Zellers, Rowan and Bisk, Yonatan and Schwartz, Roy and Choi, Yejin},
  booktitle = {Proceedings of EMNLP 2018},
  pages = {93--104},
  year = {2018}
}

@inproceedings{krishna-etal-2017-dense,
  title = {Dense-Captioning Events in Videos},
  author = {Krishna, Ranjay and Hata, Kenji and Ren, Frederic and Fei-Fei, Li and Niebles, Juan Carlos},
  booktitle = {Proceedings of ICCV 2017},
  pages = {706--715},
  year = {2017}
}

@article{rohrbach-etal-2017-movie,
  title = {Movie Description},
  author = {Rohrbach, Anna and Torabi, Atousa and Rohrbach, Marcus and Tandon, Niket and Pal, Christopher and Larochelle, Hugo and Courville, Aaron and Schiele, Bernt},
  journal = {International Journal of Computer Vision},
  volume = {123},
  number = {1},
  pages = {94--120},
  year = {2017}
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
