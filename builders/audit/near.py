"""Near-duplicates: texts whose sets of word triples overlap in 70 % or more.

1. A text is normalised (NFKC, case folded), and cut into words; a Chinese or Japanese character is
   a word. Punctuation is none.
2. Its shingles are its runs of three words; a shorter text is one shingle.
3. Candidates are pairs that agree in a band of their MinHash signatures (128 permutations in 32
   bands of 4: a pair at the threshold is found with a probability of 0.9998).
4. A candidate counts if the exact Jaccard index of the two sets of shingles reaches the threshold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rensa import RMinHash, RMinHashLSH

from mceval8k.text import normalise

THRESHOLD = 0.7
"""Least Jaccard index of near-duplicates; signatures are made for it, so it is also the least one
that can be asked for."""

_WORDS = 3
_PERMUTATIONS, _BANDS, _SEED = 128, 32, 0
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+")
_WORD_OR_MARK = re.compile(rf"{_WORD.pattern}|[^\w\s]")

Pair = tuple[int, int, float]
"""Two texts by number, the smaller first, and their Jaccard index."""


def shingles(text: str) -> frozenset[str]:
    """Runs of three words of a text; empty only if it has no words."""
    words = _WORD.findall(normalise(text))
    starts = range(max(1, len(words) - _WORDS + 1)) if words else range(0)
    return frozenset(" ".join(words[start : start + _WORDS]) for start in starts)


def words_and_marks(text: str) -> list[str]:
    """Words of a text as above, and its punctuation marks."""
    return _WORD_OR_MARK.findall(text)


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Size of the intersection over that of the union; 0 for two empty sets."""
    common = len(first & second)
    return common / ((len(first) + len(second) - common) or 1)


def near_pairs(texts: Sequence[str], threshold: float = THRESHOLD) -> list[Pair]:
    """Pairs of texts whose Jaccard index reaches the threshold, in the order of their numbers."""
    sets = [shingles(text) for text in texts]
    filled = [number for number, found in enumerate(sets) if found]
    pairs = []
    for first, second in _candidates([sets[number] for number in filled]):
        one, other = filled[first], filled[second]
        if (index := jaccard(sets[one], sets[other])) >= threshold:
            pairs.append((one, other, index))
    return sorted(pairs)


def _candidates(sets: Sequence[frozenset[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of sets, by number, that agree in a band of their signatures."""
    if not sets:
        return
    hashes = RMinHash.from_token_sets([sorted(each) for each in sets], _PERMUTATIONS, _SEED)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    index.insert_many(hashes)
    for first, agreeing in enumerate(index.query_all(hashes)):
        yield from ((first, second) for second in agreeing if second > first)
