"""Hallucination in knowledge-grounded dialogue (HaluEval)."""

from operator import index

from mceval8k.task import Parts, RawRow, Source, Task
from mceval8k.text import normalise
from mceval8k.wording import text_of

OPTIONS = {"en": ("Not hallucinated", "Hallucinated")}


def to_parts(raw: RawRow) -> Parts:
    """Ask whether the response is hallucinated; upstream has a right and a wrong one each."""
    knowledge, dialogue = text_of(raw, "knowledge"), text_of(raw, "dialogue")
    response = text_of(raw, "response")
    return Parts(
        question=f"Knowledge: {knowledge}\nDialogue: {dialogue}\nResponse: {response}",
        options=OPTIONS["en"],
        label=index(raw["hallucination"]),
        group=f"{normalise(knowledge)} | {normalise(dialogue)}",
    )


TASK = Task(
    name="halueval",
    genre="self-reflection",
    summary="Whether a response in a dialogue is hallucinated",
    n_options=2,
    fixed_options=OPTIONS,
    sources=(
        Source(
            id="pminervini/HaluEval",
            config="dialogue_samples",
            licence="Apache-2.0",
            url="https://huggingface.co/datasets/pminervini/HaluEval",
        ),
    ),
    licence="Apache-2.0",
    citation="""@inproceedings{li-etal-2023-halueval,
  title = {{HaluEval}: A Large-Scale Hallucination Evaluation Benchmark for Large Language Models},
  author = {Li, Junyi and Cheng, Xiaoxue and Zhao, Wayne Xin and Nie, Jian-Yun and Wen, Ji-Rong},
  booktitle = {Proceedings of EMNLP 2023},
  pages = {6449--6464},
  year = {2023}
}

@inproceedings{moon-etal-2019-opendialkg,
  title = {{OpenDialKG}: Explainable Conversational Reasoning with Attention-based Walks over Knowledge Graphs},
  author = {Moon, Seungwhan and Shah, Pararth and Kumar, Anuj and Subba, Rajen},
  booktitle = {Proceedings of ACL 2019},
  pages = {845--854},
  year = {2019}
}""",
    raw_columns={
        "knowledge": "string",
        "dialogue": "string",
        "response": "string",
        "hallucination": "int64",
    },
    group="the knowledge and the dialogue before the response",
    released_folder="self-reflection/halueval",
    instruction={
        "en": "Decide whether the assistant's response to the dialogue is hallucinated: whether it "
        "contradicts the knowledge or states as a fact what cannot be verified.",
    },
    sensitive="dialogues with invented claims about real persons and works",
    shared=("knowledge", "dialogue"),
    to_parts=to_parts,
    examples=(
        {
            "knowledge": "Persuasion is written by Jane Austen. Persuasion has genre Novel",
            "dialogue": "[Human]: I just finished Emma. Do you know Persuasion as well? ",
            "response": "Yes, it is another novel by Jane Austen. I think you would enjoy it.",
            "hallucination": 0,
        },
        {
            "knowledge": "Persuasion is written by Jane Austen. Persuasion has genre Novel",
            "dialogue": "[Human]: I just finished Emma. Do you know Persuasion as well? ",
            "response": "Yes, it is a collection of poems that Charles Dickens wrote.",
            "hallucination": 1,
        },
    ),
)
