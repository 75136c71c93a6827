"""The order of options: seeded, with the gold at each position equally often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from builders.builder import Candidate, Draft
from builders.hashing import rank


def place_golds(candidates: Iterable[Candidate], seed: int) -> Iterator[Candidate]:
    """Put the options of one split's candidates in order; each was drafted with the gold first.

    Positions of the gold are dealt in turn, stratum by stratum in seeded order, so that neither in
    the split nor in a stratum do two positions' counts differ by more than one. The other options
    follow in seeded order. All rows of a candidate get the same order, so that translations stay
    parallel.
    """
    ordered = sorted(
        candidates, key=lambda candidate: (candidate.stratum, rank(seed, "gold", candidate.key))
    )
    for turn, candidate in enumerate(ordered):
        yield replace(candidate, drafts=_in_order(candidate, turn, seed))


def _in_order(candidate: Candidate, turn: int, seed: int) -> tuple[Draft, ...]:
    (count,) = {len(draft.raw["options"]) for draft in candidate.drafts}
    gold = turn % count
    wrong = sorted(range(1, count), key=lambda i: rank(seed, "option", candidate.key, str(i)))
    order = [*wrong[:gold], 0, *wrong[gold:]]
    return tuple(_reordered(draft, order) for draft in candidate.drafts)


def _reordered(draft: Draft, order: Sequence[int]) -> Draft:
    options = [draft.raw["options"][index] for index in order]
    return replace(draft, raw={**draft.raw, "options": options, "label": order.index(0)})
