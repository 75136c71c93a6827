"""One task of a result file, reduced to what the board needs: a bit per item, and sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.leaderboard.checks import (
    check_accuracy,
    check_split,
    check_verdicts,
    check_version,
    number_in,
    text_in,
)
from harness.leaderboard.records import Example, TaskResult
from harness.leaderboard.reliability import probabilities, reliability
from harness.leaderboard.samples import Sample, read_samples, score_table
from harness.samples.counts import Count
from mceval8k.errors import DataError
from mceval8k.registry import get_task

EXAMPLES = 3
"""Items of each task that are shown."""
LONGEST_TEXT = 600
"""Characters of a shown question; of an option, a third."""


def condense(
    config: Mapping[str, Any], scores: Mapping[str, Any], shots: Any, path: Path
) -> TaskResult:
    """Check one task's result against its samples, and keep what the board needs.

    Parameters
    ----------
    config, scores, shots
        Entry of the task in `configs`, `results` and `n-shot`.
    path
        Its samples.

    Raises
    ------
    DataError
        Something about the result is not what it must be; the message says what, for people.
    UsageError
        There is no such task.
    """
    task = get_task(str(config.get("dataset_name")))
    metadata = config.get("metadata")
    if not isinstance(metadata, Mapping):
        raise DataError("no metadata on edition and pack")
    check_version(metadata)
    is_generated = config.get("output_type") == "generate_until"
    samples = read_samples(path, generated=is_generated)
    check_split(samples, metadata)
    is_correct = check_verdicts(samples, generated=is_generated)
    check_accuracy(is_correct, scores)
    shares = None if is_generated else probabilities(score_table(samples))
    golds = np.array([sample.gold for sample in samples])
    return TaskResult(
        task=task.name,
        edition=text_in(metadata, "edition_digest"),
        pack=Path(str(metadata.get("pack") or "default")).stem,
        pack_digest=text_in(metadata, "pack_digest"),
        num_fewshot=number_in({"n-shot": shots}, "n-shot"),
        seed=number_in(metadata, "demonstration_seed", 0),
        rotation=number_in(metadata, "rotation", 0),
        scoring="generated" if is_generated else "likelihood",
        ids_digest=text_in(metadata, "test_ids_digest"),
        n=len(samples),
        bits=np.packbits(is_correct).tobytes(),
        chance=sum(1 / len(sample.options) for sample in samples) / len(samples),
        languages=_by_language(samples, is_correct),
        reliability=None if shares is None else reliability(shares, golds, is_correct),
        examples=_examples(samples, is_correct, shares),
    )


def _by_language(samples: Sequence[Sample], is_correct: npt.NDArray[np.bool_]) -> dict[str, Count]:
    right: dict[str, list[bool]] = {}
    for sample, is_right in zip(samples, is_correct.tolist(), strict=True):
        right.setdefault(sample.lang, []).append(is_right)
    return {lang: Count(sum(right[lang]), len(right[lang])) for lang in sorted(right)}


def _examples(
    samples: Sequence[Sample],
    is_correct: npt.NDArray[np.bool_],
    shares: npt.NDArray[np.float64] | None,
) -> tuple[Example, ...]:
    return tuple(
        Example(
            id=sample.id,
            lang=sample.lang,
            question=_shortened(sample.question, LONGEST_TEXT),
            options=tuple(_shortened(option, LONGEST_TEXT // 3) for option in sample.options),
            gold=sample.gold,
            probabilities=()
            if shares is None
            else tuple(round(float(share), 4) for share in shares[index, : len(sample.options)]),
            is_correct=bool(is_correct[index]),
        )
        for index, sample in enumerate(samples[:EXAMPLES])
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
