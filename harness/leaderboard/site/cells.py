"""Cells of the tables, which are many: made here, since a template is slow at it."""

from __future__ import annotations

import math

from markupsafe import Markup

from mceval8k.statistics import Estimate


def share(estimate: Estimate | None) -> Markup:
    """Cell of a share and its interval; rows that have none sort below all others."""
    if estimate is None:
        return _nothing("not all tasks")
    value, low, high = estimate.value, estimate.low, estimate.high
    interval = f" <small>{low:.3f}–{high:.3f}</small>" if math.isfinite(low) else ""
    return Markup(  # noqa: S704 (numbers only)
        f'<td class="number" data-order="{value:.6f}">{value:.3f}{interval}</td>'
    )


def figure(value: float | None) -> Markup:
    """Cell of a number."""
    if value is None:
        return _nothing("none")
    text = f'<td class="number" data-order="{value:.6f}">{value:.3f}</td>'
    return Markup(text)  # noqa: S704 (numbers only)


def heat(above: float | None, accuracy: float | None) -> Markup:
    """Cell of a heat map: an accuracy, coloured in steps by what it is above chance."""
    if above is None or accuracy is None:
        return _nothing("not evaluated")
    step = max(0, min(10, round(above * 10)))
    return Markup(  # noqa: S704 (numbers only)
        f'<td class="number heat{step}" data-order="{above:.4f}">{accuracy:.2f}</td>'
    )


def _nothing(why: str) -> Markup:
    return Markup(  # noqa: S704 (fixed texts only)
        '<td class="number" data-order="-9"><span aria-hidden="true">–</span>'
        f'<span class="hidden">{why}</span></td>'
    )
