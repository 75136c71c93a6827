"""Drawn by seed: balanced and nested prompts, halves, permuted labels, disjoint neurons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neurgrad_eval.neurons import Indices

Seed = int | Sequence[int]
"""A seed, or several numbers that make one."""


def powers(first: int, last: int) -> tuple[int, ...]:
    """2^first, 2^(first + 1), … below `last`, and then `last` itself."""
    found = [2**exponent for exponent in range(first, last.bit_length() + 1)]
    return (*(count for count in found if count < last), last)


def balanced_order(labels: npt.NDArray[np.int64], seed: Seed) -> Indices:
    """Rows in an order whose every beginning holds the labels as evenly as can be.

    Within a label, and between labels of one turn, the order is drawn by `seed`.
    """
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(labels))
    turn = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        own = shuffled[labels[shuffled] == label]
        turn[own] = np.arange(len(own))
    place = np.empty(len(labels), dtype=np.int64)
    place[shuffled] = np.arange(len(labels))
    return np.lexsort((place, turn))


def permuted_by_groups(
    labels: npt.NDArray[np.int64], groups: Sequence[str], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Labels [row] exchanged between groups, as their null hypothesis allows.

    Items of a group are not independent: labels of a whole group change places with those of
    another group of the same size, and then with one another. The labels of a group without
    another of its size are permuted within it. Where every item is a group of its own, all orders
    are equally likely.

    Source: Winkler et al. 2015, NeuroImage 123 (exchangeability blocks).
    """
    _, first, member, sizes = np.unique(
        np.asarray(groups), return_index=True, return_inverse=True, return_counts=True
    )
    place = first[member]  # of a group: where it begins
    taken = np.empty(len(labels), dtype=np.int64)
    for size in np.unique(sizes):
        rows = np.flatnonzero(sizes[member] == size)
        blocks = rows[np.argsort(place[rows], kind="stable")].reshape(-1, size)
        others = blocks[rng.permutation(len(blocks))]
        taken[blocks] = rng.permuted(others, axis=1) if size > 1 else others
    return labels[taken]


def halves(groups: Sequence[str], seed: Seed) -> tuple[Indices, Indices]:
    """Rows of two halves of the groups: no group is in both."""
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        raise ValueError("one group cannot be halved")
    first = np.zeros(len(names), dtype=bool)
    first[np.random.default_rng(seed).permutation(len(names))[: len(names) // 2]] = True
    return np.flatnonzero(first[member]), np.flatnonzero(~first[member])


def disjoint_sets(n_neurons: int, size: int, most: int, seed: Seed) -> list[Indices]:
    """Sets of `size` random neurons that have none in common, `most` of them at most."""
    order = np.random.default_rng(seed).permutation(n_neurons)
    count = min(most, n_neurons // size)
    return [order[start : start + size] for start in range(0, count * size, size)]
