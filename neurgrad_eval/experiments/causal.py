"""Shift the top neurons of a ranking on test items, and see what the right answer gains.

1. Each item runs once up to its last token, and the last token once with nothing shifted.
2. Every set of neurons and every shift, along orientation and reversed, is one packed copy of the
   last token; the probabilities of all answers are read from each.

What is moved does not depend on the item's label (`_skill`); the nulls are those of `_sets`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from mceval8k.statistics import bootstrap_share, holm
from neurgrad_eval.engine.answer_gradients import Sign, Space
from neurgrad_eval.engine.joint_shifts import NOTHING, Floats, JointShift
from neurgrad_eval.experiments._sets import Kind, NeuronSet, compare, extremes
from neurgrad_eval.experiments._skill import (
    DRAWS_HELP,
    SHIFTS_HELP,
    RankingInput,
    SkillExperiment,
    SkillSettings,
    Unit,
    run_given,
)
from neurgrad_eval.inputs.items import Item
from neurgrad_eval.inputs.options import ItemInput, ModelInput
from neurgrad_eval.inputs.ranked import as_ranking
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Tables
from neurgrad_eval.runs.settings import option
from neurgrad_eval.show.views import Chart, View

SHIFTS, DRAWS = (0.1, 0.25, 0.5, 1.0), 20
NULLS: tuple[Kind, ...] = ("random", "shuffled")
MEASURES = {
    "accuracy": "share of items whose most probable option is the gold one",
    "gold_probability": "probability of the gold answer, over the full vocabulary",
    "gold_share": "probability of the gold answer as a share of that of all options",
}


@dataclass(frozen=True, kw_only=True)
class CausalSettings(SkillSettings):
    """How many neurons are shifted, and how far."""

    numbers: tuple[int, ...] = option(
        (256,), "Top neurons shifted together.", name="neurons", least=1
    )
    shifts: tuple[float, ...] = option(SHIFTS, SHIFTS_HELP, above=0)
    draws: int = option(DRAWS, DRAWS_HELP, least=1)

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many neurons are shifted together."""
        return self.numbers

    @property
    def signed(self) -> tuple[float, ...]:
        """Shifts along orientation, then against it."""
        return (*self.shifts, *(-shift for shift in self.shifts))


@dataclass(frozen=True, kw_only=True)
class CausalOptions(CausalSettings, RankingInput, ItemInput, ModelInput):
    """Options of `neurgrad causal`."""


