"""Figures as SVG, made when the site is: they need no library and follow the page's colours."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 800, 440
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 16, 48
LABELLED = 12
"""Points at most that are labelled."""


@dataclass(frozen=True)
class Axis:
    """A linear axis, in the units of what is shown."""

    low: float
    high: float
    title: str
    ticks: tuple[tuple[float, str], ...]

    def share(self, value: float) -> float:
        """Where a value lies between the ends: 0 to 1."""
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Point:
    """A point of a figure."""

    x: float
    y: float
    title: str
    """Its description."""
    link: str = ""
    label: str = ""
    """Shown beside it."""
    series: int = 0


def figure(points: Sequence[Point], x: Axis, y: Axis, *, name: str, lines: bool = False) -> Markup:
    """Scatter plot; `lines` joins the points of a series.

    Labels are placed in the order of the points, and left out where there is no room for them.
    """
    parts = [*_axes(x, y)]
    if lines:
        parts.append(_line("diagonal", [(0.0, 0.0), (1.0, 1.0)], x, y))
        for number in sorted({point.series for point in points}):
            joined = [(point.x, point.y) for point in points if point.series == number]
            parts.append(_line(f"line series{number % 6}", joined, x, y))
    parts += [_point(point, x, y) for point in points]
    parts += _labels(points, x, y)
    return Markup(
        '<svg class="figure" role="img" viewBox="0 0 {} {}"><title>{}</title>{}</svg>'
    ).format(WIDTH, HEIGHT, name, Markup("").join(parts))


Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


def _labels(points: Sequence[Point], x: Axis, y: Axis) -> Iterator[Markup]:
    places = [tuple(map(float, _place(point.x, point.y, x, y))) for point in points]
    taken: list[Box] = [(a - 4, d - 4, a + 4, d + 4) for a, d in places]
    for point, (across, down) in zip(points, places, strict=True):
        width = 6.4 * len(point.label)
        for left, low in (
            (across - 8 - width, down),
            (across + 8, down),
            (across - 8 - width, down - 9),
        ):
            box = (left, low - 7, left + width, low + 5)
            if point.label and left > LEFT and left + width < WIDTH and not _overlaps(box, taken):
                taken.append(box)
                yield Markup('<text class="label" x="{:.1f}" y="{:.1f}">{}</text>').format(
                    left, low + 4, point.label
                )
                break


def _overlaps(box: Box, others: Sequence[Box]) -> bool:
    left, top, right, bottom = box
    return any(left < r and right > l and top < b and bottom > t for l, t, r, b in others)  # noqa: E741


def _place(horizontal: float, vertical: float, x: Axis, y: Axis) -> tuple[str, str]:
    across = LEFT + x.share(horizontal) * (WIDTH - LEFT - RIGHT)
    down = HEIGHT - BOTTOM - y.share(vertical) * (HEIGHT - TOP - BOTTOM)
    return f"{across:.1f}", f"{down:.1f}"


def _axes(x: Axis, y: Axis) -> Iterator[Markup]:
    for value, text in x.ticks:
        across, _ = _place(value, y.low, x, y)
        yield Markup('<path class="grid" d="M{} {}V{}"/>').format(across, TOP, HEIGHT - BOTTOM)
        yield Markup('<text class="tick middle" x="{}" y="{}">{}</text>').format(
            across, HEIGHT - BOTTOM + 18, text
        )
    for value, text in y.ticks:
        _, down = _place(x.low, value, x, y)
        yield Markup('<path class="grid" d="M{} {}H{}"/>').format(LEFT, down, WIDTH - RIGHT)
        yield Markup('<text class="tick end" x="{}" y="{}">{}</text>').format(
            LEFT - 6, float(down) + 4, text
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield Markup('<text class="name middle" x="{}" y="{}">{}</text>').format(
        middle, HEIGHT - 8, x.title
    )
    yield Markup(
        '<text class="name middle" transform="translate(14 {}) rotate(-90)">{}</text>'
    ).format((TOP + HEIGHT - BOTTOM) / 2, y.title)


def _line(kind: str, values: Sequence[tuple[float, float]], x: Axis, y: Axis) -> Markup:
    places = " ".join(",".join(_place(*value, x, y)) for value in values)
    return Markup('<polyline class="{}" points="{}"/>').format(kind, places)


def _point(point: Point, x: Axis, y: Axis) -> Markup:
    across, down = _place(point.x, point.y, x, y)
    dot = Markup('<circle class="dot series{}" cx="{}" cy="{}" r="4"><title>{}</title></circle>')
    shown = dot.format(point.series % 6, across, down, point.title)
    return Markup('<a href="{}">{}</a>').format(point.link, shown) if point.link else shown


def shares(title: str, *, low: float = 0.0) -> Axis:
    """Axis of shares up to 1, from 0 or a step of 0.2 below it."""
    start = math.floor(low * 5) / 5
    count = round((1 - start) * 5)
    ticks = tuple((start + n / 5, f"{start + n / 5:.1f}") for n in range(count + 1))
    return Axis(start, 1.0, title, ticks)


def sizes(parameters: Sequence[int]) -> Axis:
    """Axis of numbers of parameters, as their decimal logarithm."""
    low, high = math.log10(min(parameters)) - 0.15, math.log10(max(parameters)) + 0.15
    exponents = range(math.ceil(low), math.floor(high) + 1)
    candidates = [
        (e + math.log10(m), m * 10**e) for e in range(math.floor(low), 16) for m in (1, 3)
    ]
    few = len(exponents) < 3
    ticks = tuple(
        (at, size_text(value))
        for at, value in candidates
        if low <= at <= high and (few or str(value)[0] == "1")
    )
    return Axis(low, high, "parameters", ticks)


def size_text(parameters: float) -> str:
    """Number of parameters as it is written: 135M, 7.2B."""
    for unit, letter in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if parameters >= unit:
            return f"{parameters / unit:.3g}{letter}"
    return f"{parameters:.0f}"
