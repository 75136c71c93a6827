"""The one reader of lm-eval's samples: from a file of them, or as a run has them in memory.

A samples file comes from anybody's machine, so each line is decoded by a schema; what does not fit
is refused with the number of the line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from harness.samples.prompt_columns import SYMBOLS
from mceval8k.errors import DataError

METRIC = "acc"
"""lm-eval's name of the verdict on an item."""
LONGEST_LINE = 16_000_000
"""Bytes of a line of samples; a line holds an item's prompt once for each option."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One item, as a run answered it."""

    number: int
    """Place in the order of the requests, from 0."""
    id: str
    lang: str
    question: str
    options: tuple[str, ...]
    """In the order in which they were shown."""
    gold: int
    """Position of the right option."""
    group: str
    verdict: float
    """lm-eval's own: 1 for right."""
    symbols: tuple[str, ...]
    """Answer symbol of each option."""
    log_likelihoods: tuple[float, ...]
    """Of the options; empty where the answer was generated."""
    reply: str | None
    """What was generated; None where nothing was, or where log-likelihoods were compared."""


class _Doc(msgspec.Struct):
    id: str
    lang: str
    question: str
    options: tuple[str, ...]
    label: int
    group: str
    symbols: tuple[str, ...] = msgspec.field(name=SYMBOLS)


class _Scored(msgspec.Struct):
    doc_id: int
    doc: _Doc
    acc: float
    filtered_resps: list[tuple[str | float, str | bool]]


class _Generated(msgspec.Struct):
    doc_id: int
    doc: _Doc
    acc: float
    filtered_resps: list[str | None]


_SCORED = msgspec.json.Decoder(_Scored)
_GENERATED = msgspec.json.Decoder(_Generated)


def read_samples(path: Path, *, generated: bool) -> Sequence[Sample]:
    """Read a `samples_<task>_<date>.jsonl`, in the order of the requests.

    Ids may repeat: the released edition has some items twice.

    Raises
    ------
    DataError
        A line is cut off, is no JSON, or does not fit; or the items are not numbered from 0. The
        message names the file, and the line where there is one.
    """
    decoder = _GENERATED if generated else _SCORED
    samples = [_read(decoder, line, where) for where, line in _lines(path)]
    samples.sort(key=lambda sample: sample.number)
    numbers = [sample.number for sample in samples]
    if numbers != list(range(len(samples))):
        twice = [number for number, times in Counter(numbers).items() if times > 1]
        what = f"doc_id {min(twice)} is there twice" if twice else "doc_ids are missing"
        raise DataError(f"{path.name}: {what}")
    return samples


def _lines(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), start=1):
                if line.strip():
                    yield f"{path.name}, line {number}", line
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror}") from None


def _read(decoder: msgspec.json.Decoder[Any], line: bytes, where: str) -> Sample:
    try:
        return _sample(decoder.decode(line))
    except msgspec.ValidationError as error:
        raise DataError(f"{where}: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise DataError(f"{where}: no JSON, or cut off") from None
    except ValueError:
        raise DataError(f"{where}: a log-likelihood is no number") from None


def _sample(logged: Any) -> Sample:
    doc, given = logged.doc, logged.filtered_resps
    is_generated = isinstance(logged, _Generated)
    return Sample(
        number=logged.doc_id,
        id=doc.id,
        lang=doc.lang,
        question=doc.question,
        options=doc.options,
        gold=doc.label,
        group=doc.group,
        verdict=logged.acc,
        symbols=doc.symbols,
        log_likelihoods=() if is_generated else tuple(float(score) for score, _ in given),
        reply=given[0] if is_generated and given else None,
    )


def samples_of(logged: Sequence[Mapping[str, Any]]) -> list[Sample]:
    """Samples of one task as lm-eval hands them over before it writes them, by their numbers.

    Several processes hand in their items one after the other.
    """
    return sorted(map(_of_run, logged), key=lambda sample: sample.number)


def _of_run(logged: Mapping[str, Any]) -> Sample:
    doc, given = logged["doc"], logged["filtered_resps"]
    is_generated = bool(given) and (given[0] is None or isinstance(given[0], str))
    return Sample(
        number=logged["doc_id"],
        id=doc["id"],
        lang=doc["lang"],
        question=doc["question"],
        options=tuple(doc["options"]),
        gold=int(doc["label"]),
        group=doc["group"],
        verdict=float(logged[METRIC]),
        symbols=tuple(doc[SYMBOLS]),
        log_likelihoods=() if is_generated else tuple(float(score) for score, _ in given),
        reply=given[0] if is_generated else None,
    )


def score_table(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Log-likelihoods [item, option]; -inf where an item has no such option."""
    width = max((len(sample.log_likelihoods) for sample in samples), default=0)
    padding = (-np.inf,) * width
    padded = [(sample.log_likelihoods + padding)[:width] for sample in samples]
    return np.array(padded, dtype=np.float64).reshape(len(samples), width)
