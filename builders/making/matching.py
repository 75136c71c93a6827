"""Matching statements by the years in which they are true, so that years alone say nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

Years = frozenset[str]


def match_years(
    true: Sequence[Years], covered: Sequence[str], count: int
) -> Iterator[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Put statements together, so many at a time, each true in one year and false in the others'.

    If these years are the options of all of them, each year of a set is the gold equally often, and
    no rule that reads the options alone can do better than chance. The choice is greedy: sets of
    years take turns until none is left that can be filled, and of the statements that fit, the one
    that fits the fewest sets goes first.

    Parameters
    ----------
    true
        Years in which each statement is true, in the order in which equals are taken.
    covered
        Years that can be options, in order.
    count
        Options of a statement.

    Yields
    ------
    tuple of str, tuple of int
        A set of years in order, and for each year the index of its statement.
    """
    alike: dict[Years, list[int]] = defaultdict(list)
    for index in reversed(range(len(true))):
        alike[true[index]].append(index)
    sets = {years: _fitting(years, alike) for years in combinations(covered, count)}
    uses = Counter(kind for places in sets.values() for kinds in places for kind in kinds)
    for places in sets.values():
        for kinds in places:
            kinds.sort(key=lambda kind: (uses[kind], sorted(kind)))
    while sets:
        for years, places in list(sets.items()):
            chosen = [next((kind for kind in kinds if alike[kind]), None) for kinds in places]
            found = tuple(alike[kind].pop() for kind in chosen if kind and None not in chosen)
            if found:
                yield years, found
            else:
                del sets[years]


def _fitting(years: Sequence[str], kinds: Iterable[Years]) -> list[list[Years]]:
    """For each of the years: the kinds of statement that are true in it and in none of the rest."""
    places: list[list[Years]] = [[] for _ in years]
    for kind in kinds:
        inside = kind.intersection(years)
        if len(inside) == 1:
            places[years.index(next(iter(inside)))].append(kind)
    return places
