"""Keep the features of prompts, which probes and properties of neurons are computed from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from neurgrad_eval.features.batches import Questions
from neurgrad_eval.features.collect import collected
from neurgrad_eval.features.features import Features
from neurgrad_eval.features.stored import to_arrays
from neurgrad_eval.inputs.item_table import items_table
from neurgrad_eval.inputs.options import GradientInput, ItemInput, ModelInput, loaded
from neurgrad_eval.inputs.plan import Plan, make_plan
from neurgrad_eval.inputs.stored import join_features
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.experiment import Experiment, Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Arrays, tabulate_all
from neurgrad_eval.runs.settings import Settings

SHARD = 64
"""Prompts in a unit, at most: what an interrupted run loses, and how finely work is shared."""
ITEMS = "items"


@dataclass(frozen=True, kw_only=True)
class CollectOptions(ItemInput, GradientInput, ModelInput):
    """Options of `neurgrad collect`."""


class Collecting(Experiment):
    """Base of experiments that are computed from the features of a task's prompts.

    Parameters
    ----------
    settings
        Of the experiment; they have `space`, `sign`, `batch_size` and `max_tokens`.
    model, plan
        Model and prompts.
    """

    Settings: ClassVar[type[Settings]] = GradientInput
    large = frozenset({ITEMS})

    def __init__(self, settings: Any, model: NeuronModel, plan: Plan) -> None:
        self.settings = settings
        self.model = model
        self.plan = plan

    def about(self) -> dict[str, Any]:
        """Model, prompts and settings."""
        return {**self.model.about(), **self.plan.about(), **super().about()}

    def units(self) -> Sequence[list[int]]:
        """Numbers of prompts that are computed together, of one language each."""
        return [
            rows[start : start + SHARD]
            for _, rows in self.plan.languages()
            for start in range(0, len(rows), SHARD)
        ]

    def steps(self, unit: list[int]) -> int:
        """Prompts of a unit."""
        return len(unit)

    def measure(self, unit: list[int]) -> Arrays:
        """Features of the prompts, as arrays of a file."""
        part = collected(self.model, self.questions(unit))
        return {**to_arrays(part), "rows": np.asarray(unit, dtype=np.int64)}

    def questions(self, unit: list[int]) -> Questions:
        """The prompts and their answers."""
        items = self.plan.sample.items
        return Questions(
            [self.plan.prompts[row] for row in unit],
            self.plan.answers,
            [items[row]["label"] for row in unit],
            space=self.settings.space,
            sign=self.settings.sign,
            batch_size=self.settings.batch_size,
            max_tokens=self.settings.max_tokens,
            names=[f"{row} (item {items[row]['id']})" for row in unit],
            on_batch=self.advance,
        )

    def items(self) -> Any:
        """Table of the items, in the order of the features' rows."""
        sample = self.plan.sample
        return items_table(
            {"train": sample.train, "test": sample.test, "validation": sample.validation}
        )


class Collect(Collecting):
    """Features of training, test and validation prompts of a task."""

    name = "collect"
    Options = CollectOptions

    @classmethod
    def check(cls, options: CollectOptions) -> None:
        """Draw the items: what is wrong with them shows before the model is loaded."""
        make_plan(options)

    @classmethod
    def open(cls, options: CollectOptions, out: Path | None) -> Collect:
        """Draw the items and load the model."""
        return cls(options, loaded(options), make_plan(options))

    def summarise(self, measured: Measured) -> Findings:
        """Say which items there are; the features stay where they are."""
        counts: Mapping[str, int] = {
            "training prompts": len(self.plan.sample.train),
            "test prompts": len(self.plan.sample.test),
            "validation prompts": len(self.plan.sample.validation),
            "neurons": sum(self.model.widths),
        }
        rows = [{"what": name, "count": count} for name, count in counts.items()]
        return Findings({"collected": rows, ITEMS: self.items()})


def features_of(measured: Measured, items: Any, *, budget: int | None = None) -> Features:
    """All features of a run, with what is known of each item; see `join_features`."""
    return join_features((arrays for _, arrays in measured), items, budget=budget)


def result_of(kind: type[Experiment], found: Findings, about: Mapping[str, Any]) -> Result:
    """Result of an experiment on features in memory.

    Parameters
    ----------
    kind
        The experiment whose views and tables it has.
    found
        What was found.
    about
        Settings, as plain values.
    """
    tables = tabulate_all(found.tables, about)
    return Result(kind.name, tables, about, found.facts, found.warnings, kind.large)
