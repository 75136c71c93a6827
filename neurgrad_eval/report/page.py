"""The page: tables and figures of several runs, one file that asks nothing of the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from mceval8k.files import write_text
from mceval8k.version import __version__
from neurgrad_eval.report import charts
from neurgrad_eval.report.runs import Evaluation, Probing, Run, read_run

_AVERAGES = {"micro": "micro average: all items", "genre_macro": "genre-macro average"}


def write_report(folders: Sequence[Path], path: Path) -> None:
    """Write one HTML page about the runs in `folders`.

    Raises
    ------
    UsageError
        A folder holds no run.
    DataError
        A run is damaged.
    """
    write_text(path, render([read_run(folder) for folder in folders]))


def render(runs: Sequence[Run]) -> str:
    """Page about the runs; every text that comes from them is escaped."""
    environment = Environment(
        loader=PackageLoader("neurgrad_eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "signed": _signed, "count": _count}
    return environment.get_template("report.html").render(
        evaluations=[_evaluation(run) for run in runs if isinstance(run, Evaluation)],
        probings=[_probing(run) for run in runs if isinstance(run, Probing)],
        version=__version__,
        # Plotly's own script, which this program wrote into the page and no run can change.
        plotly=Markup(get_plotlyjs()),  # noqa: S704
    )


def _evaluation(run: Evaluation) -> dict[str, Any]:
    figure = charts.accuracy_by_task(run.tasks)
    return {
        "summary": run.summary,
        "tasks": run.tasks,
        "averages": [(_AVERAGES.get(k, k), v) for k, v in run.summary["averages"].items()],
        "figure": _drawn(figure),
        "settings": _settings(run.summary),
    }


def _probing(run: Probing) -> dict[str, Any]:
    largest = max((ranking.neurons for ranking in run.layers), default=0)
    shown = [ranking for ranking in run.layers if ranking.neurons == largest]
    return {
        "result": run.result,
        "probes": [{**probe, "name": charts.probe_name(probe)} for probe in run.probes],
        "figure": _drawn(charts.probe_accuracies(run.probes)),
        "neurons": largest,
        "rankings": shown,
        "layers": _drawn(charts.neurons_by_layer(shown)),
        "settings": _settings(run.result),
    }


def _drawn(figure: Any) -> Markup:
    # Plotly escapes the values in its JSON; `charts` escapes those that it shows as HTML.
    return Markup(charts.to_html(figure))  # noqa: S704


def _settings(content: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Plain values of a run, for the table of settings."""
    plain = (str, int, float)
    return [
        (name.replace("_", " "), value)
        for name, value in content.items()
        if isinstance(value, plain) and not isinstance(value, bool)
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "\N{MINUS SIGN}")


def _count(number: int) -> str:
    return f"{number:,}"
