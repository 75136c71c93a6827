"""Numbers as cells of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MINUS = "\N{MINUS SIGN}"


def percent(share: float) -> str:
    """Write a share in per cent."""
    return f"{100 * share:.1f}".replace("-", _MINUS)


def signed(share: float) -> str:
    """Write a difference of shares, in points of per cent."""
    return f"{100 * share:+.1f}".replace("-", _MINUS)


def count(number: int) -> str:
    """Write a whole number."""
    return f"{number:,}"


def p_value(p: float) -> str:
    """Write a p value."""
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def interval(estimate: Mapping[str, Any]) -> str:
    """Write the bounds of an estimate in per cent."""
    return f"{percent(estimate['low'])} – {percent(estimate['high'])}"


def signed_interval(estimate: Mapping[str, Any]) -> str:
    """Write the bounds of a difference in points of per cent."""
    return f"{signed(estimate['low'])} to {signed(estimate['high'])}"


def null(values: Mapping[str, Any] | None) -> str:
    """Write the mean of a null, if there is one, in per cent."""
    return "" if values is None else percent(values["mean"])
