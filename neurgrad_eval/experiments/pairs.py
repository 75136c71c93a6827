"""Shift pairs of ranked neurons, and compare with the sum of what each does alone.

interaction(i, j) = Δf(i, j) − Δf(i) − Δf(j), where f is the log-odds or the probability of the gold
answer. Every shift is read twice, at another place among other copies: what differs between the
readings of an interaction is rounding, and the largest such difference of an item is its noise
floor.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from neurgrad_eval.engine.joint_shifts import NOTHING, Floats, JointShift, log_odds
from neurgrad_eval.engine.question import Question
from neurgrad_eval.experiments._interactions import (
    MEASURES,
    Effects,
    item_values,
    pair_effects,
    positions,
)
from neurgrad_eval.experiments._sets import Kind, compare
from neurgrad_eval.experiments._skill import (
    RankingInput,
    SkillExperiment,
    SkillSettings,
    run_given,
)
from neurgrad_eval.inputs.items import Item
from neurgrad_eval.inputs.options import ItemInput, ModelInput
from neurgrad_eval.inputs.ranked import as_ranking
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Indices, from_flat
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import Tables
from neurgrad_eval.runs.settings import option
from neurgrad_eval.show.views import Chart, View

THRESHOLD = 0.1
SCALES = ("log_odds", "probability")
DISTANCES = ("all", "0", "1", "2 to 4", "5 and more")
"""Layers between the two neurons of a pair."""
_FIRST = (0, 1, 2, 5)
_POINTS = 2000
_VALUES = ("first", "second", "joint", "noise")


@dataclass(frozen=True, kw_only=True)
class PairSettings(SkillSettings):
    """How many neurons are paired, and when a pair interacts."""

    neurons: int = option(24, "Top neurons, all pairs of which are shifted.", least=2)
    threshold: float = option(
        THRESHOLD, "Share of the single changes that an interaction must be above.", least=0
    )

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many neurons a set has."""
        return (self.neurons,)


@dataclass(frozen=True, kw_only=True)
class PairsOptions(PairSettings, RankingInput, ItemInput, ModelInput):
    """Options of `neurgrad pairs`."""

    limit: int | None = option(
        100, "Maximum number of test items.", least=1, affects=False, nothing="all"
    )


