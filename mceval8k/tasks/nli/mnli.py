"""Natural language inference across genres (MultiNLI)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import (
    ENTAILMENT_INSTRUCTION,
    ENTAILMENT_OPTIONS,
    ENTAILMENT_QUESTION,
    text_of,
)

LICENCE = "MultiNLI: OANC, CC-BY-3.0 and CC-BY-SA-3.0, by portion"


def to_parts(raw: RawRow) -> Parts:
    """Ask how the hypothesis relates to the premise; upstream has up to three per premise."""
    premise = text_of(raw, "premise")
    return Parts(
        question=ENTAILMENT_QUESTION["en"].format(
            premise=premise, hypothesis=text_of(raw, "hypothesis")
        ),
        options=ENTAILMENT_OPTIONS["en"],
        label=index(raw["label"]),
        group=normalise(premise),
    )


TASK = Task(
    name="mnli",
    genre="nli",
    summary="Whether a premise entails or contradicts a hypothesis",
    n_options=3,
    fixed_options={"en": ENTAILMENT_OPTIONS["en"]},
    sources=(
        Source(
            id="nyu-mll/glue",
            config="mnli",
            licence=LICENCE,
            url="https://huggingface.co/datasets/nyu-mll/glue",
        ),
    ),
    licence=LICENCE,
    citation="""@inproceedings{williams-etal-2018-broad,
  title = {A Broad-Coverage Challenge Corpus for Sentence Understanding through Inference},
  author = {Williams, Adina and Nangia, Nikita and Bowman, Samuel R.},
  booktitle = {Proceedings of NAACL-HLT 2018},
  pages = {1112--1122},
  year = {2018}
}

@inproceedings{wang-etal-2018-glue,
  title = {{GLUE}: A Multi-Task Benchmark and Analysis Platform for Natural Language Understanding},
  author = {Wang, Alex and Singh, Amanpreet and Michael, Julian and Hill, Felix and Levy, Omer and Bowman, Samuel R.},
  booktitle = {Proceedings of the 2018 EMNLP Workshop BlackboxNLP},
  pages = {353--355},
  year = {2018}
}""",
    raw_columns={"premise": "string", "hypothesis": "string", "label": "int64"},
    group="the premise",
    released_folder="nli/mnli",
    instruction={"en": ENTAILMENT_INSTRUCTION["en"]},
    shared=("premise",),
    to_parts=to_parts,
    examples=(
        {
            "premise": "The museum is closed on Mondays, so we walked along the river instead.",
            "hypothesis": "We visited the museum on Monday.",
            "label": 2,
        },
        {
            "premise": "The museum is closed on Mondays, so we walked along the river instead.",
            "hypothesis": "We went for a walk.",
            "label": 0,
        },
    ),
)
