"""Ranked neurons shifted together on items: what the experiments on them share.

A ranking's orientation o says of which sign a neuron's NeurGrad for the gold answer tended to be on
training prompts, against those for the other answers. NeurGrad belongs to a shift convention: under
`magnitude` it is the slope over moves by Δ·sign(a), under `signed` over moves by Δ. So the move of
which the ranking predicts that it raises the gold answer, whichever that is, is Δ·o·sign(a) under
`magnitude` and Δ·o under `signed`. It takes the item's own activation, but never its label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mceval8k.statistics import Estimate, bootstrap_mean
from neurgrad_eval.engine.gradients import check_space
from neurgrad_eval.engine.joint_shifts import COPIES, Floats, copies_within, direction
from neurgrad_eval.engine.question import Question
from neurgrad_eval.engine.sweeps import at_rest
from neurgrad_eval.inputs.asked import GradientInput, loaded
from neurgrad_eval.inputs.items import Asker, Item, Items, plan_items
from neurgrad_eval.inputs.plan import make_plan
from neurgrad_eval.inputs.ranked import RankedNeurons, read_ranking
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Indices, pairs
from neurgrad_eval.probes.matched import draw_matched
from neurgrad_eval.runs.experiment import Experiment
from neurgrad_eval.runs.settings import Settings, option

if TYPE_CHECKING:
    from typing_extensions import Self

DEVIATION_PROMPTS = 100
"""Training prompts, at most, over which standard deviations are taken."""
SHIFTS_HELP = "Sizes of shift, each of a neuron in the unit."
DRAWS_HELP = "Sets of random neurons of the same layers."
Unit = Literal["activation", "sd"]


@dataclass(frozen=True, kw_only=True)
class SkillSettings(GradientInput):
    """How ranked neurons are shifted."""

    shifts: tuple[float, ...] = option((1.0,), SHIFTS_HELP, above=0)
    unit: Unit = option(
        "activation", "A shift of 1: in activation, or a neuron's standard deviation over prompts."
    )
    draws: int = option(2, DRAWS_HELP, least=1)
    seed: int = option(0, "Decides items, demonstrations, random sets and the bootstrap.", least=0)

    @property
    def most(self) -> int:
        """How many neurons the largest set has."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class RankingInput(Settings):
    """Which neurons are shifted, on how many test items."""

    ranking: Path = option(
        help="Ranked neurons: .parquet or .csv, or the folder of `neurgrad probe` or `rank`."
    )
    score: Literal["polarity", "magnitude"] = option(
        "polarity", "Which ranking of a table that holds several."
    )
    limit: int | None = option(None, "Test items at most.", least=1, affects=False, nothing="all")


@dataclass(frozen=True)
class Sets:
    """The ranked neurons and the random ones beside them.

    Attributes
    ----------
    flat : int64 [set, neuron]
        The ranked neurons, then each draw; a random neuron stands in for the ranked one of its
        column: it lies in the same layer and is moved by that one's orientation.
    orientation : float64 [neuron]
    scales : float64 [set, neuron]
        How far each moves for a shift of 1.
    """

    flat: Indices
    orientation: Floats
    scales: Floats


class SkillExperiment(Experiment):
    """Base of experiments that shift ranked neurons on items.

    Parameters
    ----------
    settings
        Of the experiment.
    model
        The model that is asked.
    ranked
        Neurons, best first, at least as many as the settings need.
    items
        Which are asked.
    training
        Items whose activations tell standard deviations; the first of `items` if not given.
    copies
        Interventions per forward pass.
    """

    settings: Any

    def __init__(
        self,
        settings: SkillSettings,
        model: NeuronModel,
        ranked: RankedNeurons,
        items: Items,
        *,
        training: Items | None = None,
        copies: int = COPIES,
    ) -> None:
        check_space(model.sites, settings.space)
        self.settings = settings
        self.model = model
        self.ranked = ranked
        self.items = items
        self.training = training or Items(items.whole, {}, DEVIATION_PROMPTS)
        self.copies = copies
        self.asker = Asker(model, items)
        random = draw_matched(ranked.flat, model.widths, draws=settings.draws, seed=settings.seed)
        self.flat = np.concatenate([ranked.flat[None], random])

    @classmethod
    def check(cls, asked: Any) -> None:
        """Read the ranking and draw the items."""
        read_ranking(asked.ranking, asked.score)
        make_plan(asked)

    @classmethod
    def open(cls, asked: Any, out: Path | None) -> Self:
        """Read the ranking, draw the items and load the model."""
        ranking, plan = read_ranking(asked.ranking, asked.score), make_plan(asked)
        model = loaded(asked)
        ranking.check_origin(
            {"weights": model.fingerprint, "space": asked.space, "sign": asked.sign}
        )
        return cls(
            asked,
            model,
            ranking.top(asked.most, model.widths),
            plan_items(plan, "test", asked.limit),
            training=plan_items(plan, "train", DEVIATION_PROMPTS),
            copies=copies_within(asked.max_tokens),
        )

    def about(self) -> dict[str, Any]:
        """Model, items, neurons and settings."""
        neurons = {"neurons_digest": self.ranked.digest()}
        return {**self.model.about(), **self.items.about, **neurons, **super().about()}

    def units(self) -> Mapping[str, Item]:
        """The items, by their number."""
        return {f"{item.number:06d}": item for item in self.items.chosen}

    @property
    def groups(self) -> list[str]:
        """Group of each item that is asked."""
        return [item.group for item in self.items.chosen]

    @cached_property
    def sets(self) -> Sets:
        """What is moved; standard deviations are measured here, if they are the unit."""
        scales = np.ones(self.flat.shape)
        if self.settings.unit == "sd":
            asker = Asker(self.model, self.training)
            rows = [self._resting(asker.ask(item)) for item in self.training.chosen]
            scales = np.std(rows, axis=0)
        return Sets(self.flat, self.ranked.orientation, scales)

    def moves(self, question: Question) -> Floats:
        """What is added to each neuron for a shift of 1 along its orientation [set, neuron]."""
        towards = direction(self._resting(question), self.settings.sign)
        return np.asarray(self.sets.orientation * self.sets.scales * towards)

    def _resting(self, question: Question) -> Floats:
        """Activations with nothing shifted [set, neuron]."""
        neurons = pairs(self.flat.reshape(-1), self.model.widths)
        found = at_rest(question, neurons, self.settings.space).activations
        return found.double().numpy().reshape(self.flat.shape)


@dataclass(frozen=True)
class Compared:
    """Ranked neurons beside random ones; intervals of 95 % by bootstrap over groups."""

    ranked: Estimate
    random: Estimate
    """Mean over the random sets."""
    difference: Estimate
    """The one less the other, on the same items."""


def compare(values: Floats, groups: Sequence[str], seed: int) -> list[Compared]:
    """Compare the ranked set, which comes first, with the others.

    Parameters
    ----------
    values
        Of each item [item, set, ...].
    groups
        Group of each item.
    seed
        Of the bootstrap.

    Returns
    -------
    list
        One for each value that an item's set has, in order.
    """
    ranked, random = values[:, 0], values[:, 1:].mean(1)
    parts = [part.reshape(len(values), -1) for part in (ranked, random, ranked - random)]
    estimates = (bootstrap_mean(part, groups, seed=seed) for part in parts)
    return [Compared(*own) for own in zip(*estimates, strict=True)]
