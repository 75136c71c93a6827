"""Rules that choose an option by its length or, if options are numbers, by its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from builders.audit.baselines.distinct_rows import DistinctRows, Guess, credits_of

Rule = Callable[[Sequence[float]], Sequence[float]]
"""Values of a row's options to scores, of which the highest is chosen."""


def distances(values: Sequence[float]) -> list[float]:
    """Distance of each value from the mean of the others."""
    total, others = sum(values), len(values) - 1
    return [abs(value - (total - value) / others) for value in values]


def _negative(values: Sequence[float]) -> list[float]:
    return [-value for value in values]


OF_LENGTHS: Mapping[str, Rule] = {"longest": list, "shortest": _negative}
OF_NUMBERS: Mapping[str, Rule] = {
    "largest": list,
    "smallest": _negative,
    "numerically most distant": distances,
    "numerically most central": lambda values: _negative(distances(values)),
}


def rules(distinct: DistinctRows) -> Iterator[Guess]:
    """What each rule gets right; ties share the credit."""
    lengths = [[float(len(each)) for each in row] for row in distinct.options]
    yield from _guesses(distinct, lengths, OF_LENGTHS)
    try:
        numbers = [[float(each) for each in row] for row in distinct.options]
    except ValueError:
        return
    yield from _guesses(distinct, numbers, OF_NUMBERS)


def _guesses(
    distinct: DistinctRows, values: Sequence[Sequence[float]], chosen: Mapping[str, Rule]
) -> Iterator[Guess]:
    golds = distinct.labels.tolist()
    for name, rule in chosen.items():
        credit = credits_of([rule(each) for each in values], golds)
        yield Guess(f"the {name} option", credit, by_options=True)
