"""Shift the top neurons of a ranking on test items, and see what the right answer gains.

1. Each item runs once up to its last token, and the last token once with nothing shifted.
2. Every set of neurons and every shift, along orientation and reversed, is one packed copy of the
   last token; the probabilities of all answers are read from each.

What is moved does not depend on the item's label (`_skill`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from mceval8k.statistics import bootstrap_mean
from neurgrad_eval.engine.answer_gradients import Sign, Space
from neurgrad_eval.engine.joint_shifts import (
    NOTHING,
    Floats,
    JointShift,
    copies_within,
    shift_jointly,
)
from neurgrad_eval.experiments._skill import (
    DRAWS_HELP,
    SHIFTS_HELP,
    RankingInput,
    SkillExperiment,
    SkillSettings,
    Unit,
    compare,
)
from neurgrad_eval.inputs.asked import ItemInput, ModelInput
from neurgrad_eval.inputs.items import Item, given_items
from neurgrad_eval.inputs.ranked import as_ranking
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Tables
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import option
from neurgrad_eval.show.views import Chart, View

SHIFTS, DRAWS = (0.1, 0.25, 0.5, 1.0), 20
MEASURES = {
    "accuracy": "share of items whose most probable option is the gold one",
    "gold_probability": "probability of the gold answer, over the full vocabulary",
    "gold_share": "probability of the gold answer as a share of that of all options",
}


@dataclass(frozen=True)
class Condition:
    """One joint shift of an item."""

    draw: int
    """Which set: -1 for the ranked neurons, else the number of the random set."""
    neurons: int
    shift: float
    """Along orientation; below 0, against it."""


@dataclass(frozen=True, kw_only=True)
class CausalSettings(SkillSettings):
    """How many neurons are shifted, and how far."""

    numbers: tuple[int, ...] = option(
        (256,), "Top neurons shifted together.", name="neurons", least=1
    )
    shifts: tuple[float, ...] = option(SHIFTS, SHIFTS_HELP, above=0)
    draws: int = option(DRAWS, DRAWS_HELP, least=1)

    @property
    def most(self) -> int:
        """How many neurons the largest set has."""
        return max(self.numbers)

    @property
    def signed(self) -> tuple[float, ...]:
        """Shifts along orientation, then against it."""
        return (*self.shifts, *(-shift for shift in self.shifts))

    def conditions(self) -> Iterator[Condition]:
        """All joint shifts of an item."""
        for draw in range(-1, self.draws):
            for number in self.numbers:
                for shift in self.signed:
                    yield Condition(draw, number, shift)


@dataclass(frozen=True, kw_only=True)
class AskedCausal(CausalSettings, RankingInput, ItemInput, ModelInput):
    """What `neurgrad causal` is asked."""


class Causal(SkillExperiment):
    """Shift ranked neurons on items, beside random neurons of the same layers."""

    name = "causal"
    Settings, Asked = CausalSettings, AskedCausal
    large = frozenset({"effects"})
    lead = (
        "A ranking says of each neuron whether it speaks for the right answer or against it. Here "
        "the top neurons are shifted along that orientation, without a look at the right answer, "
        "and against it. If they carry the skill, the right answer should gain along the "
        "orientation and lose against it, and more so than when random neurons of the same layers "
        "are shifted in their place."
    )
    shows = (
        View(
            "Change",
            "summary",
            "Shifts above 0 are along the orientation, those below are against it. Intervals are "
            "of 95 % by bootstrap over groups; the grey band holds the random sets. p is the share "
            "of all sets that move the measure as far in the predicted direction.\n\n"
            + "; ".join(f"{name.replace('_', ' ')}: {what}" for name, what in MEASURES.items())
            + ".",
            Chart(
                "lines",
                "shift",
                "ranked random",
                band="random_lowest random_highest",
                x_title="shift along orientation",
                y_title="change",
            ),
            columns="shift ranked random difference p",
            each="measure neurons",
        ),
        View("Nothing shifted", "base"),
    )

    def measure(self, unit: Item) -> Tables:
        """Probabilities of the answers: one row per condition, the first with nothing shifted."""
        question = self.asker.ask(unit)
        moves = self.moves(question)
        conditions = list(self.settings.conditions())
        jobs = [NOTHING]
        for one in conditions:
            row, own = one.draw + 1, slice(one.neurons)
            amounts = one.shift * moves[row, own]
            jobs.append(JointShift.of(self.flat[row, own], amounts, self.model.widths))
        logs = shift_jointly(question, jobs, space=self.settings.space, copies=self.copies)
        return {"effects": effects_table(unit, conditions, np.exp(logs))}

    def summarise(self, measured: Measured) -> Findings:
        """Change of each measure by each kind of shift."""
        effects, items = measured.table("effects"), self.items.chosen
        flat = effects["probabilities"].combine_chunks().flatten().to_numpy()
        conditions = effects.num_rows // len(items)
        probabilities = flat.reshape(len(items), conditions, -1)
        values = measure_all(probabilities, np.array([item.label for item in items]))
        seed = self.settings.seed
        base = [
            {"measure": name, "value": bootstrap_mean(table[:, :1], self.groups, seed=seed)[0]}
            for name, table in values.items()
        ]
        summary = [
            row
            for name, table in values.items()
            for row in summary_rows(name, table[:, 1:] - table[:, :1], self.groups, self.settings)
        ]
        return Findings(
            {"summary": summary, "base": base, "effects": effects}, {"items": len(items)}
        )


def effects_table(item: Item, conditions: Sequence[Condition], probabilities: Floats) -> pa.Table:
    """One row per condition; `set` is none, ranked or random, `draw` null but for random sets.

    Parameters
    ----------
    item
        Which was asked.
    conditions
        Its joint shifts.
    probabilities
        Of the answers [1 + condition, answer], the first with nothing shifted.
    """
    count = 1 + len(conditions)
    names = ["none", *("ranked" if one.draw < 0 else "random" for one in conditions)]
    draws = [None, *(None if one.draw < 0 else one.draw for one in conditions)]
    return pa.table(
        {
            "item": pa.array([item.number] * count, pa.int32()),
            "id": pa.array([item.id] * count, pa.string()),
            "label": pa.array([item.label] * count, pa.int8()),
            "set": pa.array(names, pa.string()),
            "draw": pa.array(draws, pa.int32()),
            "neurons": pa.array([0, *(one.neurons for one in conditions)], pa.int32()),
            "shift": pa.array([0.0, *(one.shift for one in conditions)], pa.float64()),
            "probabilities": pa.array(list(probabilities)),
        }
    )


def measure_all(probabilities: Floats, gold: Any) -> dict[str, Floats]:
    """Every measure of every item and condition.

    Parameters
    ----------
    probabilities
        Of the answers [item, condition, answer].
    gold
        Index of the right one [item].

    Returns
    -------
    dict of float64 [item, condition]
    """
    own = np.take_along_axis(probabilities, gold[:, None, None], axis=2)[..., 0]
    total = probabilities.sum(-1)
    best = probabilities.max(-1)
    tied = (probabilities == best[..., None]).sum(-1)
    return {
        "accuracy": (own == best) / tied,  # of tied answers, one is drawn
        "gold_probability": own,
        "gold_share": np.divide(own, total, out=np.zeros_like(own), where=total > 0),
    }


def summary_rows(
    measure: str, change: Floats, groups: Sequence[str], settings: CausalSettings
) -> Iterator[Mapping[str, Any]]:
    """Rows of one measure, by number of neurons and by rising shift.

    `random_lowest` and `random_highest` are the random sets with the lowest and the highest change.
    `p` is the share of the sets, ranked and random, that change the measure at least as far as the
    ranked one does in the predicted direction: up along orientation, down against it.

    Parameters
    ----------
    measure
        Its name.
    change
        Of each item [item, condition].
    groups
        Group of each item.
    settings
        Which conditions there are.
    """
    shifts = settings.signed
    by_set = change.reshape(len(change), settings.draws + 1, len(settings.numbers), len(shifts))
    compared = compare(by_set, groups, settings.seed)
    means = by_set.mean(0)
    for n, number in enumerate(settings.numbers):
        for s in np.argsort(shifts).tolist():
            ranked, random = means[0, n, s], means[1:, n, s]
            as_far = (np.sign(shifts[s]) * (random - ranked) >= 0).sum()
            yield {
                "measure": measure,
                "neurons": number,
                "shift": shifts[s],
                **vars(compared[n * len(shifts) + s]),
                "random_lowest": random.min(),
                "random_highest": random.max(),
                "p": (1 + as_far) / (1 + settings.draws),
            }


def causal(
    model: NeuronModel,
    neurons: Any,
    prompts: Sequence[str],
    answers: Sequence[str] | Sequence[Sequence[str]],
    labels: Sequence[int],
    *,
    groups: Sequence[str] | None = None,
    numbers: Sequence[int] | None = None,
    shifts: Sequence[float] = SHIFTS,
    unit: Unit = "activation",
    draws: int = DRAWS,
    score: str | None = None,
    space: Space = "hidden",
    sign: Sign = "magnitude",
    seed: int = 0,
    max_tokens: int | None = None,
) -> Result:
    """Shift ranked neurons on prompts, and see what the right answer gains.

    Parameters
    ----------
    model
        The model that is asked.
    neurons
        Table with columns layer, neuron and orientation or score, best first or with a column
        rank: the head of a ranking (`inputs.ranked`).
    prompts, answers, labels, groups
        Texts; literal continuations, one token each, the same for all prompts or a list for each;
        index of each prompt's right answer; what belongs together [prompt].
    numbers
        How many of the neurons are shifted together; all that have an orientation if not given.
    shifts
        Sizes of shift, in `unit`.
    unit
        `"activation"`: a shift of 1 is 1 in the neuron's own units; `"sd"`: one standard deviation
        over the first prompts.
    draws
        Sets of random neurons of the same layers, which are shifted for comparison.
    score
        Which ranking, where the table holds several.
    space, sign
        Those of the ranking.
    seed
        Decides the random sets and the bootstrap.
    max_tokens
        Shifts per forward pass, at most.

    Returns
    -------
    Result
        Tables `summary` (a row per measure, number of neurons and shift), `base` and `effects`.

    Raises
    ------
    UsageError, DataError
        A setting cannot be used, the table is no ranking of this model, or prompts, answers and
        labels do not fit together.
    """
    ranking = as_ranking(neurons, score)
    given = (len(ranking.top(None, model.widths).flat),) if numbers is None else tuple(numbers)
    settings = CausalSettings(
        numbers=given,
        shifts=tuple(shifts),
        unit=unit,
        draws=draws,
        space=space,
        sign=sign,
        seed=seed,
    )
    ranked = ranking.top(settings.most, model.widths)
    items = given_items(model, prompts, answers, labels, groups)
    return run(Causal(settings, model, ranked, items, copies=copies_within(max_tokens)))
