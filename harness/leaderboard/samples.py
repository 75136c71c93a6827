"""The samples of one task, as lm-eval logs them: a line of JSON per item."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.samples.prompt_columns import SYMBOLS
from mceval8k.errors import DataError

METRIC = "acc"
"""lm-eval's name of the verdict on an item."""


@dataclass(frozen=True)
class Sample:
    """One item, as a run answered it."""

    number: int
    """Place in the order of asking, from 0."""
    id: str
    lang: str
    question: str
    options: tuple[str, ...]
    gold: int
    """Index of the right option."""
    verdict: float
    """lm-eval's own: 1 for right."""
    log_likelihoods: tuple[float, ...]
    """Of the options; empty where the answer was generated."""
    reply: str
    """What was generated."""
    symbols: tuple[str, ...]
    """Answer symbols that a reply was to choose from."""


def read_samples(path: Path, *, generated: bool) -> Sequence[Sample]:
    """Read a `samples_<task>_<date>.jsonl`, in the order in which the items were asked.

    Ids may repeat: the released edition has some items twice.

    Raises
    ------
    DataError
        A line is cut off, is no JSON, or lacks a field; or the items are not numbered from 0. The
        message names the file, and the line where there is one.
    """
    samples = [_sample(content, generated, where) for where, content in _lines(path)]
    samples.sort(key=lambda sample: sample.number)
    numbers = [sample.number for sample in samples]
    if numbers != list(range(len(samples))):
        twice = [number for number, times in Counter(numbers).items() if times > 1]
        what = f"doc_id {min(twice)} is there twice" if twice else "doc_ids are missing"
        raise DataError(f"{path.name}: {what}")
    return samples


def score_table(samples: Sequence[Sample]) -> npt.NDArray[np.float64]:
    """Log-likelihoods [item, option]; -inf where an item has no such option."""
    width = max((len(sample.log_likelihoods) for sample in samples), default=0)
    padding = (-np.inf,) * width
    padded = [(sample.log_likelihoods + padding)[:width] for sample in samples]
    return np.array(padded, dtype=np.float64).reshape(len(samples), width)


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if line.strip():
            where = f"{path.name}, line {number}"
            try:
                yield where, json.loads(line)
            except (ValueError, RecursionError):
                raise DataError(f"{where}: no JSON, or cut off") from None


def _sample(content: Any, generated: bool, where: str) -> Sample:
    try:
        doc, given = content["doc"], content["filtered_resps"]
        texts = (doc["id"], doc["lang"], doc["question"], *doc["options"])
        if not all(isinstance(text, str) for text in texts) or isinstance(doc["options"], str):
            raise TypeError("a text is none")
        return Sample(
            number=int(content["doc_id"]),
            id=doc["id"],
            lang=doc["lang"],
            question=doc["question"],
            options=tuple(doc["options"]),
            gold=int(doc["label"]),
            verdict=float(content[METRIC]),
            log_likelihoods=() if generated else tuple(float(pair[0]) for pair in given),
            reply=str(given[0]) if generated else "",
            symbols=tuple(map(str, doc[SYMBOLS])) if generated else (),
        )
    except KeyError as error:
        raise DataError(f"{where}: no field {error.args[0]!r}") from None
    except (TypeError, ValueError, IndexError, AttributeError):
        raise DataError(f"{where}: a field of the sample has the wrong type") from None