class Pairs(SkillExperiment):
    """Shift all pairs of ranked neurons on items, beside pairs of random neurons."""

    name = "pairs"
    Settings, Options = PairSettings, PairsOptions
    large = frozenset({"neurons", "pairs", "scatter"})
    lead = (
        "Every pair of the top neurons of a ranking was shifted together along its orientation, "
        "and each neuron alone. Where the joint change of the right answer differs from the sum of "
        "the single changes, the two depend on each other. Random neurons of the same layers, pair "
        "by pair at the same distance and each along its own orientation, are the comparison. A "
        "pair interacts on an item where its interaction is above the noise floor and above the "
        "threshold's share of the sizes of its two single changes."
    )
    shows = (
        View(
            "Joint change and sum of single changes",
            "scatter",
            "Every point is a pair on one item, moved by the first shift. On the dotted line the "
            "two neurons do not depend on each other. Where there are too many points, some are "
            "left out evenly.",
            Chart(
                "points",
                "additive",
                "joint",
                "set",
                identity=True,
                x_title="sum of the single changes of log-odds",
                y_title="joint change of log-odds",
            ),
            printed=False,
            tabled=False,
        ),
        View(
            "Pairs that interact",
            "summary",
            "Intervals are of 95 % by bootstrap over groups.",
            Chart("bars", "distance", "ranked random", y_title="share of pairs that interact"),
            where={"measure": "interacting"},
            each="scale shift",
            printed=False,
            tabled=False,
        ),
        View(
            "Kinds of pairs",
            "summary",
            "; ".join(f"{name.replace('_', ' ')}: {what}" for name, what in MEASURES.items()) + ".",
            each="scale shift",
        ),
    )

    def measure(self, unit: Item) -> Tables:
        """Changes by every pair of every set, on each scale; one row per shift, set and pair."""
        question = self.asker.ask(unit)
        logs = self._read_twice(question, self._jobs(question), unit)
        shape = (2, len(self.settings.shifts), len(self.sets), -1)
        found = {}
        for scale in SCALES:
            values = log_odds(logs) if scale == "log_odds" else np.exp(logs)
            changes = (values[:, 1:] - values[:, :1]).reshape(shape)
            found[scale] = pair_effects(changes, self.settings.neurons)
        return {"pairs": pairs_table(unit, found, self.settings)}

    def _jobs(self, question: Question) -> list[JointShift]:
        """Nothing; then, per shift and set, every neuron alone and every pair."""
        moved = list(zip(self.sets, self.moves(question), strict=True))
        count = self.settings.neurons
        members = [*np.arange(count)[:, None], *positions(count)]
        jobs = [
            JointShift.of(one.flat[these], shift * move[these], self.model.widths)
            for shift in self.settings.shifts
            for one, move in moved
            for these in members
        ]
        return [NOTHING, *jobs]

    def _read_twice(self, question: Question, jobs: list[JointShift], item: Item) -> Floats:
        """Log-probability of the gold answer [reading, job]; the second in another order."""
        order = np.random.default_rng([self.settings.seed, item.number]).permutation(len(jobs))
        readings = np.empty((2, len(jobs)))
        for reading, places in enumerate((np.arange(len(jobs)), order)):
            shuffled = [jobs[place] for place in places]
            readings[reading, places] = self.read(question, shuffled)[:, item.label]
        return readings

    def summarise(self, measured: Measured) -> Findings:
        """Shares of pairs of each kind, by scale, shift and distance."""
        s = self.settings
        shape = (len(self.items.chosen), len(s.shifts), len(self.sets), -1)
        table = measured.table("pairs")
        distances = self._distances()
        rows: list[Mapping[str, Any]] = []
        facts: dict[str, Any] = {"items": shape[0], "pairs": len(distances)}
        for scale in SCALES:
            names = [f"{scale}_{name}" for name in _VALUES]
            arrays = [table[name].to_numpy().reshape(shape) for name in names]
            effects = [Effects(*own) for own in zip(*arrays, strict=True)]
            facts[f"floor_{scale}"] = float(np.median([one.floor[0, 0, 0] for one in effects]))
            rows += summary_rows(scale, effects, distances, self.kinds, self.groups, s)
        tables = {
            "summary": rows,
            "neurons": self._neurons_table(),
            "scatter": scatter_table(table, s.shifts[0]),
            "pairs": table,
        }
        return Findings(tables, facts, self.warnings())

    def _neurons_table(self) -> pa.Table:
        """Which neurons each set has at which position; `draw` is null for the ranked neurons."""
        layers, indices = from_flat(np.concatenate([o.flat for o in self.sets]), self.model.widths)
        count = self.settings.neurons
        orientation = np.concatenate([one.orientation for one in self.sets])
        scales = [self.scales[self.places(one)] for one in self.sets]
        return pa.table(
            {
                "draw": pa.array([o.draw for o in self.sets for _ in range(count)], pa.int32()),
                "position": np.tile(np.arange(count, dtype=np.int32), len(self.sets)),
                "layer": layers.astype(np.int32),
                "neuron": indices.astype(np.int32),
                "orientation": orientation.astype(np.int8),
                "scale": np.concatenate(scales),
            }
        )

    def _distances(self) -> Indices:
        """Layers between the neurons of each pair [pair]; those of random pairs are the same."""
        layers, _ = from_flat(self.ranked.flat, self.model.widths)
        first, second = positions(self.settings.neurons).T
        return np.asarray(np.abs(layers[first] - layers[second]))


