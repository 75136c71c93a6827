"""The page of interdependency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from neurgrad_eval.properties.pages.lines import Line, chart, count_ticks, estimates
from neurgrad_eval.report.cells import count, interval, null, percent, signed, signed_interval
from neurgrad_eval.report.charts import BLUE, GREEN, GREY, ORANGE, PURPLE
from neurgrad_eval.report.sections import Section

_COLOURS = ("#9bbbe0", BLUE, GREEN, "#b59b2c", ORANGE, PURPLE)
_TEXT = """Do neurons tell more together than each of them alone? A random forest read which
answer each of the best neurons favours. A tree of depth 1 asks one neuron, so that a forest of
such trees adds up what single neurons say; deeper trees ask a neuron in the light of others. The
broken line is the independent vote of the same neurons, as in the magnitude probe.

A forest also learns how far to trust each neuron, which the vote does not. What it gains by using
neurons together is therefore the difference to depth 1, not the difference to the vote alone."""
_VOTES = """The largest forest of the deepest trees beside the independent vote of the same
neurons; the difference is paired on the same test prompts. The last columns are what that forest
reaches on random neurons of the same layers, and after a fit to permuted labels."""


def interdependency_sections(name: str, result: Mapping[str, Any]) -> list[Section]:
    """A surface for each number of neurons, and the votes beside the largest forests."""
    votes = result["votes"]
    surfaces = [
        _surface(name, vote, [p for p in result["forests"] if p["neurons"] == vote["neurons"]],
                 result["chance"])
        for vote in votes
    ]  # fmt: skip
    first, *others = surfaces
    return [replace(first, text=_TEXT), *others, _votes(name, votes)]


def _surface(
    name: str, vote: Mapping[str, Any], points: Sequence[Mapping[str, Any]], chance: float
) -> Section:
    lines = []
    depths = list(dict.fromkeys(point["depth"] for point in points))
    for number, depth in enumerate(depths):
        own = [point for point in points if point["depth"] == depth]
        x = [point["trees"] for point in own]
        colour = _COLOURS[number % len(_COLOURS)]
        label = f"depth {_depth(depth)}"
        lines.append(estimates(label, x, [point["accuracy"] for point in own], colour))
    trees = sorted({point["trees"] for point in points})
    level = [vote["accuracy"]["value"]] * len(trees)
    lines.append(Line("independent vote", trees, level, colour=GREY, dash="dash"))
    figure = chart(lines, x_title="trees", chance=chance, ticks=count_ticks(trees))
    columns = ("depth, trees", "accuracy, per cent", "95 % interval", "over the vote",
               "95 % interval", "over depth 1", "95 % interval")  # fmt: skip
    rows = tuple(
        (
            f"{_depth(point['depth'])}, {point['trees']}",
            percent(point["accuracy"]["value"]),
            interval(point["accuracy"]),
            *_difference(point["over_vote"]),
            *_difference(point["over_depth_1"]),
        )
        for point in points
    )
    heading = f"Interdependency: {name}, {count(vote['neurons'])} neurons"
    caption = "Accuracy of forests by number of trees and depth, with 95 % intervals."
    return Section(heading, "", figure, columns, rows, caption=caption, folded=True)


def _votes(name: str, votes: Sequence[Mapping[str, Any]]) -> Section:
    columns = ("neurons", "vote, per cent", "95 % interval", "largest forest", "over the vote",
               "95 % interval", "random", "permuted")  # fmt: skip
    rows = tuple(
        (
            count(vote["neurons"]),
            percent(vote["accuracy"]["value"]),
            interval(vote["accuracy"]),
            percent(vote["accuracy"]["value"] + vote["over_vote"]["value"]),
            *_difference(vote["over_vote"]),
            null(vote["random"]),
            null(vote["permuted"]),
        )
        for vote in votes
    )
    return Section(f"Together against one by one: {name}", _VOTES, None, columns, rows)


def _difference(estimate: Mapping[str, Any]) -> tuple[str, str]:
    return signed(estimate["value"]), signed_interval(estimate)


def _depth(depth: int | None) -> str:
    return "unlimited" if depth is None else str(depth)
