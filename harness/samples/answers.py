"""A model's answers to a task as arrays, and all of them as one tidy table.

Positions are those at which options were shown; `option`, in the table, is the index in the
edition's own order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from harness.samples.counts import Count
from harness.samples.sample import Sample


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers to the items of one task, in one rotation of the options."""

    task: str
    rotation: int
    """Positions by which the options were moved; see `harness.tasks.rotation`."""
    symbols: tuple[str, ...]
    """Answer symbol of each position."""
    ids: tuple[str, ...]
    """Item of each row, in the order of the requests; ids may repeat."""
    langs: tuple[str, ...]
    groups: tuple[str, ...]
    log_probabilities: NDArray[np.float64]
    """Log-probability of each symbol after the prompt, [item, position]; -inf beyond an item's
    options."""
    n_options: NDArray[np.int64]
    """How many options an item has, [item]."""
    gold: NDArray[np.int64]
    """Position of the right option, [item]."""

    @property
    def chosen(self) -> NDArray[np.int64]:
        """Position that lm-eval takes for the answer, [item]: the first of the highest scores."""
        chosen: NDArray[np.int64] = self.log_probabilities.argmax(axis=1)
        return chosen

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the answer is right, [item]."""
        correct: NDArray[np.bool_] = np.asarray(self.chosen == self.gold)
        return correct

    @property
    def count(self) -> Count:
        """Right answers among all."""
        return Count(int(self.correct.sum()), len(self.gold))

    @property
    def is_finite(self) -> NDArray[np.bool_]:
        """Whether all of an item's options have a finite score, [item]."""
        beyond = np.arange(len(self.symbols)) >= self.n_options[:, None]
        known = np.isfinite(self.log_probabilities) | beyond
        finite: NDArray[np.bool_] = np.asarray(known.all(axis=1))
        return finite

    def select(self, rows: NDArray[np.bool_]) -> Answers:
        """Answers to some of the items."""
        return Answers(
            task=self.task,
            rotation=self.rotation,
            symbols=self.symbols,
            ids=_chosen(self.ids, rows),
            langs=_chosen(self.langs, rows),
            groups=_chosen(self.groups, rows),
            log_probabilities=self.log_probabilities[rows],
            n_options=self.n_options[rows],
            gold=self.gold[rows],
        )


def read_answers(task: str, samples: Sequence[Sample], rotation: int = 0) -> Answers:
    """Answers of a task from lm-eval's samples of it."""
    symbols = max((sample.symbols for sample in samples), key=len)
    log_probabilities = np.full((len(samples), len(symbols)), -np.inf)
    for row, sample in zip(log_probabilities, samples, strict=True):
        row[: len(sample.log_likelihoods)] = sample.log_likelihoods
    return Answers(
        task=task,
        rotation=rotation,
        symbols=symbols,
        ids=tuple(sample.id for sample in samples),
        langs=tuple(sample.lang for sample in samples),
        groups=tuple(sample.group for sample in samples),
        log_probabilities=log_probabilities,
        n_options=np.array([len(sample.log_likelihoods) for sample in samples], dtype=np.int64),
        gold=np.array([sample.gold for sample in samples], dtype=np.int64),
    )


SCHEMA = pa.schema(
    [
        ("task", pa.string()),
        ("item", pa.int32()),
        ("id", pa.string()),
        ("lang", pa.string()),
        ("group", pa.string()),
        ("rotation", pa.int8()),
        ("option", pa.int8()),
        ("position", pa.int8()),
        ("symbol", pa.string()),
        ("logprob", pa.float64()),
        ("gold", pa.bool_()),
        ("chosen", pa.bool_()),
    ]
)
"""Columns of `options.parquet`; docs/evaluation.md says what they mean."""


def option_table(answers: Iterable[Answers]) -> pa.Table:
    """One row per task, rotation, item and option."""
    return pa.concat_tables([SCHEMA.empty_table(), *map(_table, answers)])


def _table(answers: Answers) -> pa.Table:
    n_positions = len(answers.symbols)
    shown = np.arange(n_positions) < answers.n_options[:, None]
    items, positions = np.nonzero(shown)
    texts = {
        "id": answers.ids,
        "lang": answers.langs,
        "group": answers.groups,
    }
    columns = {
        "task": [answers.task] * len(items),
        "item": items,
        **{name: [values[item] for item in items.tolist()] for name, values in texts.items()},
        "rotation": np.full(len(items), answers.rotation),
        "option": (positions - answers.rotation) % answers.n_options[items],
        "position": positions,
        "symbol": [answers.symbols[position] for position in positions.tolist()],
        "logprob": answers.log_probabilities[items, positions],
        "gold": positions == answers.gold[items],
        "chosen": positions == answers.chosen[items],
    }
    return pa.table(columns, schema=SCHEMA)


def _chosen(values: Sequence[str], rows: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(value for value, kept in zip(values, rows.tolist(), strict=True) if kept)
