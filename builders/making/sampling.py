"""How many, and which: sizes of the splits, quotas of the strata, and a seeded balanced draw."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from builders.builder import Candidate
from builders.making.hashing import rank

Quotas = Mapping[str, Mapping[str, int]]
"""Number of candidates by split and stratum."""

SMALLEST = 8
"""Candidates without which no task can be split 6:1:1."""


def split_sizes(total: int) -> dict[str, int]:
    """Sizes in the proportion 6:1:1; what eight does not divide goes to training."""
    held_out = total // 8
    return {"train": total - 2 * held_out, "validation": held_out, "test": held_out}


def quotas(sizes: Mapping[str, int], available: Mapping[str, int]) -> Quotas:
    """Share each split's size among the strata as equally as possible.

    The remainders of all splits are dealt in turn, as cards are: the held-out splits first, and
    strata with the most candidates first. So neither within a split nor in the whole do the
    quotas of two strata differ by more than one.
    """
    strata = sorted(available, key=lambda stratum: (-available[stratum], stratum))
    shared: dict[str, dict[str, int]] = {}
    dealt = 0
    for split in sorted(sizes, key=lambda split: (sizes[split], split)):
        each, rest = divmod(sizes[split], len(strata))
        shared[split] = dict.fromkeys(strata, each)
        for turn in range(dealt, dealt + rest):
            shared[split][strata[turn % len(strata)]] += 1
        dealt += rest
    return {split: shared[split] for split in sizes}


def proportional(sizes: Mapping[str, int], available: Mapping[str, int]) -> Quotas:
    """Share all candidates among the splits so that each has the strata of the whole.

    The sizes add up to the candidates. What cannot be shared in proportion goes, one by one, to the
    split that lacks most of its share, and of equals to the one with most places left.
    """
    total = sum(available.values())
    left = dict(sizes)
    shared: dict[str, dict[str, int]] = {split: {} for split in sizes}
    for stratum, count in sorted(available.items()):
        exact = {split: count * size / total for split, size in sizes.items()}
        given = {split: min(int(exact[split]), left[split]) for split in sizes}
        for _ in range(count - sum(given.values())):
            lacking = (split for split in sizes if left[split] > given[split])
            split = max(lacking, key=lambda each: (exact[each] - given[each], left[each], each))
            given[split] += 1
        for split in sizes:
            left[split] -= given[split]
            shared[split][stratum] = given[split]
    return shared


def capacity(available: Mapping[str, int]) -> int:
    """Most candidates that can be drawn if strata may differ by one at most."""
    if not available:
        return 0
    fewest = min(available.values())
    return sum(min(count, fewest + 1) for count in available.values())


def count_strata(candidates: Sequence[Candidate]) -> Counter[str]:
    """Count the candidates of each stratum."""
    return Counter(candidate.stratum for candidate in candidates)


def draw(
    candidates: Sequence[Candidate], wanted: Mapping[str, int], seed: int
) -> tuple[list[Candidate], list[Candidate]]:
    """Draw so many of each stratum uniformly; return those drawn and the spare ones, in order.

    Both lists are in seeded order, which depends on the candidates' keys and on nothing else.
    """
    ordered = sorted(candidates, key=lambda candidate: rank(seed, "draw", candidate.key))
    left = defaultdict(int, wanted)
    drawn: list[Candidate] = []
    spare: list[Candidate] = []
    for candidate in ordered:
        (drawn if left[candidate.stratum] > 0 else spare).append(candidate)
        left[candidate.stratum] -= 1
    return drawn, spare
