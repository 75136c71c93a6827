"""How many items tell two models apart.

Two models that answer the same items differ only in the items that one of them alone gets right:
the discordant ones. McNemar's test sees a difference δ among a share ψ of discordant items with

    n = ( z_α √ψ + z_β √(ψ − δ²) )² / δ²

items, where z_α and z_β are the normal quantiles of the two-sided level and of the power.

Source: Miettinen 1968, Biometrics 24; Connor 1987, Biometrics 43.
"""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

from mceval8k.statistics.estimate import LEVEL

POWER = 0.8
"""Probability of seeing a difference that is there, by convention."""


def items_needed(
    difference: float, discordant: float, *, power: float = POWER, level: float = LEVEL
) -> int:
    """Items on which McNemar's test sees a difference of two accuracies.

    Parameters
    ----------
    difference
        Of the accuracies, above 0: 0.01 is one point.
    discordant
        Share of items that exactly one of the two gets right; at least the difference.
    power
        Probability that the test sees it.
    level
        One minus the two-sided level of the test.

    Returns
    -------
    int
        Independent items. Where items come in groups of m whose differences correlate by ρ, it
        takes 1 + (m − 1)ρ times as many.
    """
    if not 0 < difference <= discordant <= 1:
        raise ValueError(f"no difference of {difference} among {discordant} discordant items")
    alpha, beta = _quantiles(power, level)
    root = alpha * sqrt(discordant) + beta * sqrt(discordant - difference**2)
    return ceil((root / difference) ** 2)


def least_difference(
    items: int, discordant: float, *, power: float = POWER, level: float = LEVEL
) -> float:
    """Smallest difference of two accuracies that McNemar's test sees on so many items.

    Parameters
    ----------
    items
        Independent items that both models answer.
    discordant, power, level
        As of `items_needed`.

    Returns
    -------
    float
        NaN where not even models that differ on every discordant item are distinguished.
    """
    low, high = 0.0, discordant
    if items_needed(high, discordant, power=power, level=level) > items:
        return float("nan")
    for _ in range(60):
        middle = (low + high) / 2
        enough = middle and items_needed(middle, discordant, power=power, level=level) <= items
        low, high = (low, middle) if enough else (middle, high)
    return high


def _quantiles(power: float, level: float) -> tuple[float, float]:
    normal = NormalDist()
    return normal.inv_cdf((1 + level) / 2), normal.inv_cdf(power)
