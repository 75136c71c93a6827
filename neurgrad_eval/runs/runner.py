"""The runner: measure what is missing, each process its share; then sum up, write and show.

1. The folder is opened: a finished run of the same is used again, one that is half done resumed.
2. Units that are not there are dealt to the processes, measured, and kept one by one.
3. When all are there, the experiment sums their rows up, and the main process writes the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mceval8k.console import print_json, progress, say
from mceval8k.errors import UsageError
from mceval8k.locks import locked
from mceval8k.text import model_name
from neurgrad_eval.runs.experiment import Experiment
from neurgrad_eval.runs.folder import Manifest, check_place, clear, discard, finish, open_folder
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.precision import precision_notes
from neurgrad_eval.runs.processes import Processes, check_kept, current
from neurgrad_eval.runs.result import Result, load
from neurgrad_eval.runs.rows import normal, tabulate_all
from neurgrad_eval.runs.settings import Settings, options_of, plain
from neurgrad_eval.runs.shards import MemoryShards, Shards
from neurgrad_eval.show.console import show


def run(
    experiment: Experiment,
    out: str | Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
) -> Result:
    """Run an experiment, or what is left of it.

    Parameters
    ----------
    experiment
        The experiment.
    out
        Folder to keep it in; without one, only the result that is returned is left of it.
    options
        What was typed, for the record.

    Raises
    ------
    UsageError
        The folder holds something else, was edited, or there is nothing to measure.
    """
    processes = current()
    check_kept(out is not None)
    units = _named(experiment.units())
    manifest = Manifest(experiment.name, experiment.about(), options or {}, list(units))
    if out is None:
        shards: Shards = MemoryShards()
        _measure(experiment, units, shards, processes)
        return _summarise(experiment, units, shards, processes, manifest)
    folder = Path(out)
    with ExitStack() as until:
        opened, known = _open(folder, manifest, processes, until)
        if known.files is None or list(known.units) != list(units):
            _complete(experiment, units, opened, folder, manifest)
        return load(folder)


def _complete(
    experiment: Experiment,
    units: Mapping[str, Any],
    shards: Shards,
    folder: Path,
    manifest: Manifest,
) -> None:
    """Measure what is missing, and write the result."""
    processes = current()
    try:
        _measure(experiment, units, shards, processes)
    except BaseException:
        if processes.count == 1:
            discard(folder)
        raise
    processes.wait()
    if processes.is_main or experiment.collective:
        result = _summarise(experiment, units, shards, processes, manifest)
        if processes.is_main:
            finish(folder, manifest, result.write)
    processes.wait()


def run_command(
    kind: type[Experiment],
    options: Sequence[Settings],
    out: Path | None,
    overwrite: bool,
    json: bool,
) -> None:
    """Run what a command line says, and print it.

    Parameters
    ----------
    kind
        The experiment.
    options
        Its settings, one for each value of a repeated option.
    out
        Folder of the run; where there are several, each has a folder inside.
    overwrite
        Whether earlier runs are replaced.
    json
        Whether the result is printed as JSON rather than as tables.
    """
    runs = _distinct([one for settings in options for one in settings.several()])
    for one in runs.values():
        kind.check(one)
    is_main = current().is_main
    found: list[Result] = []
    for name, one in runs.items():
        folder = out / name if out is not None and len(runs) > 1 else out
        if len(runs) > 1 and is_main:
            say(f"run {len(found) + 1} of {len(runs)}: {name}")
        if overwrite and folder is not None:
            if is_main:
                clear(folder)
            current().wait()
        if folder is not None:
            check_place(folder, kind.name)  # before the model is loaded
        typed = {known.field: plain(getattr(one, known.field)) for known in options_of(type(one))}
        result = run(kind.open(one, folder), folder, options=typed)
        found.append(result)
        if is_main and not json:
            show(result.views(), result.tables, result.warnings)
    if is_main and json:
        dicts = [result.to_dict() for result in found]
        print_json(dicts[0] if len(dicts) == 1 else {"runs": dicts})
    if is_main and out is not None:
        say(f"written to {out}")


def _distinct(runs: Sequence[tuple[str, Settings]]) -> dict[str, Settings]:
    """Runs by the names of their folders: the task and the model."""
    named: dict[str, Settings] = {}
    for word, settings in runs:
        model = re.sub(r"[^A-Za-z0-9._-]+", "-", model_name(getattr(settings, "model", "")))
        name = "--".join(filter(None, (word, model.strip("-."))))
        taken = sum(known == name or known.startswith(f"{name}-") for known in named)
        if settings in named.values():
            raise UsageError(f"{name} is given twice")
        named[f"{name}-{taken + 1}" if taken else name] = settings
    return named


def _named(units: Mapping[str, Any] | Sequence[Any]) -> dict[str, Any]:
    if not units:
        raise UsageError("there is nothing to measure")
    if isinstance(units, Mapping):
        return dict(units)
    return {f"{number:06d}": unit for number, unit in enumerate(units)}


@dataclass(frozen=True)
class _Refused:
    """Why the main process could not open the folder."""

    error: Exception


def _open(
    folder: Path, manifest: Manifest, processes: Processes, until: ExitStack
) -> tuple[Shards, Manifest]:
    """Open the folder in the main process first, so that only one writes its manifest.

    The main process holds it until the end of `until`.
    """
    answer: Any = None
    if processes.is_main:
        try:
            check_place(folder, manifest.experiment)
            folder.mkdir(parents=True, exist_ok=True)
            until.enter_context(locked(folder))
            answer = open_folder(folder, manifest)
        except Exception as error:  # the others must not wait for a process that has failed
            answer = _Refused(error)
    answer = processes.broadcast(answer)
    if isinstance(answer, _Refused):
        raise answer.error
    shards, known = answer
    return shards, known


def _measure(
    experiment: Experiment, units: Mapping[str, Any], shards: Shards, processes: Processes
) -> None:
    missing = processes.broadcast([name for name in units if not shards.has(name)])
    own = processes.share(missing)
    total = sum(experiment.steps(units[name]) for name in own)
    with progress(experiment.name, total, shown=processes.is_main) as advance:
        for name in own:
            done = 0

            def step(count: int) -> None:
                nonlocal done
                done += count
                advance(count)

            experiment.advance = step
            shards.save(name, normal(experiment.measure(units[name])))
            advance(experiment.steps(units[name]) - done)


def _summarise(
    experiment: Experiment,
    units: Mapping[str, Any],
    shards: Shards,
    processes: Processes,
    manifest: Manifest,
) -> Result:
    measured = Measured(list(units), list(units.values()), shards, processes)
    found = experiment.summarise(measured)
    return Result(
        experiment.name,
        tabulate_all(found.tables, manifest.about),
        manifest.about,
        dict(found.facts),
        (*found.warnings, *precision_notes(manifest.about)),
        experiment.large,
        manifest.options,
    )
