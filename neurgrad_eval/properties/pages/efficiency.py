"""The page of efficiency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neurgrad_eval.properties.pages.lines import Line, chart, colour_of, count_ticks, estimates
from neurgrad_eval.report.cells import count, interval, null, percent
from neurgrad_eval.report.sections import Section

_TEXT = """How few neurons tell the answer? Each probe was fitted to all training prompts, and
then only the best 1, 2, 4, … neurons of its ranking voted on the test prompts.

Broken lines of the same colour are random neurons of the same layers, which vote with what they
learned in training: where a curve is not above its broken line, the ranking adds nothing to
knowing the layer. Grey dotted lines are probes fitted to permuted labels."""
_SMALLEST = """The smallest number of neurons whose accuracy is within one standard error of the
best. It was chosen without the test prompts: on validation prompts where the run has any,
otherwise by fitting to one half of the groups of training prompts and asking about the other. The
accuracy is that on the test prompts, after a fit to all training prompts."""
_PROMPTS = """How few training prompts are enough? The probes were fitted to balanced, nested
subsets of the training prompts. Each number is the mean over the draws of subsets of that size;
its interval covers the choice of test prompts, and the spread is the standard deviation between
the draws."""


def efficiency_sections(name: str, result: Mapping[str, Any]) -> list[Section]:
    """By neurons, the smallest sets, and by training prompts."""
    points, chance = result["points"], result["chance"]
    full = max(point["train_size"] for point in points)
    probes = list(dict.fromkeys(point["probe"] for point in points))
    voting = {choice["probe"]: choice for choice in result["smallest"]}
    by_neurons = [p for p in points if p["train_size"] == full and p["probe"] in voting]
    chosen = [p for p in points if _is_shown(p, voting)]
    found = [_by_neurons(name, by_neurons, chance)] if by_neurons else []
    if voting:
        found.append(_smallest(name, result["smallest"]))
    return [*found, _by_prompts(name, chosen, probes, chance)]


def _is_shown(point: Mapping[str, Any], voting: Mapping[str, Mapping[str, Any]]) -> bool:
    choice = voting.get(point["probe"])
    return choice is None or bool(point["neurons"] == choice["neurons"])


def _by_neurons(name: str, points: Sequence[Mapping[str, Any]], chance: float) -> Section:
    lines = [line for probe in dict.fromkeys(p["probe"] for p in points)
             for line in _lines(probe, [p for p in points if p["probe"] == probe])]  # fmt: skip
    figure = chart(
        lines,
        x_title="neurons that vote",
        chance=chance,
        ticks=count_ticks(point["neurons"] for point in points),
    )
    columns = ("probe, neurons", "accuracy, per cent", "95 % interval", "random", "permuted")
    rows = tuple(
        (
            f"{point['probe']}, {count(point['neurons'])}",
            percent(point["accuracy"]["value"]),
            interval(point["accuracy"]),
            null(point["random"]),
            null(point["permuted"]),
        )
        for point in points
    )
    caption = "Accuracy by number of neurons, with 95 % intervals; the orange line is chance."
    heading = f"Efficiency: {name}"
    return Section(heading, _TEXT, figure, columns, rows, caption=caption, folded=True)


def _lines(probe: str, points: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    x = [point["neurons"] for point in points]
    yield estimates(probe, x, [point["accuracy"] for point in points], colour_of(probe))
    for kind, dash, colour in (("random", "dash", colour_of(probe)), ("permuted", "dot", "#999")):
        values = [point[kind] for point in points]
        if all(value is not None for value in values):
            y = [value["mean"] for value in values]
            label = "random neurons" if kind == "random" else "permuted labels"
            yield Line(f"{probe}: {label}", x, y, colour=colour, dash=dash)


def _smallest(name: str, choices: Sequence[Mapping[str, Any]]) -> Section:
    columns = ("probe", "neurons", "chosen on", "prompts", "accuracy, per cent", "95 % interval")
    rows = tuple(
        (
            choice["probe"],
            count(choice["neurons"]),
            choice["chosen_on"],
            count(choice["chosen_of"]),
            percent(choice["accuracy"]["value"]),
            interval(choice["accuracy"]),
        )
        for choice in choices
    )
    return Section(f"The smallest set: {name}", _SMALLEST, None, columns, rows)


def _by_prompts(
    name: str, points: Sequence[Mapping[str, Any]], probes: Sequence[str], chance: float
) -> Section:
    lines = []
    for probe in probes:
        own = [point for point in points if point["probe"] == probe]
        x = [point["train_size"] for point in own]
        label = f"{probe}, {count(own[0]['neurons'])} neurons"
        lines.append(estimates(label, x, [p["accuracy"] for p in own], colour_of(probe)))
    figure = chart(
        lines,
        x_title="training prompts",
        chance=chance,
        ticks=count_ticks(point["train_size"] for point in points),
    )
    columns = (
        "probe, prompts",
        "neurons",
        "draws",
        "accuracy, per cent",
        "95 % interval",
        "spread",
    )
    rows = tuple(
        (
            f"{point['probe']}, {count(point['train_size'])}",
            count(point["neurons"]),
            str(point["draws"]),
            percent(point["accuracy"]["value"]),
            interval(point["accuracy"]),
            "" if point["spread"] is None else percent(point["spread"]),
        )
        for point in points
    )
    caption = "Accuracy by number of training prompts, with 95 % intervals; the line is chance."
    heading = f"Efficiency by training prompts: {name}"
    return Section(heading, _PROMPTS, figure, columns, rows, caption=caption, folded=True)
