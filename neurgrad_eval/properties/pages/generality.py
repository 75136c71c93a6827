"""The page of generality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.report.cells import (
    count,
    interval,
    null,
    p_value,
    percent,
    signed,
    signed_interval,
)
from neurgrad_eval.report.charts import styled
from neurgrad_eval.report.sections import Section

_SUMMARY = """Do the same neurons tell the answer when the question is put differently? Each probe
was fitted under one condition and asked under all. "Own" is the mean accuracy under the condition
of the fit, "other" that under the others, "lost" the difference on the same test prompts. What is
kept is (other − chance) / (own − chance), and is not given where own is not above chance.
"Random" is what random neurons of the same layers reach under other conditions, voting with what
they learned."""
_MATRIX = """Rows: where the probe was fitted. Columns: where it was asked."""
_OVERLAP = """Are they the same neurons? The best neurons under two conditions: how many they have
in common, how many sets drawn at random would have, and the hypergeometric probability of as many
or more. The rank correlation (Spearman) is that of |score| over all neurons; beside it is the
mean of neurons paired at random within their layers, which is what layers alone explain."""


def generality_sections(name: str, result: Mapping[str, Any]) -> list[Section]:
    """Summary, a matrix for each probe, and the overlaps."""
    matrices = [_matrix(name, row["probe"], result) for row in result["summary"]]
    return [_summary(name, result["summary"]), *matrices, _overlaps(name, result["overlaps"])]


def _summary(name: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    columns = ("probe", "own, per cent", "95 % interval", "other", "95 % interval", "lost",
               "95 % interval", "kept", "95 % interval", "random")  # fmt: skip
    cells = tuple(
        (
            row["probe"],
            percent(row["own"]["value"]),
            interval(row["own"]),
            percent(row["other"]["value"]),
            interval(row["other"]),
            signed(row["loss"]["value"]),
            signed_interval(row["loss"]),
            *(
                ("", "")
                if row["kept"] is None
                else (percent(row["kept"]["value"]), interval(row["kept"]))
            ),
            null(row["random"]),
        )
        for row in rows
    )
    return Section(f"Generality: {name}", _SUMMARY, None, columns, cells)


def _matrix(name: str, probe: str, result: Mapping[str, Any]) -> Section:
    conditions, chance = result["conditions"], result["chance"]
    transfers = result["transfers"]
    best = max(t["accuracy"]["value"] for t in transfers)  # all probes have one scale of colours
    found = {(t["fitted"], t["asked"]): t["accuracy"] for t in transfers if t["probe"] == probe}
    values = [[found[fitted, asked]["value"] for asked in conditions] for fitted in conditions]
    # Numbers keep conditions of one name apart, and in order.
    names = [f"{number}: {escape(condition)}" for number, condition in enumerate(conditions, 1)]
    figure = go.Figure()
    figure.add_heatmap(
        z=values,
        x=names,
        y=names,
        zmin=chance,
        zmax=max(chance + 0.01, best),
        colorscale="Blues",
        text=[[percent(value) for value in row] for row in values],
        texttemplate="%{text}",
        hovertemplate="fitted: %{y}<br>asked: %{x}<br>%{z:.3f}<extra></extra>",
        colorbar={"tickformat": ".0%"},
    )
    figure.update_yaxes(autorange="reversed", title="fitted", automargin=True)
    figure.update_xaxes(title="asked", automargin=True)
    columns = ("fitted", *conditions)
    rows = tuple(
        (fitted, *(f"{percent(found[fitted, asked]['value'])} [{interval(found[fitted, asked])}]"
                   for asked in conditions))
        for fitted in conditions
    )  # fmt: skip
    caption = f"Accuracy of the {probe} probe in per cent; the lightest colour is chance."
    drawn = styled(figure, height=200 + 44 * len(conditions))
    heading = f"Transfer of the {probe} probe: {name}"
    return Section(heading, _MATRIX, drawn, columns, rows, caption=caption, folded=True)


def _overlaps(name: str, rows: Sequence[Mapping[str, Any]]) -> Section:
    columns = ("probe, conditions", "neurons", "common", "by chance", "Jaccard", "p",
               "rank correlation", "by layers alone")  # fmt: skip
    cells = tuple(
        (
            f"{row['probe']}: {row['first']} and {row['second']}",
            count(row["neurons"]),
            count(row["common"]),
            f"{row['expected']:.1f}",
            f"{row['jaccard']:.2f}",
            p_value(row["p"]),
            f"{row['rank_correlation']:.2f}",
            "" if row["paired_at_random"] is None else f"{row['paired_at_random']['mean']:.2f}",
        )
        for row in rows
    )
    heading = f"The same neurons? {name}"
    return Section(heading, _OVERLAP, None, columns, cells, folded=len(rows) > 12)
