"""Ranked neurons shifted together on items: what the experiments on them share.

A ranking's orientation o says of which sign a neuron's NeurGrad for the gold answer tended to be on
training prompts, against those for the other answers. NeurGrad belongs to a shift convention: under
`magnitude` it is the slope over moves by Δ·sign(a), under `signed` over moves by Δ. So the move of
which the ranking predicts that it raises the gold answer, whichever that is, is Δ·o·sign(a) under
`magnitude` and Δ·o under `signed`. It takes the item's own activation, but never its label.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from neurgrad_eval.engine.gradients import check_space
from neurgrad_eval.engine.joint_shifts import (
    COPIES,
    Floats,
    JointShift,
    copies_within,
    direction,
    shift_jointly,
)
from neurgrad_eval.engine.question import Question
from neurgrad_eval.engine.sweeps import at_rest
from neurgrad_eval.experiments._sets import Kind, NeuronSet, neuron_sets
from neurgrad_eval.inputs.items import Asker, Item, Items, given_items, plan_items
from neurgrad_eval.inputs.options import GradientInput, loaded
from neurgrad_eval.inputs.plan import make_plan
from neurgrad_eval.inputs.ranked import CENTRED, RankedNeurons, RankingTable, read_ranking
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Indices, pairs
from neurgrad_eval.runs.experiment import Experiment
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings, option

if TYPE_CHECKING:
    from typing_extensions import Self

DEVIATION_PROMPTS = 100
"""Training prompts, at most, over which standard deviations are taken."""
SHIFTS_HELP = "Sizes of shift, each of a neuron in the unit."
DRAWS_HELP = "Sets of each null, which the ranked neurons are held against."
Unit = Literal["activation", "sd"]


@dataclass(frozen=True, kw_only=True)
class SkillSettings(GradientInput, ABC):
    """How ranked neurons are shifted."""

    shifts: tuple[float, ...] = option((1.0,), SHIFTS_HELP, above=0)
    unit: Unit = option(
        "activation", "A shift of 1: in activation, or a neuron's standard deviation over prompts."
    )
    draws: int = option(2, DRAWS_HELP, least=1)
    seed: int = option(0, "Seed of items, demonstrations, nulls and the bootstrap.", least=0)

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """How many neurons are shifted together."""


@dataclass(frozen=True, kw_only=True)
class RankingInput(Settings):
    """Which neurons are shifted, on how many test items."""

    ranking: Path = option(
        help="Ranked neurons: .parquet or .csv, or the folder of `neurgrad probe` or `rank`."
    )
    score: Literal["centred", "magnitude", "polarity"] = option(
        CENTRED, "Which ranking of a table that holds several."
    )
    limit: int | None = option(
        None, "Maximum number of test items.", least=1, affects=False, nothing="all"
    )


class SkillExperiment(Experiment):
    """Base of experiments that shift ranked neurons on items.

    Attributes
    ----------
    nulls
        What the ranked neurons are held against; `random` falls away where the ranking does not
        hold the orientation of every neuron.
    sets
        Per kind and draw, one of each size; the ranked ones first.

    Parameters
    ----------
    settings, model, items
        Of the experiment.
    ranked
        Neurons, best first, at least as many as the settings need.
    training
        Items whose activations tell standard deviations; the first of `items` if not given.
    copies
        Interventions per forward pass.
    """

    settings: Any
    nulls: ClassVar[tuple[Kind, ...]] = ("random",)

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
        self.settings, self.model, self.ranked, self.items = settings, model, ranked, items
        self.training = training or Items(items.whole, {}, DEVIATION_PROMPTS)
        self.copies = copies
        self.asker = Asker(model, items)
        self.sets = tuple(
            neuron_sets(
                ranked, model.widths, self.nulls, settings.sizes, settings.draws, settings.seed
            )
        )
        self.kinds = [one.kind for one in self.sets[:: len(settings.sizes)]]
        self.neurons = np.unique(np.concatenate([one.flat for one in self.sets]))

    @classmethod
    def check(cls, options: Any) -> None:
        """Read the ranking and draw the items."""
        read_ranking(options.ranking, options.score)
        make_plan(options)

    @classmethod
    def open(cls, options: Any, out: Path | None) -> Self:
        """Read the ranking, draw the items and load the model."""
        ranking, plan = read_ranking(options.ranking, options.score), make_plan(options)
        model = loaded(options)
        return cls(
            options,
            model,
            top_of(ranking, model, options),
            plan_items(plan, "test", options.limit),
            training=plan_items(plan, "train", DEVIATION_PROMPTS),
            copies=copies_within(options.max_tokens),
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
        """Group of each test item."""
        return [item.group for item in self.items.chosen]

    def warnings(self) -> tuple[str, ...]:
        """What cannot be said of the nulls."""
        unknown = (
            "there are no random neurons, whose orientations would have to be known: give the "
            "whole ranking, not its first neurons only",
        )
        alike = (
            f"the first {size} neurons are of one orientation: shuffling changes nothing"
            for size in self.settings.sizes
            if "shuffled" in self.kinds and not np.ptp(self.ranked.orientation[:size])
        )
        return (*(() if "random" in self.kinds else unknown), *alike)

    @cached_property
    def scales(self) -> Floats:
        """How far each of `neurons` moves for a shift of 1; deviations are measured here."""
        if self.settings.unit == "activation":
            return np.ones(len(self.neurons))
        asker = Asker(self.model, self.training)
        rows = [self._resting(asker.ask(item)) for item in self.training.chosen]
        return np.asarray(np.std(rows, axis=0))

    def moves(self, question: Question) -> list[Floats]:
        """What is added to the neurons of each set for a shift of 1 along orientation [neuron]."""
        unit = self.scales * direction(self._resting(question), self.settings.sign)
        return [one.orientation * unit[self.places(one)] for one in self.sets]

    def read(self, question: Question, jobs: Sequence[JointShift]) -> Floats:
        """Log-probability [job, answer] after each joint shift."""
        return shift_jointly(question, jobs, space=self.settings.space, copies=self.copies)

    def places(self, one: NeuronSet) -> Indices:
        """Where a set's neurons are among `neurons`."""
        return np.searchsorted(self.neurons, one.flat)

    def _resting(self, question: Question) -> Floats:
        """Activations of `neurons` with nothing shifted."""
        neurons = pairs(self.neurons, self.model.widths)
        found = at_rest(question, neurons, self.settings.space).activations
        return np.asarray(found.double().numpy())


def top_of(ranking: RankingTable, model: NeuronModel, settings: SkillSettings) -> RankedNeurons:
    """Take as many neurons as the largest set has, of a ranking of this model and convention."""
    settled = {"space": settings.space, "sign": settings.sign}
    ranking.check_origin({"weights": model.fingerprint, **settled})
    return ranking.top(max(settings.sizes), model.widths)


def run_given(
    kind: type[SkillExperiment],
    settings: SkillSettings,
    model: NeuronModel,
    ranking: RankingTable,
    *prompts: Any,
    max_tokens: int | None,
) -> Result:
    """Run an experiment on prompts that a user has: those of `inputs.items.given_items`."""
    items, ranked = given_items(model, *prompts), top_of(ranking, model, settings)
    return run(kind(settings, model, ranked, items, copies=copies_within(max_tokens)))
