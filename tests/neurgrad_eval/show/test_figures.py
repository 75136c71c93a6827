"""Figures of tidy tables: what is drawn where, and that no name can be run."""

from __future__ import annotations

import pyarrow as pa
import pytest

from neurgrad_eval.show.figures import COLOURS, describe, draw
from neurgrad_eval.show.views import Chart

TABLE = pa.table(
    {
        "probe": ["tree", "tree", "<b>x", "<b>x"],
        "neurons": [1, 4, 1, 4],
        "accuracy": [0.5, 0.7, 0.4, None],
        "accuracy_low": [0.4, 0.6, 0.3, None],
        "accuracy_high": [0.8, 0.9, 0.6, None],
        "random": [0.25, 0.3, None, None],
        "chance": [0.25] * 4,
    }
)


def test_a_line_for_each_series_with_bars_references_and_level():
    chart = Chart(
        "lines",
        "neurons",
        "accuracy",
        series="probe",
        references="random",
        level="chance",
        log_x=True,
    )
    figure = draw(TABLE, chart)
    names = [trace.name for trace in figure.data]
    assert names == ["tree", "tree: random neurons", "&lt;b&gt;x"]
    tree = figure.data[0]
    assert tree.line.color == COLOURS["tree"]
    assert tree.error_y.array == pytest.approx([0.3, 0.2])
    assert tree.error_y.arrayminus == pytest.approx([0.1, 0.1])
    assert figure.data[2].error_y.array[1] is None
    assert figure.layout.shapes[0].y0 == 0.25
    assert list(figure.layout.xaxis.tickvals) == [4, 1]


def test_rows_can_be_chosen():
    figure = draw(TABLE, Chart("points", "neurons", "accuracy"), {"probe": "tree"})
    assert figure.data[0].y == (0.5, 0.7)


def test_a_forest_is_horizontal_with_marks():
    figure = draw(TABLE, Chart("forest", "probe", "accuracy", marks="chance", level=0.5))
    assert figure.data[0].x == (0.5, 0.7, 0.4, None)
    assert figure.data[0].y[2] == "&lt;b&gt;x"
    assert figure.data[1].x == (0.25,) * 4


def test_series_of_a_forest_stand_below_each_other_with_their_marks():
    chart = Chart("forest", "neurons", "accuracy", series="probe", marks="chance")
    figure = draw(TABLE, chart)
    assert figure.layout.scattermode == "group"
    assert {trace.orientation for trace in figure.data} == {"h"}
    assert [trace.offsetgroup for trace in figure.data] == ["tree"] * 2 + ["&lt;b&gt;x"] * 2
    assert figure.data[3].x == (0.25, 0.25)


def test_bars_of_several_columns():
    figure = draw(TABLE, Chart("bars", "probe", "accuracy random"))
    assert [trace.name for trace in figure.data] == ["accuracy", "random neurons"]


def test_a_heatmap_keeps_the_order_and_names_apart():
    table = pa.table({"f": ["b", "b", "a", "a"], "t": ["b", "a", "b", "a"], "v": [1, 2, 3, 4]})
    figure = draw(table, Chart("heatmap", "t", "f", value="v"))
    assert figure.data[0].x == ("1: b", "2: a")
    assert [list(row) for row in figure.data[0].z] == [[1, 2], [3, 4]]


def test_a_band_and_the_diagonal():
    table = pa.table({"x": [1.0, 0.0], "y": [1.0, 2.0], "low": [0.0, 1.0], "high": [2.0, 3.0]})
    figure = draw(table, Chart("points", "x", "y", band="low high", identity=True))
    assert figure.data[0].y == (3.0, 2.0, 0.0, 1.0)
    assert figure.data[-1].x == (0.0, 1.0)


def test_a_figure_is_told_in_words():
    chart = Chart(
        "lines", "neurons", "accuracy", series="probe", references="random", level="chance"
    )
    assert describe(TABLE, chart) == (
        "accuracy over neurons; by probe; bars are 95 % intervals; broken lines are random "
        "neurons; the orange line is chance"
    )


def test_shares_are_on_axes_in_per_cent_and_heatmaps_share_their_colours():
    figure = draw(TABLE, Chart("lines", "neurons", "accuracy"))
    assert figure.layout.yaxis.tickformat == ".0%"
    table = pa.table({"f": ["a", "b"], "t": ["x", "x"], "v": [1.0, 5.0]})
    assert draw(table, Chart("heatmap", "t", "f", value="v"), {"f": "a"}).data[0].zmax == 5.0


def test_marks_have_one_entry_in_the_legend():
    rows = {"task": ["a", "a"], "accuracy": [0.5, 0.7], "probe": ["x", "y"], "chance": [0.25] * 2}
    chart = Chart("forest", "task", "accuracy", series="probe", marks="chance")
    traces = draw(pa.table(rows), chart).data
    assert [(one.name, one.showlegend) for one in traces] == [
        ("x", None), ("chance", True), ("y", None), ("chance", False),
    ]  # fmt: skip
