"""Hallucinated responses in dialogue, from HaluEval.

Source: `pminervini/HaluEval`, config `dialogue_samples`. Licence: Apache-2.0.

What is done: a row is an item as it stands, but for white space at the ends of its texts; both
labels are drawn equally often. Rows with the same knowledge or the same dialogue, directly or
through other rows, are one group.

What differs from the released edition:

- Rows that share knowledge or dialogue stay in one split: a fact that was learnt from one of them
  would help with the other.
- The labels are balanced in every split.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.task import RawRow
from mceval8k.tasks.self_reflection.halueval import TASK

LABELS = {"no": 0, "yes": 1}


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each response."""
    responses = list(rows)
    for row, group in zip(responses, components([_keys(row) for row in responses]), strict=True):
        raw = _raw(row)
        yield Candidate((Draft(raw, row),), group=group, stratum=str(raw["hallucination"]))


def _keys(row: UpstreamRow) -> tuple[str, str]:
    knowledge, dialogue = normalise(row["knowledge"]), normalise(row["dialogue_history"])
    return f"knowledge: {knowledge}", f"dialogue: {dialogue}"


def _raw(row: UpstreamRow) -> RawRow:
    answer = row["hallucination"].strip().lower()
    if answer not in LABELS:
        raise DataError(f"{row.where}: hallucination {answer!r} is neither yes nor no")
    return {
        "knowledge": row["knowledge"].strip(),
        "dialogue": row["dialogue_history"].strip(),
        "response": row["response"].strip(),
        "hallucination": LABELS[answer],
    }


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("data",),
            columns=dict.fromkeys(
                ("knowledge", "dialogue_history", "response", "hallucination"), str
            ),
        ),
    ),
    draft=draft,
    strata=("0", "1"),
    notes=__doc__,
)
