"""Transfer between conditions: of stored runs, or of those that --vary names.

Generality: whether neurons tell the answer under other conditions too (paper section 5).

Conditions are wordings, demonstrations, answer symbols, languages or tasks. They are runs that are
there, the languages of each, or made here by running `neurgrad collect` once for each that is
missing. What is computed of them is in `neurgrad_eval.experiments._transfer`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from mceval8k.errors import UsageError
from mceval8k.statistics import holm
from neurgrad_eval.experiments._stored import OnSets, Row
from neurgrad_eval.experiments._transfer import (
    GeneralitySettings,
    ask_all,
    check_comparable,
    kept_of,
    overlaps,
    transfers,
)
from neurgrad_eval.experiments.collect import Collect, CollectOptions
from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.conditions import (
    LANGUAGE,
    Condition,
    conditions_of,
    folders,
    parse_variations,
)
from neurgrad_eval.inputs.options import GradientInput, ItemInput, ModelInput, loaded
from neurgrad_eval.inputs.stored import (
    Pair,
    Runs,
    RunsInput,
    Sources,
    StoredRun,
    check_runs,
    given_together,
    join_run,
    read_all,
    read_stored,
    run_name,
    stored_together,
    told_apart,
)
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.probes.fitting import fit_voting
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.folder import PARTS, check_place, find_runs
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.processes import check_kept
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import option, options_of, plain
from neurgrad_eval.show.views import Chart, View

_NAMING = ("model", "revision", "edition", "task", "pack", "num_fewshot", "seed", "train_size")
_COLLECT = tuple(options_of(CollectOptions))


@dataclass(frozen=True, kw_only=True)
class GeneralityOptions(GeneralitySettings, RunsInput, ItemInput, GradientInput, ModelInput):
    """Options of `neurgrad generality`."""

    model: str = option("", "With --vary: folder in transformers' format, Hub id, or GGUF file.")
    edition: str = option("", "With --vary: folder of an edition, or Hub id.")
    task: str = option("", "With --vary: the task.")
    validation_size: int = 0
    vary: tuple[str, ...] = option(
        (),
        "What to vary, and the values: pack=default,formal (or wording=, symbols=) or shots=0,4 or "
        "demonstrations=0,1 or seed=0,1 or task=agnews,ner or language; may be given again.",
        separate=True,
    )
    by_language: bool = option(False, "Compare the languages of each run instead of the runs.")

    def several(self) -> Sequence[tuple[str, GeneralityOptions]]:
        """All conditions are of one run."""
        return [("", self)]


class Generality(OnSets):
    """Transfer between conditions, in each set of conditions that are compared."""

    name = "generality"
    Settings, Options = GeneralitySettings, GeneralityOptions
    lead = (
        "Do the same neurons tell the answer when the question is put differently? Each probe was "
        "fitted under one condition and tested under all."
    )
    shows = (
        View(
            "What is kept",
            "summary",
            "Own is the mean accuracy under the condition of the fit, other that under the others, "
            "and lost the difference on the same test prompts. What is kept is (other − chance) / "
            "(own − chance), and is not given where own is not above chance. Random neurons of the "
            "same layers vote, under other conditions, with what they learned.",
            each="run",
        ),
        View(
            "Transfer",
            "transfers",
            "Accuracy by the condition where a probe was fitted and the one where it was tested; "
            "the lightest colour is chance.",
            Chart("heatmap", "tested", "fitted", value="accuracy", level="chance"),
            "fitted tested accuracy random",
            each="run probe",
            folded=True,
            printed=False,
        ),
        View(
            "The same neurons?",
            "overlaps",
            "The best neurons under two conditions: how many they have in common, how many sets "
            "drawn at random would have, and how many sets have that follow from permuted labels. "
            "p is the share of permutations with as many or more, these labels being one of them. "
            "The rank correlation (Spearman) is that of |score| over all neurons; beside it is "
            "that of neurons paired at random within their layers, which is what layers alone "
            "explain.",
            each="run",
        ),
    )

    @classmethod
    def check(cls, options: GeneralityOptions) -> None:
        """Read what the runs are of, or draw the items of all conditions."""
        if not options.vary:
            _stored(options)
            return
        if options.runs or options.by_language:
            raise UsageError("--vary makes its conditions: give no runs, and language as --vary")
        if not (options.model and options.edition and options.task):
            raise UsageError("--vary needs --model, --edition and --task")
        for conditions in _varied(options).values():
            for condition in conditions.values():
                condition.plan()

    @classmethod
    def open(cls, options: GeneralityOptions, out: Path | None) -> Generality:
        """Find the runs, or make those that are missing, in a folder inside the run's own."""
        return cls(options, _made(options, out) if options.vary else _stored(options))

    def measure(self, unit: tuple[str, str]) -> dict[str, list[Row]]:
        """Transfers and overlaps of one probe, and what is kept."""
        name, probe = unit
        runs = self.sources[name]
        check_comparable(runs)
        chance = next(iter(runs.values())).chance
        fitted = {key: fit_voting(probe, of.train) for key, of in runs.items()}
        right, s = ask_all(probe, fitted, runs, self.settings), self.settings
        matrix = [{"probe": probe, **row} for row in transfers(right, runs, s.seed)]
        pairs = [{"probe": probe, **row} for row in overlaps(probe, fitted, runs, s)]
        kept = {"probe": probe, **kept_of(right, runs, s.seed)}
        return {
            "summary": self.rows(name, [kept], chance=chance),
            "transfers": self.rows(name, matrix, chance=chance),
            "overlaps": self.rows(name, pairs),
        }

    def summarise(self, measured: Measured) -> Findings:
        """All tables; the p values of all overlaps are adjusted together."""
        tables = measured.tables()
        pairs = tables["overlaps"]
        p, at = pairs["p"], pairs.column_names.index("p") + 1
        adjusted = pa.array(holm(p.to_numpy())) if self.settings.null_draws else p
        return Findings({**tables, "overlaps": pairs.add_column(at, "p_holm", adjusted)})


