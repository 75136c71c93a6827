"""Named-entity recognition, from CoNLL-2003.

Source: `eriktks/conll2003`, all three splits. Licence: the Reuters Corpus may be used for research
only; the annotation is free.

What is done: every entity of a sentence is a candidate; its four options are the four types of the
annotation, PER, ORG, LOC and MISC, in seeded order. The four types are drawn equally often, the
gold stands at each position equally often, and sentences are never cut between splits.

What differs from the released edition:

- A phrase that stands twice in its sentence, in whatever case, is not asked for: nobody could tell
  which of the two is meant, and CoNLL gives them different types now and then.
- Types are drawn equally often; in the released edition they follow the newswire.
- Sentences are the groups; in the released edition sentences of the training split come back in
  the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.tasks.linguistic.ner import TASK

TYPES = ("PER", "ORG", "LOC", "MISC")


class Entity(NamedTuple):
    """A phrase and its type."""

    phrase: tuple[str, ...]
    type: str


def entities(tokens: Sequence[str], tags: Sequence[int]) -> list[Entity]:
    """Entities of a sentence.

    A tag is 0 outside an entity; of type k of `TYPES`, 2k+1 begins one and 2k+2 goes on with it. A
    tag that goes on with nothing begins one.
    """
    found: list[tuple[list[str], str]] = []
    before = 0
    for token, tag in zip(tokens, tags, strict=True):
        if tag:
            if tag % 2 == 1 or before not in (tag, tag - 1):
                found.append(([], TYPES[(tag - 1) // 2]))
            found[-1][0].append(token)
        before = tag
    return [Entity(tuple(phrase), type_) for phrase, type_ in found]


def occurrences(phrase: Sequence[str], tokens: Sequence[str]) -> int:
    """How often a phrase stands in a sentence, in whatever case."""
    wanted, lowered = [normalise(t) for t in phrase], [normalise(t) for t in tokens]
    length = len(wanted)
    return sum(lowered[i : i + length] == wanted for i in range(len(lowered) - length + 1))


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each entity that stands once in its sentence."""
    for row in rows:
        tokens, tags = row["tokens"], row["ner_tags"]
        _check(row, tokens, tags)
        found = entities(tokens, tags)
        if not found:
            yield Dropped("no-entity")
        for entity in found:
            if occurrences(entity.phrase, tokens) > 1:
                yield Dropped("repeated-phrase")
            else:
                yield _candidate(row, found, entity)


def _check(row: UpstreamRow, tokens: Sequence[str], tags: Sequence[int]) -> None:
    if len(tags) != len(tokens):
        raise DataError(f"{row.where}: {len(tags)} ner_tags for {len(tokens)} tokens")
    if wrong := [tag for tag in tags if not 0 <= tag <= 2 * len(TYPES)]:
        raise DataError(f"{row.where}: ner_tags: {wrong[0]} is none of 0 to {2 * len(TYPES)}")


def _candidate(row: UpstreamRow, found: Sequence[Entity], target: Entity) -> Candidate:
    text = " ".join(row["tokens"])
    raw = {
        "text": text,
        "chunks": [list(entity.phrase) for entity in found],
        "target_chunk": list(target.phrase),
        "options": [target.type, *(name for name in TYPES if name != target.type)],
        "label": 0,
    }
    return Candidate((Draft(raw, row),), group=normalise(text), stratum=target.type)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "validation", "test"),
            columns={"tokens": [str], "ner_tags": [int]},
        ),
    ),
    draft=draft,
    strata=TYPES,
    shuffles_options=True,
    notes=__doc__,
)
