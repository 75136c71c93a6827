"""The command `neurgrad generality`: conditions that are there, or that are run first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mceval8k.console import say
from mceval8k.editions import open_edition
from mceval8k.errors import UsageError
from neurgrad_eval.probing.command import EditionChoice, ModelChoice, load
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.properties.command import finish
from neurgrad_eval.properties.conditions import (
    LANGUAGE,
    conditions_of,
    parse_variations,
    plan_condition,
    run_conditions,
)
from neurgrad_eval.properties.generality import GeneralitySettings, by_language, generality
from neurgrad_eval.properties.stored import StoredRun, find_runs, read_stored
from neurgrad_eval.properties.writing import CONDITIONS, Entry, check_folder

_NAMING = ("model", "revision", "edition", "task", "pack", "num_fewshot", "seed", "train_size")


@dataclass(frozen=True)
class Experiment:
    """What is run for the conditions that are not there."""

    settings: ProbeSettings
    data: EditionChoice
    model: ModelChoice
    vary: tuple[str, ...]


def compare_runs(
    settings: GeneralitySettings,
    folders: Sequence[Path],
    *,
    languages: bool,
    out: Path,
    as_json: bool,
) -> None:
    """Compare runs that are there, each a condition; or the languages of each run."""
    check_folder(out)
    runs = [read_stored(folder) for folder in find_runs(folders)]
    if languages:
        entries = [_entry(f"languages, {run.name}", by_language(run), settings) for run in runs]
    else:
        entries = [_entry(runs[0].name, name_conditions(runs), settings)] if runs else []
    finish("generality", entries, settings, out=out, as_json=as_json)


def compare_variations(
    settings: GeneralitySettings, asked: Experiment, *, out: Path, as_json: bool
) -> None:
    """Run what is missing of each variation, and compare its conditions."""
    check_folder(out)
    edition = open_edition(asked.data.path_or_id, revision=asked.data.revision)
    varied = parse_variations(asked.vary)
    groups = {name: conditions_of(asked.settings, one) for name, one in varied.items()}
    for conditions in groups.values():  # mistakes show before the model is loaded
        for condition in conditions:
            plan_condition(condition, edition)
    model = load(asked.model)
    everything = [condition for conditions in groups.values() for condition in conditions]
    folders = run_conditions(
        everything, edition, model, dtype=asked.model.dtype, folder=out / CONDITIONS
    )
    entries = []
    for varying, conditions in groups.items():
        runs = {one.name: read_stored(folders[one.folder]) for one in conditions}
        first = next(iter(runs.values()))
        name = f"{varying}, {first.name}"
        found = by_language(first) if varied[varying].factor == LANGUAGE else runs
        entries.append(_entry(name, found, settings))
    finish("generality", entries, settings, out=out, as_json=as_json)


def name_conditions(runs: Sequence[StoredRun]) -> dict[str, StoredRun]:
    """Runs by what they differ in, or by their folder where they do not say.

    Raises
    ------
    UsageError
        Two runs cannot be told apart.
    """
    differing = [name for name in _NAMING if len({str(run.about.get(name)) for run in runs}) > 1]
    named: dict[str, StoredRun] = {}
    for run in runs:
        words = [f"{name.replace('_', ' ')} {run.about.get(name)}" for name in differing]
        name = ", ".join(words) or run.folder.name
        if name in named:
            name = f"{name} ({run.folder.name})"
        if name in named:
            raise UsageError(f"{run.folder} and {named[name].folder} are the same condition")
        named[name] = run
    return named


def _entry(name: str, runs: Mapping[str, StoredRun], settings: GeneralitySettings) -> Entry:
    say(f"generality of {name}: {', '.join(runs)}")
    return Entry(name, next(iter(runs.values())).about, generality(runs, settings))
