"""Grammatical acceptability, from cLang-8: a learner's sentence against its correction.

Source: `lang8/clang8_source_target_en.spacy_tokenized.tsv`, which the script of cLang-8 makes of
the Lang-8 Learner Corpora: two sentences a line with a tab between them, in which quotes are text.
Licence: cLang-8 CC BY-NC-SA 4.0; the corpora on request, for research.

What is done: a pair of sentences is an item as it stands, but for white space; the correction is
first in half of the items. Pairs that share a sentence, directly or through other pairs, are one
group.

Corrections are longer than what they correct in about two of three pairs, and long differences are
additions more often still. So pairs are matched by length: for every pair whose correction is
longer or shorter, in characters (by 1–2, 3–6, 7–14, …) and in words, one is kept that is the
reverse of it; the others are dropped as `length-cue`. Whoever chooses the longer sentence, in
characters or in words, is then right in half of the pairs of unequal length. Of the 6,000 released
pairs, the best rule on the exact difference of characters is right in 69 %; after matching, 52 %.

Also dropped are:

- `identical`: the learner's sentence needed no correction;
- `only-spacing-or-case`: the two differ in white space or case alone;
- `right-and-wrong`: the learner's sentence stands elsewhere as a correction, or needed none there.

What differs from the released edition:

- Lines are cut at the tab; there, quotes were read as CSV, and 27 rows lack a sentence.
- Sentences have any length; of the released pairs, those whose learner's sentence has 50 characters
  or fewer were left out.
- Length and position say nothing about the answer.
- Pairs that share a sentence stay in one split.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.cleaning import DUPLICATE
from builders.making.grouping import components
from builders.making.hashing import rank
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.linguistic.clang8 import TASK

Lengths = tuple[int, int]
"""How the correction differs in length: in characters, as a signed power of two, and in words."""


class Pair(NamedTuple):
    """A learner's sentence and its correction."""

    wrong: str
    right: str
    row: UpstreamRow


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each pair that is left after matching by length."""
    every = [Pair(_folded(row["source"]), _folded(row["target"]), row) for row in rows]
    every.sort(key=lambda pair: (pair.wrong, pair.right, pair.row.source_id))
    known_right = {pair.right for pair in every}
    by_lengths: dict[Lengths, list[Pair]] = defaultdict(list)
    before = None
    for pair in every:
        if fault := _fault(pair, before, known_right):
            yield Dropped(fault)
        else:
            by_lengths[lengths(pair.wrong, pair.right)].append(pair)
        before = pair
    kept: list[tuple[Pair, str]] = []
    for key in sorted(by_lengths):
        pairs = sorted(by_lengths[key], key=lambda pair: _rank(seed, pair))
        count = min(len(pairs), len(by_lengths.get(reverse(key), ())))
        yield from [Dropped("length-cue")] * (len(pairs) - count)
        kept += [(pair, _stratum(key, turn)) for turn, pair in enumerate(pairs[:count])]
    groups = components([(normalise(pair.wrong), normalise(pair.right)) for pair, _ in kept])
    for (pair, stratum), group in zip(kept, groups, strict=True):
        yield _candidate(pair, stratum, group)


def lengths(wrong: str, right: str) -> Lengths:
    """How the right sentence differs in length from the wrong one."""
    characters = len(right) - len(wrong)
    words = len(right.split()) - len(wrong.split())
    return _sign(characters) * ((abs(characters) + 1) // 2).bit_length(), _sign(words)


def reverse(key: Lengths) -> Lengths:
    """Return the lengths of a pair whose sentences have changed places."""
    return -key[0], -key[1]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _stratum(key: Lengths, turn: int) -> str:
    """Which sentence is longer, and where the right one stands.

    Pairs of equal lengths count as one kind and as the other in turn.
    """
    longer = key > (0, 0) or (key == (0, 0) and turn // 2 % 2 == 0)
    return f"{'longer' if longer else 'shorter'} {turn % 2}"


def _fault(pair: Pair, before: Pair | None, known_right: set[str]) -> str | None:
    if pair.wrong == pair.right:
        return "identical"
    if before is not None and pair[:2] == before[:2]:
        return DUPLICATE
    if _letters(pair.wrong) == _letters(pair.right):
        return "only-spacing-or-case"
    return "right-and-wrong" if pair.wrong in known_right else None


def _folded(text: str) -> str:
    return " ".join(text.split())


def _letters(text: str) -> str:
    return normalise(text).replace(" ", "")


def _rank(seed: int, pair: Pair) -> bytes:
    return rank(seed, "length", pair.wrong, pair.right)


def _candidate(pair: Pair, stratum: str, group: str) -> Candidate:
    acceptable = int(stratum[-1])
    first, second = (pair.right, pair.wrong) if acceptable == 0 else (pair.wrong, pair.right)
    raw = {"sentence1": first, "sentence2": second, "acceptable": acceptable}
    return Candidate((Draft(raw, pair.row),), group=group, stratum=stratum)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("clang8_source_target_en.spacy_tokenized",),
            columns={"source": str, "target": str},
            files="lang8/{split}.tsv",
        ),
    ),
    draft=draft,
    strata=("longer 0", "longer 1", "shorter 0", "shorter 1"),
    notes=__doc__,
)
