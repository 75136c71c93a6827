"""One task of a result file, reduced to what the board needs: answers as arrays, and sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.leaderboard.checks import check_accuracy, check_items, check_split, check_verdicts
from harness.leaderboard.generation import generation_label
from harness.leaderboard.records import Example, TaskResult
from harness.leaderboard.result_schema import TaskConfig
from harness.metrics.reliability import probabilities, reliability
from harness.samples.counts import Count
from harness.samples.sample import Sample, read_samples, score_table
from mceval8k.errors import DataError

EXAMPLES = 20
"""Items of each task that are shown."""
LONGEST_TEXT = 600
"""Characters of a shown question; of an option, a third."""


def condense(
    config: TaskConfig, scores: Mapping[str, Any], shots: int, path: Path, *, seed: int | None
) -> TaskResult:
    """Check one task's result against its samples, and keep what the board needs.

    Parameters
    ----------
    config, scores, shots
        Entry of the task in `configs`, `results` and `n-shot`.
    path
        Its samples.
    seed
        Of what is drawn when replies are generated.

    Raises
    ------
    DataError
        Something about the result is not what it must be; the message says what, for people.
    """
    metadata = config.metadata
    is_generated = config.output_type == "generate_until"
    rotation = metadata.rotation or 0
    samples = read_samples(path, generated=is_generated)
    check_split(samples, items=metadata.test_items, digest=metadata.test_ids_digest)
    check_items(samples, config.dataset_name, rotation)
    is_correct = check_verdicts(samples, generated=is_generated)
    check_accuracy(is_correct, scores)
    shares = None if is_generated else probabilities(score_table(samples))
    golds = np.array([sample.gold for sample in samples])
    return TaskResult(
        task=config.dataset_name,
        edition=metadata.edition_digest,
        pack=_pack_name(metadata.pack),
        pack_digest=metadata.pack_digest,
        num_fewshot=shots,
        n_options=max(len(sample.options) for sample in samples),
        seed=metadata.demonstration_seed or 0,
        rotation=rotation,
        scoring="generated" if is_generated else "likelihood",
        generation=generation_label(config.generation_kwargs, seed) if is_generated else "",
        ids_digest=metadata.test_ids_digest,
        n=len(samples),
        bits=np.packbits(is_correct).tobytes(),
        group_numbers=numbered([sample.group for sample in samples]).tobytes(),
        shares=b"" if shares is None else shares.astype("<f2").tobytes(),
        chance=sum(1 / len(sample.options) for sample in samples) / len(samples),
        languages=_by_language(samples, is_correct),
        reliability=None if shares is None else reliability(shares, golds, is_correct),
        examples=tuple(map(_example, samples[:EXAMPLES])),
    )


def _pack_name(given: str | None) -> str:
    """Name of a pack, of whose path only the file's name counts: its digest tells which it is."""
    name = Path((given or "default").replace("\\", "/")).stem
    if not name:
        raise DataError(f"its pack is {given!r}")
    return name


def numbered(groups: Iterable[str]) -> npt.NDArray[np.uint32]:
    """Numbers [item] of groups, from 0 as they come."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype="<u4")


def _by_language(samples: Sequence[Sample], is_correct: npt.NDArray[np.bool_]) -> dict[str, Count]:
    right: dict[str, list[bool]] = {}
    for sample, is_right in zip(samples, is_correct.tolist(), strict=True):
        right.setdefault(sample.lang, []).append(is_right)
    return {lang: Count(sum(right[lang]), len(right[lang])) for lang in sorted(right)}


def _example(sample: Sample) -> Example:
    return Example(
        id=sample.id,
        lang=sample.lang,
        question=_shortened(sample.question, LONGEST_TEXT),
        options=tuple(_shortened(option, LONGEST_TEXT // 3) for option in sample.options),
        gold=sample.gold,
    )


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