def _stored(options: GeneralityOptions) -> Sources[Runs]:
    """Sets of runs that are there: all of them, or the languages of each."""
    found = check_runs(find_runs(options.runs))
    if options.by_language:
        names = [f"languages, {run_name(about)}" for about in found.values()]
        abouts = [{"all languages": about} for about in found.values()]
        readers = [partial(_languages, partial(read_stored, folder)) for folder in found]
        return Sources(dict(zip(told_apart(names, list(found)), abouts, strict=True)), readers)
    if len(found) < 2:
        raise UsageError("generality needs two conditions at least")
    return stored_together(name_conditions(found), found)


def name_conditions(abouts: Mapping[Path, Mapping[str, Any]]) -> list[str]:
    """Names of runs by what they differ in."""
    several = {name: {str(about.get(name)) for about in abouts.values()} for name in _NAMING}
    differing = [name for name, values in several.items() if len(values) > 1]
    names = [
        ", ".join(f"{name.replace('_', ' ')} {about.get(name)}" for name in differing) or path.name
        for path, about in abouts.items()
    ]
    return told_apart(names, list(abouts))


def _languages(read: Callable[[], StoredRun]) -> Runs:
    """Languages of a run that is read."""
    of = read()
    pairs = by_language(of.train, of.test)
    return {lang: StoredRun({**of.about, "language": lang}, *pair) for lang, pair in pairs.items()}


def by_language(train: Features, test: Features) -> dict[str, Pair]:
    """Parts of features by the language of the prompts, those that have two labels in training.

    Raises
    ------
    UsageError
        Fewer than two languages are left.
    """
    found = {}
    for lang in sorted({*train.languages} & {*test.languages}):
        first, second = (
            part.take(np.flatnonzero(np.asarray(part.languages) == lang)) for part in (train, test)
        )
        if len(np.unique(first.labels)) > 1:
            found[lang] = (first, second)
    if len(found) < 2:
        raise UsageError("there are not two languages with two labels in training")
    return found


def _varied(options: GeneralityOptions) -> dict[str, dict[str, Condition]]:
    """Conditions by variation and by value."""
    return {
        name: conditions_of(options, one) for name, one in parse_variations(options.vary).items()
    }


def _made(options: GeneralityOptions, out: Path | None) -> Sources[Runs]:
    """Conditions that are made, each different one once, as far as they are not there."""
    check_kept(out is not None)
    if out is not None:
        check_place(out, Generality.name)
    varied, model = _varied(options), loaded(options)
    everything = [one for conditions in varied.values() for one in conditions.values()]
    made = {
        condition: _ask(condition, model, out / PARTS / name if out is not None else None)
        for condition, name in folders(everything).items()
    }
    abouts: dict[str, Any] = {}
    readers: list[Callable[[], Runs]] = []
    for name, conditions in varied.items():
        about = {value: made[condition][0] for value, condition in conditions.items()}
        abouts[f"{name}, {run_name(next(iter(about.values())))}"] = about
        parts = {value: made[condition][1] for value, condition in conditions.items()}
        one = next(iter(parts.values()))
        readers.append(partial(_languages, one) if name == LANGUAGE else partial(read_all, parts))
    return Sources(abouts, readers)


def _ask(
    condition: Condition, model: NeuronModel, folder: Path | None
) -> tuple[Mapping[str, Any], Callable[[], StoredRun]]:
    """Run a condition, or what is left of it; what it is of, and a function that reads it."""
    experiment = Collect(condition.options, model, condition.plan())
    about = experiment.about()
    if folder is None:
        parts = (experiment.measure(unit) for unit in experiment.units())
        of = join_run(about, parts, experiment.items())
        return about, lambda: of
    # No command of its own draws the items by one seed and the demonstrations by another.
    alone = condition.demonstration_seed is None
    typed = {one.field: plain(getattr(condition.options, one.field)) for one in _COLLECT}
    run(experiment, folder, options=typed if alone else None)
    return about, partial(read_stored, folder)


def generality(conditions: Mapping[str, Pair], **settings: Any) -> Result:
    """Transfer of probes between conditions.

    Parameters
    ----------
    conditions
        Features of training and of test prompts under each condition, two at least. The prompts
        may be of the same items or not; their groups say what belongs together. `by_language`
        makes conditions of the languages of some features.
    settings
        Fields of `GeneralitySettings`.

    Returns
    -------
    Result
        Tables `summary` (what is kept, by probe), `transfers` (by probe and conditions of fit and
        of test) and `overlaps` (of the best neurons, by probe and pair of conditions; `p` is by
        permuted labels, `p_holm` is adjusted for all pairs of all probes).

    Raises
    ------
    UsageError
        A setting cannot be used, the conditions differ in the number of answers or of neurons, or
        there is one only.
    DataError
        Training prompts have one label, or test prompts are of one group.
    """
    return run(Generality(GeneralitySettings(**settings), given_together(conditions)))
