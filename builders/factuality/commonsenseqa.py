"""Questions of common sense, from CommonsenseQA.

Source: `tau/commonsense_qa`, the splits `train` and `validation`; the answers of `test` are hidden,
so it is not read. Licence: MIT.

What is done: a question keeps its five options; white space is folded, and the order of options is
seeded, with the gold at each position equally often. Upstream's authors wrote the questions of one
concept around the same options, so that the gold of one question is a distractor of the next and
gives it away by elimination: questions with the same concept are one group, and so are questions
with the same words and those that share three options or more, directly or through other questions.

What differs from the released edition:

- Questions of one concept, or with three options in common, stay in one split.
- Options are in seeded order; upstream's letters favour some positions.
- A question without an answer is not used, nor is one with two equal options.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.task import RawRow
from mceval8k.tasks.factuality.commonsenseqa import TASK

SHARED = 3
"""Questions with so many options in common are one group."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each question that has an answer."""
    answered = []
    for row in rows:
        if row["answerKey"].strip():
            answered.append(row)
        else:
            yield Dropped("no-gold")
    for row, group in zip(answered, components([_keys(row) for row in answered]), strict=True):
        yield Candidate((Draft(_raw(row), row),), group=group)


def _keys(row: UpstreamRow) -> list[str]:
    """Question, concept, and every three of the options."""
    concept = normalise(row["question_concept"])
    options = sorted({normalise(option) for option in row["choices"]["text"]})
    return [
        f"question: {normalise(row['question'])}",
        *([f"concept: {concept}"] if concept else []),
        *("options: " + "\0".join(three) for three in combinations(options, SHARED)),
    ]


def _raw(row: UpstreamRow) -> RawRow:
    letters, texts, answer = row["choices"]["label"], row["choices"]["text"], row["answerKey"]
    if len(letters) != len(texts):
        raise DataError(f"{row.where}: choices: {len(letters)} labels for {len(texts)} texts")
    if letters.count(answer) != 1:
        raise DataError(f"{row.where}: answerKey {answer!r} is none of {', '.join(letters)}")
    gold = letters.index(answer)
    options = [texts[gold], *texts[:gold], *texts[gold + 1 :]]
    return {
        "text": " ".join(row["question"].split()),
        "options": [" ".join(option.split()) for option in options],
        "label": 0,
    }


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation"),
            columns={
                "question": str,
                "question_concept": str,
                "choices": {"label": [str], "text": [str]},
                "answerKey": str,
            },
        ),
    ),
    draft=draft,
    shuffles_options=True,
    notes=__doc__,
)
