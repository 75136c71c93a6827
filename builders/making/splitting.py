"""Splitting: groups are never cut, and every split has its quota of every stratum.

The algorithm, for quotas of candidates by split and stratum (`builders.making.sampling.quotas`):

1. Draw the total quota of each stratum uniformly among all candidates. The others are spare.
2. Take the groups of the drawn candidates, the largest first and equals in seeded order. Put each
   into the split where most of its drawn candidates still fit; among equals, into the one whose
   quotas of these strata are emptiest in proportion. So every split gets small and large groups
   alike, and the small ones come last, to fill the quotas to the last place. A candidate beyond its
   stratum's quota is left out.
3. Fill what is then still empty from the spare candidates, in seeded order. One whose group lies in
   a split already can only go there.

Where each group has one candidate, all quotas are met exactly. Where groups are large and
candidates scarce, some places can stay empty: `split` then says how many, and `largest_split`
looks for the largest total that leaves none. Everything goes by the candidates' keys, so the
result is the same for any order of the input.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from builders.builder import Candidate
from builders.making.hashing import rank
from builders.making.sampling import (
    SMALLEST,
    Quotas,
    capacity,
    count_strata,
    draw,
    proportional,
    quotas,
    split_sizes,
)


@dataclass(frozen=True)
class Split:
    """Candidates by split."""

    members: Mapping[str, Sequence[Candidate]]
    """Candidates of each split."""
    empty: int
    """Places of the quotas that could not be filled."""

    @property
    def total(self) -> int:
        """Number of candidates in all splits."""
        return sum(len(members) for members in self.members.values())


def split(candidates: Sequence[Candidate], sizes: Mapping[str, int], seed: int) -> Split:
    """Draw candidates and split them in the given sizes; see the module's docstring."""
    shares = quotas(sizes, count_strata(candidates))
    wanted: Counter[str] = Counter()
    for share in shares.values():
        wanted.update(share)
    drawn, spare = draw(candidates, wanted, seed)
    filling = _Filling(shares, seed)
    for group in _largest_first(drawn):
        filling.place(group)
    for candidate in spare:
        filling.place([candidate])
    return Split(filling.members, filling.empty())


def split_all(candidates: Sequence[Candidate], seed: int) -> Split:
    """Split all candidates about 6:1:1; a stratum's share of every split is that of the whole.

    Where groups are large, sizes give way: none is cut, and no candidate is left out.
    """
    sizes = split_sizes(len(candidates))
    filling = _Filling(proportional(sizes, count_strata(candidates)), seed, whole=True)
    ordered = sorted(candidates, key=lambda candidate: rank(seed, "draw", candidate.key))
    for group in _largest_first(ordered):
        filling.place(group)
    return Split(filling.members, 0)


def largest_split(candidates: Sequence[Candidate], seed: int, *, limit: int | None = None) -> Split:
    """Split as many candidates 6:1:1 as possible with all quotas met, but not more than `limit`.

    Fewer than `SMALLEST` cannot be split: then all splits are empty.
    """
    total = capacity(count_strata(candidates))
    if limit is not None:
        total = min(total, limit)
    while total >= SMALLEST:
        tried = split(candidates, split_sizes(total), seed)
        if not tried.empty:
            return tried
        total -= max(1, tried.empty // 2)
    return Split({name: [] for name in split_sizes(0)}, 0)


def _largest_first(drawn: Iterable[Candidate]) -> list[list[Candidate]]:
    """Groups by size; equals stay in the seeded order of their first members."""
    groups: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in drawn:
        groups[candidate.group].append(candidate)
    return sorted(groups.values(), key=len, reverse=True)


@dataclass
class _Filling:
    """Splits that are being filled."""

    quotas: Quotas
    seed: int
    whole: bool = False
    """Whether candidates beyond the quota are put in, too."""
    members: dict[str, list[Candidate]] = field(init=False)
    places: dict[str, Counter[str]] = field(init=False)
    home: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.members = {name: [] for name in self.quotas}
        self.places = {name: Counter(share) for name, share in self.quotas.items()}

    def empty(self) -> int:
        return sum(places.total() for places in self.places.values())

    def place(self, group: Sequence[Candidate]) -> None:
        """Put candidates of one group into the best split, as far as they fit."""
        name = group[0].group
        strata = count_strata(group)
        best = self.home.get(name) or max(
            self.places, key=lambda split: self._merit(split, name, strata)
        )
        for candidate in group:
            if self.whole or self.places[best][candidate.stratum] > 0:
                self.places[best][candidate.stratum] -= 1
                self.members[best].append(candidate)
                self.home[name] = best

    def _merit(self, split: str, group: str, strata: Counter[str]) -> tuple[int, float, bytes]:
        places, share = self.places[split], self.quotas[split]
        fitting = sum((strata & places).values())
        emptiness = sum(n * places[s] / share[s] for s, n in strata.items() if share[s])
        return fitting, emptiness, rank(self.seed, "split", group, split)
