"""Typed phrases of tagged sentences: what `ner` and `chunking` have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from builders.builder import Candidate, Draft, Dropped
from builders.making.written import written
from builders.reading.upstream import UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise


class Phrase(NamedTuple):
    """A phrase of a sentence."""

    start: int
    """Its first token."""
    end: int
    """The token after its last."""
    type: str


def phrases(tags: Sequence[int], types: Sequence[str]) -> list[Phrase]:
    """Phrases of a sentence.

    A tag is 0 outside a phrase; of type k of `types`, 2k+1 begins one and 2k+2 continues it. A
    tag that continues nothing begins one.
    """
    found: list[Phrase] = []
    before = 0
    for place, tag in enumerate(tags):
        if tag:
            if tag % 2 == 1 or before not in (tag, tag - 1):
                found.append(Phrase(place, place, types[(tag - 1) // 2]))
            found[-1] = found[-1]._replace(end=place + 1)
        before = tag
    return found


def occurrences(phrase: Sequence[str], tokens: Sequence[str]) -> int:
    """How often a phrase stands in a sentence, in whatever case."""
    wanted, lowered = [normalise(t) for t in phrase], [normalise(t) for t in tokens]
    length = len(wanted)
    return sum(lowered[i : i + length] == wanted for i in range(len(lowered) - length + 1))


def phrases_of(row: UpstreamRow, column: str, types: Sequence[str]) -> list[Phrase]:
    """Phrases of an upstream row, whose tags are in a column.

    Raises
    ------
    DataError
        There are more or fewer tags than tokens, or one is out of range.
    """
    tokens, tags = row["tokens"], row[column]
    if len(tags) != len(tokens):
        raise DataError(f"{row.where}: {len(tags)} {column} for {len(tokens)} tokens")
    if wrong := [tag for tag in tags if not 0 <= tag <= 2 * len(types)]:
        raise DataError(f"{row.where}: {column}: {wrong[0]} is none of 0 to {2 * len(types)}")
    return phrases(tags, types)


def targets(row: UpstreamRow, found: Sequence[Phrase]) -> Iterator[Phrase | Dropped]:
    """Phrases with a letter or digit that stand once in their sentence; why not, for the others."""
    tokens = row["tokens"]
    for phrase in found:
        own = tokens[phrase.start : phrase.end]
        if not any(character.isalnum() for character in "".join(own)):
            yield Dropped("no-letter")
        else:
            yield Dropped("repeated-phrase") if occurrences(own, tokens) > 1 else phrase


def candidate(
    row: UpstreamRow, found: Sequence[Phrase], target: Phrase, wrong: Sequence[str]
) -> Candidate:
    """Candidate that asks for the type of a phrase; the sentence is its group.

    Sentence and phrases are written out: a phrase's list holds its words, parted at spaces.
    """
    sentence = written(row["tokens"])
    words = {phrase: sentence.phrase(phrase.start, phrase.end).split() for phrase in found}
    raw = {
        "text": sentence.text,
        "chunks": list(words.values()),
        "target_chunk": words[target],
        "options": [target.type, *wrong],
        "label": 0,
    }
    return Candidate((Draft(raw, row),), group=normalise(sentence.text), stratum=target.type)
