"""What must hold of a result before it may stand beside others."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.leaderboard.samples import METRIC, Sample, score_table
from harness.samples.replies import read_reply
from harness.tasks.generate import TASK_VERSION
from mceval8k.errors import DataError

TOLERANCE = 1e-9
"""Between an accuracy and the mean of its items."""

Bools = npt.NDArray[np.bool_]


def check_version(metadata: Mapping[str, Any]) -> None:
    """Refuse results of another version of the tasks.

    Raises
    ------
    DataError
        As do all checks here: the result does not pass, and the message says why.
    """
    version = metadata.get("version")
    if version != TASK_VERSION:
        raise DataError(f"made with version {version} of the task; this is {TASK_VERSION}")


def check_split(samples: Sequence[Sample], metadata: Mapping[str, Any]) -> None:
    """Refuse anything but all items of the test split, in their order."""
    wanted = number_in(metadata, "test_items")
    if len(samples) != wanted:
        raise DataError(f"{len(samples)} of the {wanted} items of the test split")
    if not samples:
        raise DataError("no items")
    text = "".join(f"{sample.id}\n" for sample in samples)
    if hashlib.sha256(text.encode()).hexdigest() != text_in(metadata, "test_ids_digest"):
        raise DataError("the items are not those of the test split")


def check_verdicts(samples: Sequence[Sample], *, generated: bool) -> Bools:
    """Whether each item was answered rightly; refuse verdicts that do not follow from the answers.

    lm-eval answers with the first of the options of highest log-likelihood.
    """
    for sample in samples:
        if not 0 <= sample.gold < len(sample.options) or len(sample.options) < 2:
            raise DataError(f"item {sample.id} has no option {sample.gold}")
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
    reported = next((scores[key] for key in scores if key.startswith(f"{METRIC},")), None)
    if not isinstance(reported, int | float) or not math.isfinite(reported):
        raise DataError(f"its accuracy is {reported}")
    recomputed = float(is_correct.mean())
    if abs(reported - recomputed) > TOLERANCE:
        raise DataError(f"its accuracy is {reported:.6f}, but by its items {recomputed:.6f}")


def text_in(metadata: Mapping[str, Any], name: str) -> str:
    """Text that metadata must have under a name."""
    value = metadata.get(name)
    if not isinstance(value, str) or not value:
        raise DataError(f"its metadata has no {name}")
    return value


def number_in(metadata: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """Whole number that metadata must have under a name, or may lack if there is a default."""
    value = metadata.get(name)
    value = default if value is None else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DataError(f"its {name} is {value!r}")
    return value
