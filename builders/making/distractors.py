"""Distractors: wrong options drawn by weight."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from builders.making.hashing import rank, uniform

Fits = Callable[[str, Sequence[str]], bool]
"""Whether a name can stand beside the options that are there already, the gold among them."""


def draw_weighted(
    weights: Mapping[str, int], count: int, *, beside: str, fits: Fits, seed: int, key: str
) -> tuple[str, ...] | None:
    """Draw names without replacement, each in proportion to its weight.

    The draw is that of Efraimidis and Spirakis (2006): the names with the largest u^(1/weight),
    where u is uniform and comes from a hash of seed, key and name. It does not depend on the order
    of `weights`.

    Parameters
    ----------
    weights
        Weight of each name; positive.
    count
        How many are drawn.
    beside
        The gold; never drawn.
    fits
        Called with each name before it is taken.
    seed, key
        What the draw depends on, beside the names.

    Returns
    -------
    tuple of str or None
        The names, in the order of the draw; None if too few fit.
    """
    order = sorted(
        weights,
        key=lambda name: (-math.log(uniform(seed, "distractor", key, name)) / weights[name], name),
    )
    drawn: tuple[str, ...] = ()
    for name in order:
        if len(drawn) == count:
            break
        if name != beside and fits(name, (beside, *drawn)):
            drawn = (*drawn, name)
    return drawn if len(drawn) == count else None


def draw_evenly(
    names: Sequence[str], count: int, *, beside: str, seed: int, key: str
) -> tuple[str, ...]:
    """Draw names without replacement, each as likely as the others; `beside` is never drawn.

    There must be more than `count` names. Where each name is the gold equally often too, any set of
    options is as likely with one of them as the gold as with another: options alone say nothing.
    """
    others = [name for name in names if name != beside]
    order = sorted(others, key=lambda name: rank(seed, "distractor", key, name))
    return tuple(order[:count])
