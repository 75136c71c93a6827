"""The page of the leak study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.properties.pages.lines import colour_of
from neurgrad_eval.report.cells import count, interval, percent, signed, signed_interval
from neurgrad_eval.report.charts import styled
from neurgrad_eval.report.sections import Section

_COUNTS = """By how much do probes look better than they are where test items are known from
training? A test item leaks where a training item that was asked has its group (its sentence,
document or fact) or the same question. Probes that remember answer such items without any skill."""
_BETWEEN = """The same probes on runs of the leaky and of the clean edition. The test items
differ: LM-Prob, which learns nothing from the training items, shows what they differ in
difficulty. The two sets of test items are resampled on their own."""
_WITHIN = """Within one run: test items that leak, and the others."""
_REFITTED = """Only the leaked test items, asked twice: of probes fitted without the training
items that gave them away, and of probes fitted without as many others of the same labels. Test
items and number of training items are the same, so the difference is what remembering gives."""


def leak_sections(name: str, result: Mapping[str, Any]) -> list[Section]:
    """Counts, and the comparisons that there are."""
    found = [_counts(name, result["counts"])]
    parts = (
        ("Refitted without the leak", _REFITTED, "refitted", ("with_leaks", "without_leaks")),
        ("Within one run", _WITHIN, "within", ("on_leaked", "on_others")),
        ("Between editions", _BETWEEN, "between", ("leaky", "clean")),
    )
    for heading, text, field, columns in parts:
        if result[field]:
            found.append(_compared(f"{heading}: {name}", text, result[field], columns))
    return found


def _counts(name: str, counts: Sequence[Mapping[str, Any]]) -> Section:
    fields = ("test_items", "leaked", "training_items", "giving_away")
    columns = ("run", "test items", "of them leaked", "training items", "of them giving away")
    rows = tuple((one["edition"], *(count(one[field]) for field in fields)) for one in counts)
    return Section(f"Leakage: {name}", _COUNTS, None, columns, rows)


def _compared(
    heading: str, text: str, rows: Sequence[Mapping[str, Any]], sides: tuple[str, str]
) -> Section:
    last = "difference" if sides[0] == "on_leaked" else "inflation"
    labels = [_label(row) for row in rows]
    figure = go.Figure()
    figure.add_scatter(
        x=[row[last]["value"] for row in rows],
        y=[escape(label) for label in labels],
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row[last]["high"] - row[last]["value"] for row in rows],
            "arrayminus": [row[last]["value"] - row[last]["low"] for row in rows],
            "color": "#333333",
        },
        mode="markers",
        marker={"size": 11, "color": [colour_of(row["probe"]) for row in rows]},
        showlegend=False,
    )
    figure.add_vline(x=0, line_color="#777777", line_width=2)
    figure.update_yaxes(autorange="reversed", automargin=True)
    figure.update_xaxes(title="difference of accuracy", tickformat="+.0%")
    words = [side.replace("_", " ") for side in sides]
    columns = ("probe", *(word for side in words for word in (side, "95 % interval")),
               "difference", "95 % interval")  # fmt: skip
    cells = tuple(
        (
            label,
            *(word for side in sides for word in (percent(row[side]["value"]),
                                                  interval(row[side]))),
            signed(row[last]["value"]),
            signed_interval(row[last]),
        )
        for label, row in zip(labels, rows, strict=True)
    )  # fmt: skip
    caption = (
        f"Accuracy {words[0]} less {words[1]}, with 95 % intervals; the line is no difference."
    )
    drawn = styled(figure, height=140 + 26 * len(rows))
    return Section(heading, text, drawn, columns, cells, caption=caption)


def _label(row: Mapping[str, Any]) -> str:
    return f"{row['probe']}, {row['edition']} run" if "edition" in row else str(row["probe"])
