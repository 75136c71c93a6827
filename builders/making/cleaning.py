"""Cleaning: candidates that no honest item can be made of are dropped, each with its reason.

Reasons, in the order in which they are looked for:

- `blank-field`, `broken-field`: a text of the raw row is empty, or holds what could not be mended
  (`builders.text`);
- `duplicate-options`: two options are equal after normalisation;
- `contradictory-labels`: the same question with the same options has another gold elsewhere, in
  whichever of its languages; all of them are dropped, since nobody can say which is right;
- `duplicate-rows`: the same question, options and gold as another, in whichever language; one is
  kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.text import BLANK, BROKEN
from mceval8k.errors import DataError
from mceval8k.item import check_parts, normalise
from mceval8k.task import Parts

DUPLICATE_OPTIONS = "duplicate-options"
CONTRADICTORY = "contradictory-labels"
DUPLICATE = "duplicate-rows"


@dataclass(frozen=True)
class Cleaned:
    """What cleaning leaves."""

    candidates: tuple[Candidate, ...]
    """Sound candidates, each with its key, ordered by it."""
    dropped: Mapping[str, int]
    """Number of candidates (or upstream rows) dropped, by reason, in alphabetical order."""


def clean(builder: Builder, drafted: Iterable[Candidate | Dropped]) -> Cleaned:
    """Drop what is faulty, contradictory or there twice.

    Raises
    ------
    DataError
        A drafted row is none of the task's: a column is missing or a label out of range.
    """
    dropped: Counter[str] = Counter()
    sound: list[_Sound] = []
    golds: dict[str, set[str]] = defaultdict(set)
    for candidate in drafted:
        judged = candidate if isinstance(candidate, Dropped) else _judge(builder, candidate)
        if isinstance(judged, Dropped):
            dropped[judged.reason] += 1
            continue
        sound.append(judged)
        for given, gold in judged.inputs.items():
            golds[given].add(gold)
    kept: list[Candidate] = []
    seen: set[str] = set()
    for each in sorted(sound, key=lambda each: (each.key, _raw_order(each.candidate))):
        if any(len(golds[given]) > 1 for given in each.inputs):
            dropped[CONTRADICTORY] += 1
        elif seen.intersection(each.inputs):
            dropped[DUPLICATE] += 1
        else:
            seen.update(each.inputs)
            kept.append(replace(each.candidate, key=each.key))
    return Cleaned(tuple(kept), {name: n for name, n in sorted(dropped.items()) if n})


class _Sound(NamedTuple):
    """A candidate without faults of its own."""

    inputs: Mapping[str, str]
    """By digest of what a draft asks, with the options in any order: digest of what is right."""
    key: str
    """Digest of all questions and right answers."""
    candidate: Candidate


def _judge(builder: Builder, candidate: Candidate) -> _Sound | Dropped:
    faults = {builder.fault(text) for draft in candidate.drafts for text in _texts(draft.raw)}
    for fault in (BLANK, BROKEN, *sorted(name for name in faults if name)):
        if fault in faults:
            return Dropped(fault)
    inputs: dict[str, str] = {}
    for draft in candidate.drafts:
        parts = _parts(builder, draft)
        options = [normalise(option) for option in parts.options]
        if len(set(options)) < len(options):
            return Dropped(DUPLICATE_OPTIONS)
        question = _digest([parts.lang, normalise(parts.question), sorted(options)])
        inputs[question] = _digest(options[parts.label])
    return _Sound(inputs, _digest(list(inputs.items())), candidate)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, (list, tuple)):
        for member in value:
            yield from _texts(member)


def _parts(builder: Builder, draft: Draft) -> Parts:
    try:
        parts = builder.task.to_parts(draft.raw)
        check_parts(parts)
        if len(parts.options) != builder.task.n_options:
            raise ValueError(f"{len(parts.options)} options instead of {builder.task.n_options}")
    except KeyError as error:
        raise DataError(f"{draft.row.where}: column {error} is missing") from None
    except (TypeError, ValueError) as error:
        raise DataError(f"{draft.row.where}: {error}") from None
    return parts


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _raw_order(candidate: Candidate) -> tuple[str, list[str]]:
    """Order among equals that does not depend on the order of reading."""
    raw = json.dumps([draft.raw for draft in candidate.drafts], sort_keys=True, default=list)
    return raw, [draft.row.source_id for draft in candidate.drafts]
