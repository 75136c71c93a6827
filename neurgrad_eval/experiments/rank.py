"""Rank neurons on any number of training prompts; several processes may share the work.

Scores are sums over prompts, added up where the gradients are: of a prompt nothing is kept but its
activations, and these only where they are ranked by. Neither order nor number of processes changes
a bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mceval8k.errors import UsageError
from neurgrad_eval.experiments._rankings import LAYERS, layer_table, neuron_table
from neurgrad_eval.experiments.collect import ITEMS, Collecting, result_of
from neurgrad_eval.features.features import Features
from neurgrad_eval.features.totals import add_up
from neurgrad_eval.inputs.options import GradientInput, ModelInput, TrainingInput, loaded
from neurgrad_eval.inputs.plan import make_training_plan
from neurgrad_eval.neurons import from_flat
from neurgrad_eval.probes.streamed import ACTIVATION, SUMMED, Ranked, rank_all
from neurgrad_eval.probes.sums import BLOCKS, AddUp, FeaturePart, TotalPart, spread
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Arrays
from neurgrad_eval.runs.settings import option
from neurgrad_eval.show.views import View

Score = Literal["polarity", "centred", "magnitude", "activation"]
SUMMED_TOGETHER = 256
"""Prompts in a unit, at most."""
SCORES: tuple[Any, ...] = (*SUMMED, ACTIVATION)


@dataclass(frozen=True, kw_only=True)
class RankSettings(GradientInput):
    """What is ranked, and how much of it is shown."""

    scores: tuple[Score, ...] = option(
        SCORES,
        "Scores to rank by. With activation, activations are kept: 2 bytes a neuron and prompt.",
    )
    top: int = option(
        1024, "First neurons whose distribution over layers is shown; at most all.", least=1
    )


@dataclass(frozen=True, kw_only=True)
class RankOptions(RankSettings, TrainingInput, ModelInput):
    """Options of `neurgrad rank`."""


class RankTask(Collecting):
    """Rankings of neurons by the training prompts of a task."""

    name = "rank"
    Settings, Options = RankSettings, RankOptions
    large = frozenset({"neurons", ITEMS})
    collective = True

    lead = (
        "Every neuron was scored by how well it tells the right answer on training prompts, and "
        "the neurons were ranked by the size of the score."
    )
    shows = (
        View("First neuron of each ranking", "best", "The error is the score's standard error."),
        LAYERS,
    )

    @classmethod
    def check(cls, options: RankOptions) -> None:
        """Draw the items: what is wrong with them shows before the model is loaded."""
        make_training_plan(options, options.train_size)

    @classmethod
    def open(cls, options: RankOptions, out: Path | None) -> RankTask:
        """Draw the items and load the model."""
        return cls(options, loaded(options), make_training_plan(options, options.train_size))

    def units(self) -> Sequence[list[int]]:
        """Numbers of prompts of one language and one block each, which are added up together."""
        blocks = self._blocks()
        parts = [
            [row for row in rows if blocks[row] == block]
            for _, rows in self.plan.languages()
            for block in range(BLOCKS)
        ]
        return [
            rows[start : start + SUMMED_TOGETHER]
            for rows in parts
            for start in range(0, len(rows), SUMMED_TOGETHER)
        ]

    def measure(self, unit: list[int]) -> Arrays:
        """Sums over the prompts, as arrays of a file."""
        return add_up(
            self.model, self.questions(unit), activations=ACTIVATION in self.settings.scores
        )

    def summarise(self, measured: Measured) -> Findings:
        """Add up the sums of all prompts."""
        blocks = self._blocks()
        found = ranked(
            lambda of: measured.sum(
                lambda rows, totals: of(TotalPart(totals, int(blocks[rows[0]])))
            ),
            self.model.widths,
            self.settings.scores,
            self.settings.top,
        )
        return Findings({**found.tables, ITEMS: self.items()})

    def _blocks(self) -> npt.NDArray[np.int64]:
        """Block [prompt] of each prompt; see `neurgrad_eval.probes.streamed`."""
        train = self.plan.sample.train
        return spread([item["label"] for item in train], [item["group"] for item in train])


def ranked(add_up: AddUp, widths: Sequence[int], scores: Sequence[str], top: int) -> Findings:
    """Rank neurons and count them by layer.

    Parameters
    ----------
    add_up
        Goes over the prompts; see `neurgrad_eval.probes.streamed.rank_all`.
    widths
        Neurons per layer.
    scores
        Names of the rankings.
    top
        First neurons of each that are counted by layer.
    """
    found = rank_all(add_up, scores)
    rankings = {name: one.ranking for name, one in found.items()}
    errors = {name: one.errors for name, one in found.items()}
    tables = {
        "neurons": neuron_table(rankings, widths, errors),
        "layers": layer_table(rankings, [min(top, sum(widths))], widths),
        "best": [_best(name, one, widths) for name, one in found.items()],
    }
    return Findings(tables)


def _best(name: str, found: Ranked, widths: Sequence[int]) -> dict[str, object]:
    first = int(found.ranking.order[0])
    (layer,), (neuron,) = from_flat([first], widths)
    error = float(found.errors[first])
    return {
        "ranking": name,
        "layer": layer,
        "neuron": neuron,
        "score": float(found.ranking.scores[first]),
        "error": None if np.isnan(error) else error,
    }


def rank(features: Features, *, score: Score | None = "magnitude", top: int = 1024) -> Result:
    """Rank neurons by how well they tell the right answer.

    Parameters
    ----------
    features
        Of prompts, as `neurgrad_eval.collect` makes them.
    score
        By which score: polarity, centred, magnitude or activation; None for each of them.
    top
        First neurons whose distribution over layers is counted; at most all that there are.

    Returns
    -------
    Result
        Tables `neurons` (every neuron by rank, with score, orientation and standard error),
        `layers` (where the first ones sit) and `best`.

    Raises
    ------
    UsageError
        The prompts have one label only, or there is no such score.
    """
    scores = SCORES if score is None else (score,)
    if not set(scores) <= set(SCORES):
        raise UsageError(f"unknown score {score!r}: give one of {', '.join(SCORES)}, or None")
    if len(set(features.labels.tolist())) < 2:
        raise UsageError("the prompts have one label only: nothing tells it from another")
    settings = RankSettings(top=top, scores=scores)
    blocks = spread(features.labels, features.groups)
    part = FeaturePart(features, blocks)
    found = ranked(lambda of: of(part), features.widths, scores, settings.top)
    about = {"train_size": len(features), "score": score, "top": top, **features.about()}
    return result_of(RankTask, found, about)