class Causal(SkillExperiment):
    """Shift ranked neurons on items, beside random ones and with shuffled orientations."""

    name = "causal"
    Settings, Options = CausalSettings, CausalOptions
    large = frozenset({"effects"})
    nulls: ClassVar[tuple[Kind, ...]] = NULLS
    lead = (
        "A ranking says of each neuron whether it speaks for the right answer or against it. Here "
        "the top neurons are shifted along that orientation, without a look at the right answer, "
        "and against it. If they carry the skill, the right answer should gain along the "
        "orientation and lose against it: more so than when random neurons of the same layers are "
        "shifted along their own orientation, which is a matter of selection, and more so than "
        "when the orientations are permuted among the ranked neurons, which is one of direction."
    )
    shows = (
        View(
            "Change",
            "summary",
            "Shifts above 0 are along the orientation, those below are against it. Intervals are "
            "of 95 % by bootstrap over groups; the grey bands are the ranges of all random and of "
            "all shuffled sets. p is the share of a null's sets, the ranked one among them, that "
            "move the measure as far in the predicted direction, adjusted by Holm's method for all "
            "rows of the table.\n\n"
            + "; ".join(f"{name.replace('_', ' ')}: {what}" for name, what in MEASURES.items())
            + ".",
            Chart(
                "lines",
                "shift",
                "ranked random shuffled",
                band="random_lowest random_highest shuffled_lowest shuffled_highest",
                x_title="shift along orientation",
                y_title="change",
            ),
            columns="shift ranked random shuffled difference_random difference_shuffled "
            "p_random_holm p_shuffled_holm",
            each="measure neurons",
        ),
        View("Nothing shifted", "base"),
    )

    def measure(self, unit: Item) -> Tables:
        """Probabilities of the answers: one row per set and shift, the first with none."""
        question = self.asker.ask(unit)
        jobs = [
            JointShift.of(one.flat, shift * move, self.model.widths)
            for one, move in zip(self.sets, self.moves(question), strict=True)
            for shift in self.settings.signed
        ]
        found = np.exp(self.read(question, [NOTHING, *jobs]))
        return {"effects": effects_table(unit, self.sets, self.settings.signed, found)}

    def summarise(self, measured: Measured) -> Findings:
        """Change of each measure by each kind of shift."""
        effects, items = measured.table("effects"), self.items.chosen
        flat = effects["probabilities"].combine_chunks().flatten().to_numpy()
        probabilities = flat.reshape(len(items), effects.num_rows // len(items), -1)
        values = measure_all(probabilities, np.array([item.label for item in items]))
        seed = self.settings.seed
        base = [
            {"measure": name, "mean": bootstrap_share(table[:, :1], self.groups, seed=seed)[0]}
            for name, table in values.items()
        ]
        changes = {name: table[:, 1:] - table[:, :1] for name, table in values.items()}
        tables = {
            "summary": summary_rows(changes, self.kinds, self.groups, self.settings),
            "base": base,
            "effects": effects,
        }
        return Findings(tables, {"items": len(items)}, self.warnings())


def effects_table(
    item: Item, sets: Sequence[NeuronSet], shifts: Sequence[float], probabilities: Floats
) -> pa.Table:
    """One row per set and shift, the first with nothing shifted, as in `probabilities`.

    `draw` is null but for the sets of a null.
    """
    count, times = len(probabilities), len(shifts)
    sizes = np.repeat([0, *(len(one.flat) for one in sets)], [1] + [times] * len(sets))
    return pa.table(
        {
            "item": pa.array([item.number] * count, pa.int32()),
            "id": pa.array([item.id] * count, pa.string()),
            "label": pa.array([item.label] * count, pa.int8()),
            "set": ["none", *(one.kind for one in sets for _ in shifts)],
            "draw": pa.array([None, *(one.draw for one in sets for _ in shifts)], pa.int32()),
            "neurons": pa.array(sizes, pa.int32()),
            "shift": pa.array([0.0, *(shift for _ in sets for shift in shifts)], pa.float64()),
            "probabilities": pa.array(list(probabilities)),
        }
    )


def measure_all(probabilities: Floats, gold: Any) -> dict[str, Floats]:
    """Every measure [item, condition].

    From the answers' probabilities [item, condition, answer] and the right one's index [item].
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
    changes: Mapping[str, Floats],
    kinds: Sequence[Kind],
    groups: Sequence[str],
    settings: CausalSettings,
) -> list[dict[str, Any]]:
    """Rows by measure, number of neurons and rising shift, from `compare` and `extremes`.

    `p_random_holm` and `p_shuffled_holm` are adjusted for all rows.

    Parameters
    ----------
    changes
        By measure, of each item [item, set and shift].
    kinds, groups
        Of the sets of one size [set], and of the items.
    settings
        Which sizes and shifts there are.
    """
    shifts = settings.signed
    shape = (len(groups), len(kinds), len(settings.numbers), len(shifts))
    rows = []
    for measure, change in changes.items():
        by_set = change.reshape(shape)
        compared = compare(by_set, kinds, NULLS, groups, settings.seed)
        means = by_set.mean(0)
        for n, number in enumerate(settings.numbers):
            for s in np.argsort(shifts).tolist():
                row = {"measure": measure, "neurons": number, "shift": shifts[s]}
                row |= compared[n * len(shifts) + s]
                rows.append(row | extremes(means[:, n, s], kinds, NULLS, np.sign(shifts[s])))
    for null in NULLS:
        adjusted = holm([row[f"p_{null}"] for row in rows])
        for row, p in zip(rows, adjusted.tolist(), strict=True):
            row[f"p_{null}_holm"] = p
    return rows


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
        The model.
    neurons
        Result of `rank` or `probe`, or a table with columns layer, neuron and orientation or
        score, best first or with a column rank (`inputs.ranked`). Where it does not hold all
        neurons, their orientations are not known, and there are no random ones.
    prompts, answers, labels, groups
        Texts; literal continuations, one token each, the same for all prompts or a list for each;
        index of each prompt's right answer; what belongs together [prompt].
    numbers
        How many of the neurons are shifted together; all that have an orientation if not given.
    shifts, unit
        Sizes of shift: 1 is 1 in the neuron's own units (`"activation"`), or one standard
        deviation over the first prompts (`"sd"`).
    draws
        Sets of random neurons of the same layers, and of shuffled orientations.
    score
        Which ranking, where the table holds several; `"centred"` if not given.
    space, sign
        The sign is that of the ranking; the space, too, unless the sign is `"magnitude"`.
    seed, max_tokens
        Seed of the nulls and the bootstrap; shifts per forward pass, at most.

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
    every = len(ranking.top(None, model.widths).flat)
    settings = CausalSettings(
        numbers=(every,) if numbers is None else tuple(numbers),
        shifts=tuple(shifts),
        unit=unit,
        draws=draws,
        space=space,
        sign=sign,
        seed=seed,
    )
    given = (prompts, answers, labels, groups)
    return run_given(Causal, settings, model, ranking, *given, max_tokens=max_tokens)
