"""What must hold of a result before it may stand beside others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.samples.replies import read_reply
from harness.samples.sample import METRIC, Sample, score_table
from harness.tasks.order import ids_digest
from harness.tasks.rotation import original_option, rotate
from mceval8k.errors import DataError
from mceval8k.item import item_id
from mceval8k.task import MAX_OPTIONS, Parts

TOLERANCE = 1e-9
"""Between an accuracy and the mean of its items."""

Bools = npt.NDArray[np.bool_]


def check_split(samples: Sequence[Sample], *, items: int, digest: str) -> None:
    """Refuse anything but all items of the test split, in their order.

    Parameters
    ----------
    samples
        Items as they were evaluated.
    items, digest
        Number of the split's items, and SHA-256 of their ids, one per line.

    Raises
    ------
    DataError
        As do all checks here: the result does not pass, and the message says why.
    """
    if len(samples) != items:
        raise DataError(f"{len(samples)} of the {items} items of the test split")
    if not samples:
        raise DataError("no items")
    if ids_digest(sample.id for sample in samples) != digest:
        raise DataError("the items are not those of the test split")


def check_items(samples: Sequence[Sample], task: str, rotation: int) -> None:
    """Refuse items whose question, options, language or gold are not those of their ids.

    An id is a hash of what makes an item (`mceval8k.item.item_id`), of the options in the order of
    the edition: rotated ones are turned back.
    """
    wrong = [sample.id for sample in samples if _recomputed(sample, task, rotation) != sample.id]
    if wrong:
        raise DataError(
            f"{len(wrong)} items have another question, language, options or gold than their ids "
            f"say, first {wrong[0]}"
        )


def _recomputed(sample: Sample, task: str, rotation: int) -> str:
    count = len(sample.options)
    if not 2 <= count <= MAX_OPTIONS or not 0 <= sample.gold < count:
        raise DataError(f"item {sample.id} has no option {sample.gold}")
    if len(sample.symbols) != count:
        raise DataError(f"item {sample.id} has {len(sample.symbols)} symbols of {count} options")
    parts = Parts(
        question=sample.question,
        options=tuple(rotate(sample.options, -rotation)),
        label=original_option(sample.gold, rotation, count),
        group=sample.group,
        lang=sample.lang,
    )
    return item_id(task, parts)


def check_verdicts(samples: Sequence[Sample], *, generated: bool) -> Bools:
    """Whether each item was answered rightly; refuse verdicts that do not follow from the answers.

    lm-eval answers with the first of the options of highest log-likelihood.
    """
    for sample in samples:
        if sample.verdict not in (0, 1):
            raise DataError(f"item {sample.id} has the verdict {sample.verdict}")
    is_correct = _by_replies(samples) if generated else _by_scores(samples)
    wrong = is_correct != np.array([sample.verdict == 1 for sample in samples])
    if wrong.any():
        first, count = samples[int(wrong.argmax())].id, int(wrong.sum())
        raise DataError(f"{count} verdicts do not follow from the answers, first that on {first}")
    return is_correct


def _by_scores(samples: Sequence[Sample]) -> Bools:
    for sample in samples:
        scores = sample.log_likelihoods
        if len(scores) != len(sample.options):
            raise DataError(
                f"item {sample.id} has {len(scores)} scores of {len(sample.options)} options"
            )
        if not all(map(math.isfinite, scores)):
            raise DataError(f"item {sample.id} has a score that is NaN or infinite")
    is_correct: Bools = score_table(samples).argmax(axis=1) == [sample.gold for sample in samples]
    return is_correct


def _by_replies(samples: Sequence[Sample]) -> Bools:
    return np.array(
        [
            read_reply(sample.reply, sample.symbols, sample.options) == sample.gold
            for sample in samples
        ]
    )


def check_accuracy(is_correct: Bools, scores: Mapping[str, Any]) -> None:
    """Refuse a reported accuracy that is not the mean over the items."""
    reported = next((scores[key] for key in scores if str(key).startswith(f"{METRIC},")), None)
    if isinstance(reported, bool) or not isinstance(reported, int | float):
        raise DataError("its accuracy is no number")
    recomputed = float(is_correct.mean())
    if not -1 <= reported <= 2:
        raise DataError("its accuracy is not between 0 and 1")
    if abs(reported - recomputed) > TOLERANCE:
        raise DataError(f"its accuracy is {reported:.6f}, but by its items {recomputed:.6f}")
