"""The page of inclusivity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from neurgrad_eval.properties.pages.lines import Line, chart, colour_of, count_ticks
from neurgrad_eval.report.cells import count, interval, null, p_value, percent, signed
from neurgrad_eval.report.sections import Section

_BANDS = """How far down the ranking do neurons still tell the answer? The ranking was cut into
bands of equal size, and each band voted alone. A band counts as above chance where its answers
agree with the right ones more often than answers given without regard to the question would, with
a one-sided p value below 0.05 after Holm's correction for the number of bands."""
_DEPTHS = """The unbroken depth is the last rank of the bands that are above chance together with
all bands before them; the deepest rank is that of the lowest band that is."""
_SETS = """Is there one set of skill neurons, or are there many? All neurons were dealt at random
into sets that have none in common, and each set voted alone. Those are counted whose accuracy is
at least that of as many neurons from the top of the ranking, less its standard error. The last
column is how many reach it after a fit to permuted labels: where it is of the same size, the
count says nothing, since the best ranked set itself is no better than chance."""


def inclusivity_sections(name: str, result: Mapping[str, Any]) -> list[Section]:
    """Bands, depths, and random sets."""
    return [
        _bands(name, result["bands"], result["chance"]),
        _depths(name, result["depths"]),
        _sets(name, result["random_sets"], result["chance"]),
    ]


def _bands(name: str, bands: Sequence[Mapping[str, Any]], chance: float) -> Section:
    lines = []
    for probe in dict.fromkeys(band["probe"] for band in bands):
        own = [band for band in bands if band["probe"] == probe]
        x = [band["last_rank"] for band in own]
        y = [band["accuracy"]["value"] for band in own]
        lines.append(Line(probe, x, y, colour=colour_of(probe)))
    ticks = count_ticks(band["last_rank"] for band in bands)
    figure = chart(lines, x_title="last rank of the band", chance=chance, ticks=ticks,
                   logarithmic=False)  # fmt: skip
    columns = (
        "probe, ranks",
        "accuracy, per cent",
        "95 % interval",
        "over chance",
        "p",
        "permuted",
    )
    rows = tuple(
        (
            f"{band['probe']}, {count(band['first_rank'])} to {count(band['last_rank'])}",
            percent(band["accuracy"]["value"]),
            interval(band["accuracy"]),
            signed(band["lift"]),
            p_value(band["p"]),
            null(band["permuted"]),
        )
        for band in bands
    )
    caption = "Accuracy of successive rank bands; the orange line is chance."
    heading = f"Inclusivity: {name}"
    return Section(heading, _BANDS, figure, columns, rows, caption=caption, folded=True)


def _depths(name: str, depths: Sequence[Mapping[str, Any]]) -> Section:
    columns = ("probe", "unbroken depth", "deepest rank", "bands above chance", "bands")
    fields = ("unbroken", "deepest", "above", "bands")
    rows = tuple((depth["probe"], *(count(depth[field]) for field in fields)) for depth in depths)
    return Section(f"How far down: {name}", _DEPTHS, None, columns, rows)


def _sets(name: str, sets: Sequence[Mapping[str, Any]], chance: float) -> Section:
    lines = []
    for probe in dict.fromkeys(one["probe"] for one in sets):
        own = [one for one in sets if one["probe"] == probe]
        x = [one["size"] for one in own]
        means = [_mean(one["accuracies"]) for one in own]
        low = [min(one["accuracies"]) for one in own]
        high = [max(one["accuracies"]) for one in own]
        lines.append(Line(f"{probe}: random sets", x, means, low, high, colour_of(probe)))
        best = [one["best_ranked"]["value"] for one in own]
        lines.append(Line(f"{probe}: best ranked", x, best, colour=colour_of(probe), dash="dash"))
    ticks = count_ticks(one["size"] for one in sets)
    figure = chart(lines, x_title="neurons in a set", chance=chance, ticks=ticks)
    columns = ("probe, neurons", "best ranked set, per cent", "95 % interval", "random sets, mean",
               "sets", "reach it", "permuted")  # fmt: skip
    rows = tuple(
        (
            f"{one['probe']}, {count(one['size'])}",
            percent(one["best_ranked"]["value"]),
            interval(one["best_ranked"]),
            percent(_mean(one["accuracies"])),
            count(len(one["accuracies"])),
            count(one["reach"]),
            _reach(one["permuted_reach"]),
        )
        for one in sets
    )
    caption = "Mean accuracy of random disjoint sets; whiskers are the worst and the best set."
    return Section(f"Disjoint sets: {name}", _SETS, figure, columns, rows, caption=caption)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _reach(null: Mapping[str, Any] | None) -> str:
    return "" if null is None else f"{null['mean']:.1f}"
