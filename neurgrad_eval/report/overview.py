"""Section about several runs of `neurgrad probe`: every task and probe in one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from neurgrad_eval.report.cells import interval, percent
from neurgrad_eval.report.published import LLAMA2_7B, PROBES
from neurgrad_eval.report.runs import Probing
from neurgrad_eval.report.sections import Section

_TEXT = """Accuracy of each probe on test prompts, in per cent, with its interval; a star where its
difference to LM-Prob, the model's own answer, has p < 0.05 after adjustment for the probes of the
run (not for the number of tasks). Nulls and settings stand in each task's own part."""
_PUBLISHED = """Lines "in the paper" hold its figures for another, larger model (Llama2-7B) on other
prompts and items: they say what to expect, and nothing is replicated."""
_SURE = 0.05


def overview_section(runs: Sequence[Probing]) -> Section:
    """Table of runs by probes."""
    probes = list(dict.fromkeys(str(probe["probe"]) for run in runs for probe in run.probes))
    known = any(run.result["task"] in LLAMA2_7B for run in runs)
    several = len({run.result["model"] for run in runs}) > 1
    rows = [row for run in runs for row in _rows(run, probes, name_model=several)]
    text = f"{_TEXT}\n\n{_PUBLISHED}" if known else _TEXT
    return Section("All probes", text, None, ("task", "chance", *probes), tuple(rows))


def _rows(run: Probing, probes: Sequence[str], *, name_model: bool) -> Iterator[tuple[str, ...]]:
    task = str(run.result["task"])
    name = f"{task}, {PurePath(str(run.result['model'])).name}" if name_model else task
    own = [[one for one in run.probes if one["probe"] == probe] for probe in probes]
    yield (name, percent(run.probes[0]["chance"]), *map(_accuracies, own))
    yield ("95 % interval", "", *("; ".join(map(interval, rows)) for rows in own))
    if task in LLAMA2_7B:
        figures = {
            name.lower(): percent(figure)
            for name, figure in zip(PROBES, LLAMA2_7B[task], strict=True)
        }
        yield ("in the paper", "", *(figures.get(probe, "") for probe in probes))


def _accuracies(rows: Sequence[Mapping[str, Any]]) -> str:
    """Accuracy of a probe, for each number of neurons if there are several."""
    found = []
    for row in rows:
        p = row.get("p_holm")
        star = "*" if p is not None and p < _SURE else ""
        number = f"{row['neurons']:,}: " if len(rows) > 1 else ""
        found.append(f"{number}{percent(row['accuracy'])}{star}")
    return "; ".join(found)
