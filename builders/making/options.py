"""The order of options: seeded, with the gold at each position equally often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from builders.builder import Candidate, Draft
from builders.making.hashing import rank


def place_golds(
    candidates: Iterable[Candidate],
    seed: int,
    *,
    column: str = "options",
    indices: Sequence[str] = ("label",),
) -> Iterator[Candidate]:
    """Put the options of one split's candidates in order; each was drafted with the gold first.

    Positions of the gold are dealt in turn, stratum by stratum in seeded order, so that neither in
    the split nor in a stratum do two positions' counts differ by more than one. The other options
    follow in seeded order. All rows of a candidate get the same order, so that translations stay
    parallel.

    Parameters
    ----------
    candidates
        Candidates of one split.
    seed
        Seed of the order.
    column
        Column of the options.
    indices
        Columns that hold the index of an option, of the gold or of another; they follow it.
    """
    ordered = sorted(
        candidates, key=lambda candidate: (candidate.stratum, rank(seed, "gold", candidate.key))
    )
    for turn, candidate in enumerate(ordered):
        order = _order(candidate, turn, seed, len(candidate.drafts[0].raw[column]))
        drafts = tuple(_reordered(draft, order, column, indices) for draft in candidate.drafts)
        yield replace(candidate, drafts=drafts)


def _order(candidate: Candidate, turn: int, seed: int, count: int) -> list[int]:
    gold = turn % count
    wrong = sorted(range(1, count), key=lambda i: rank(seed, "option", candidate.key, str(i)))
    return [*wrong[:gold], 0, *wrong[gold:]]


def _reordered(draft: Draft, order: Sequence[int], column: str, indices: Sequence[str]) -> Draft:
    options = [draft.raw[column][index] for index in order]
    moved = {name: order.index(draft.raw[name]) for name in indices}
    return replace(draft, raw={**draft.raw, column: options, **moved})
