"""Probes of several runs of `neurgrad probe` in one table, with p adjusted over all tasks.

    python -m scripts.probes_by_task RUN…

A run is the folder of one task or of several. An accuracy is marked

- `*` where it is above chance (`mceval8k.statistics.above_chance`);
- `+` where it is above the text baseline on the same items (`paired_test`);

each with p < 0.05 by Holm's method over all accuracies of the table. The last columns are the
difference of the two probes that are compared, with its 95 % interval over groups, and the exact p
of that difference, by Holm's method over the tasks in which they answer differently.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import typer

from mceval8k.errors import DataError, UsageError
from mceval8k.markdown_text import code
from mceval8k.statistics import above_chance, holm, paired_difference, paired_test
from neurgrad_eval import load
from neurgrad_eval.probes.fitting import LM_PROB
from neurgrad_eval.probes.text import TEXT
from neurgrad_eval.runs.folder import find_runs

Indices = npt.NDArray[np.int64]
ALPHA = 0.05


@dataclass(frozen=True, eq=False)
class Answered:
    """Answers of the probes of one run to its test items.

    Attributes
    ----------
    task : str
    options : int
        Answers that an item has.
    labels : int64 [item]
        Gold answers.
    groups : list of str [item]
        What belongs together.
    answers : dict of int64 [item]
        By probe, in the order of the run.
    """

    task: str
    options: int
    labels: Indices
    groups: Sequence[str]
    answers: dict[str, Indices]

    def right(self, probe: str) -> npt.NDArray[np.bool_]:
        """Whether each answer of a probe is right [item]."""
        return np.asarray(self.answers[probe] == self.labels)


def read(folder: Path) -> Answered:
    """Read a finished run; UsageError if it is no run of probes with one number of neurons each."""
    result = load(folder)
    if result.experiment != "probe":
        raise UsageError(f"{folder} holds a run of neurgrad {result.experiment}, not of probe")
    given, items = result.to_pandas("predictions"), result.to_pandas("items")
    if given.duplicated(["probe", "id"]).any():
        raise UsageError(f"{folder}: a probe was tested with several numbers of neurons")
    wide = given.pivot_table(index="id", columns="probe", values="answer", sort=False)
    test = items[items["split"] == "test"].set_index("id").loc[wide.index]
    answers = {str(name): wide[name].to_numpy(np.int64) for name in given["probe"].unique()}
    return Answered(
        str(result.about["task"]),
        round(1 / float(result.to_pandas("probes")["chance"].iloc[0])),
        test["label"].to_numpy(np.int64),
        test["group"].tolist(),
        answers,
    )


def significant(p: Iterable[float]) -> list[bool]:
    """Whether p values are below 0.05 by Holm's method."""
    return [bool(value < ALPHA) for value in holm(list(p))]


def marks(runs: Sequence[Answered], probes: Sequence[str]) -> dict[tuple[str, str], str]:
    """Marks of the accuracy of each task and probe."""
    cells = [(run, probe) for run in runs for probe in probes]
    lifted = significant(
        above_chance(run.answers[probe][:, None], run.labels, run.groups).p[0]
        for run, probe in cells
    )
    read_text = [(run, probe) for run, probe in cells if probe != TEXT and TEXT in run.answers]
    differ = significant(
        paired_test(run.right(probe)[:, None], run.right(TEXT), run.groups)[0]
        for run, probe in read_text
    )
    beyond = {
        (run.task, probe)
        for (run, probe), found in zip(read_text, differ, strict=True)
        if found and run.right(probe).mean() > run.right(TEXT).mean()
    }
    return {
        (run.task, probe): "*" * found + "+" * ((run.task, probe) in beyond)
        for (run, probe), found in zip(cells, lifted, strict=True)
    }


def compared(runs: Sequence[Answered], first: str, second: str) -> dict[str, str]:
    """Difference of two probes and its p, by task; "same" where they answer alike."""
    differing = [run for run in runs if (run.answers[first] != run.answers[second]).any()]
    pairs = [(run.right(first)[:, None], run.right(second), run.groups) for run in differing]
    adjusted = holm([paired_test(*pair)[0] for pair in pairs])
    found = {run.task: "same |  |" for run in runs}
    for run, pair, p in zip(differing, pairs, adjusted, strict=True):
        (gain,) = paired_difference(*pair, seed=0)
        shown = "<0.001" if p < 0.001 else f"{p:.3f}"
        value, interval = f"{gain.value:+.3f}", f"[{gain.low:+.3f}, {gain.high:+.3f}]"
        interval = interval if np.isfinite(gain.low) else ""
        found[run.task] = f"{value} | {interval} | {shown}".replace("-", "\N{MINUS SIGN}")
    return found


def main(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs of `neurgrad probe`.")],
    first: Annotated[str, typer.Option(help="Probe that is compared.")] = "centred",
    second: Annotated[str, typer.Option(help="Probe that it is compared with.")] = "polarity",
) -> None:
    """Print a Markdown table, a line per task."""
    found = [read(folder) for folder in find_runs(runs)]
    named = dict.fromkeys(name for run in found for name in run.answers)
    probes = [name for name in named if all(name in run.answers for run in found)]
    if missing := {first, second} - set(probes):
        raise UsageError(f"not every run has the probe {sorted(missing)[0]}")
    probes = [name for name in probes if name != LM_PROB] + [LM_PROB] * (LM_PROB in probes)
    marked, differences = marks(found, probes), compared(found, first, second)
    header = ["task", "answers", "items", *probes, f"{first} − {second}", "95 %", "p (Holm)"]
    print(f"| {' | '.join(header)} |\n|---|{'--:|' * (len(header) - 1)}")
    for run in found:
        cells = [f"{run.right(name).mean():.3f}{marked[run.task, name]}" for name in probes]
        about = [code(run.task), str(run.options), str(len(run.labels))]
        print(f"| {' | '.join(about + cells)} | {differences[run.task]} |")


if __name__ == "__main__":
    try:
        typer.run(main)
    except (UsageError, DataError) as error:
        raise SystemExit(str(error)) from None