def summary_rows(
    scale: str,
    effects: Sequence[Effects],
    distances: Indices,
    kinds: Sequence[Kind],
    groups: Sequence[str],
    settings: PairSettings,
) -> Iterator[Mapping[str, Any]]:
    """Rows of one scale: each measure of the pairs at each distance.

    Parameters
    ----------
    scale
        Its name.
    effects
        Of each item.
    distances
        Layers between the neurons of each pair [pair].
    kinds
        Of each set [set].
    groups
        Group of each item.
    settings
        Which shifts there are, and what counts as an interaction.
    """
    classes = np.searchsorted(_FIRST, distances, side="right")
    kept = [0, *np.unique(classes).tolist()]
    member = np.stack([classes == at if at else np.ones(len(classes), bool) for at in kept])
    values = np.stack([item_values(one, member, settings.threshold) for one in effects])
    compared = iter(compare(np.moveaxis(values, 3, 1), kinds, ("random",), groups, settings.seed))
    for measure in MEASURES:
        for shift in settings.shifts:
            for at, pairs in zip(kept, member.sum(1).tolist(), strict=True):
                yield {
                    "scale": scale,
                    "shift": shift,
                    "distance": DISTANCES[at],
                    "pairs": pairs,
                    "measure": measure,
                    **next(compared),
                }


def pairs_table(item: Item, found: Mapping[str, Effects], settings: PairSettings) -> pa.Table:
    """One row per shift, set and pair; `draw` is null for the ranked neurons.

    `first` and `second` are positions in the table of neurons; `<scale>_first`, `_second` and
    `_joint` are changes of the gold answer's log-odds or probability, `_noise` the difference of
    two readings of the interaction.
    """
    shift, draw, pair = (axis.reshape(-1) for axis in np.indices(found[SCALES[0]].joint.shape))
    first, second = positions(settings.neurons)[pair].T
    values = {
        f"{scale}_{name}": getattr(effects, name).reshape(-1)
        for scale, effects in found.items()
        for name in _VALUES
    }
    return pa.table(
        {
            "item": pa.array(np.full(len(pair), item.number, dtype=np.int32)),
            "id": pa.array([item.id] * len(pair), pa.string()),
            "shift": pa.array(np.array(settings.shifts)[shift]),
            "draw": pa.array(draw - 1, pa.int32(), mask=draw == 0),
            "first": pa.array(first.astype(np.int32)),
            "second": pa.array(second.astype(np.int32)),
            **values,
        }
    )


def scatter_table(pairs: pa.Table, shift: float) -> pa.Table:
    """Some of the pairs that were moved by a shift, evenly: random ones, then ranked ones."""
    draws = pairs["draw"].to_numpy(zero_copy_only=False)
    additive = pairs["log_odds_first"].to_numpy() + pairs["log_odds_second"].to_numpy()
    joint = pairs["log_odds_joint"].to_numpy()
    own = pairs["shift"].to_numpy() == shift
    parts = []
    for name, members in (("random", own & ~np.isnan(draws)), ("ranked", own & np.isnan(draws))):
        rows = np.flatnonzero(members)
        rows = rows[:: -(-len(rows) // _POINTS) or 1]
        columns = {"additive": additive[rows], "joint": joint[rows]}
        names = pa.array([f"{name} neurons"] * len(rows), pa.string())
        parts.append(pa.table({"set": names, **columns}))
    return pa.concat_tables(parts).combine_chunks()


def pairs(
    model: NeuronModel,
    neurons: Any,
    prompts: Sequence[str],
    answers: Sequence[str] | Sequence[Sequence[str]],
    labels: Sequence[int],
    *,
    groups: Sequence[str] | None = None,
    number: int | None = None,
    score: str | None = None,
    max_tokens: int | None = None,
    **settings: Any,
) -> Result:
    """Shift pairs of ranked neurons on prompts, and compare with the sum of single shifts.

    Parameters
    ----------
    model, neurons, prompts, answers, labels, groups, score, max_tokens
        As for `causal`.
    number
        How many of the neurons are paired; all that have an orientation if not given.
    settings
        Fields of `PairSettings`: shifts, unit, draws, threshold, space, sign, seed.

    Returns
    -------
    Result
        Tables `summary` (a row per scale, shift, distance and measure), `neurons` and `pairs`.

    Raises
    ------
    UsageError, DataError
        As for `causal`.
    """
    ranking = as_ranking(neurons, score)
    typed = PairSettings(neurons=len(ranking.top(number, model.widths).flat), **settings)
    given = (prompts, answers, labels, groups)
    return run_given(Pairs, typed, model, ranking, *given, max_tokens=max_tokens)
