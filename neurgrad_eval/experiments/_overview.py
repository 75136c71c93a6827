"""Several runs of `neurgrad probe` in one table, beside the accuracies that the paper gives.

The paper's are for Llama2-7B, another model, on other prompts and items: they say what to expect,
and nothing is replicated. Source: Zhao, Jiang and Yoshinaga, ACL 2025 (arXiv 2412.18053).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from mceval8k.text import model_name
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import join, tabulate
from neurgrad_eval.show.views import Chart, View

PROBES = ("lm-prob", "activation", "magnitude", "tree")
LLAMA2_7B = {
    "ner": (0.361, 0.453, 0.498, 0.740),
    "agnews": (0.588, 0.849, 0.702, 0.872),
    "paws": (0.524, 0.825, 0.815, 0.888),
    "commonsenseqa": (0.610, 0.613, 0.639, 0.773),
    "halueval": (0.520, 0.788, 0.783, 0.818),
    "mlama": (0.608, 0.622, 0.637, 0.724),
}
"""Task: accuracy of each of `PROBES`."""
SURE = 0.05
_TEXT = """Accuracy of each probe on test prompts, with its interval, and the probes whose
difference to LM-Prob, the model's own answer, has p < 0.05 after adjustment for the probes of the
run (not for the number of tasks). Nulls and settings stand in each task's own part. Lines "in the
paper" hold its figures for another, larger model (Llama2-7B) on other prompts and items: they say
what to expect, and nothing is replicated."""


def overview(results: Sequence[Result]) -> tuple[Sequence[View], Mapping[str, pa.Table]]:
    """Views and tables about several results of `probe`.

    Parameters
    ----------
    results
        Of one task and model each.

    Returns
    -------
    views
        A figure, and a table of runs by probes.
    tables
        `accuracies`, all rows of the results' tables `probes` with task and model; and
        `overview`, a row for each run, and after it what the paper has for its task.
    """
    several = len({str(result.about.get("model")) for result in results}) > 1
    rows = [row for result in results for row in _rows(result, several)]
    tables = {
        "accuracies": join([_named(result) for result in results]),
        "overview": tabulate(rows),
    }
    return _VIEWS, tables


_VIEWS = (
    View(
        "Accuracy by task",
        "accuracies",
        chart=Chart("forest", "task", "accuracy", series="probe", marks="chance"),
        tabled=False,
    ),
    View("Runs and probes", "overview", _TEXT),
)


def _named(result: Result) -> pa.Table:
    """Table `probes` with columns that say what it is of, first."""
    table = result.tables["probes"]
    for at, (name, value) in enumerate(_of(result).items()):
        table = table.add_column(at, name, pa.array([value] * table.num_rows, pa.string()))
    return table


def _of(result: Result) -> dict[str, str]:
    about = result.about
    return {"task": str(about.get("task", "")), "model": model_name(about.get("model"))}


def _rows(result: Result, several: bool) -> list[dict[str, Any]]:
    """A row for the run, named by its task (of several models, by both), and one for the paper."""
    found = result.tables["probes"].to_pylist()
    names = [row["probe"] for row in found]
    cells: dict[str, Any] = {}
    sure = []
    for row in found:
        repeated = names.count(row["probe"]) > 1
        name = f"{row['probe']}, {row['neurons']:,}" if repeated else row["probe"]
        cells |= {f"{name}{end}": row[f"accuracy{end}"] for end in ("", "_low", "_high")}
        if row["p_holm"] is not None and row["p_holm"] < SURE:
            sure.append(name)
    of = _of(result)
    run = ", ".join(filter(None, of.values())) if several else of["task"]
    own = {"run": run, **cells, "chance": found[0]["chance"], "differs": "; ".join(sure)}
    if of["task"] not in LLAMA2_7B:
        return [own]
    figures = dict(zip(PROBES, LLAMA2_7B[of["task"]], strict=True))
    there = {name: figure for name, figure in figures.items() if name in cells}
    return [own, {"run": f"{of['task']}, Llama2-7B in the paper", **there}]
