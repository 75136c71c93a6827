"""Which settings the results of a board were made with, named so that equal names mean equal.

Two packs of one name may differ: somebody edited a file, or a version of this package did. The
digest that most results of a pack's name have is what the name stands for; a run in which any task
has another one is shown under the name with a digest of its own.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from harness.leaderboard.records import Run, Setting, TaskResult
from mceval8k.registry import all_tasks

DIGITS = 8
"""Of a digest that is shown."""

References = Mapping[tuple[str, str], str]
"""Digest that a pack's name stands for, by pack and task."""


def references(results: Iterable[TaskResult]) -> References:
    """Most frequent digest of each pack and task; of several, the first in their order."""
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for result in results:
        counted[result.pack, result.task][result.pack_digest] += 1
    return {key: most_frequent(digests) for key, digests in counted.items()}


def most_frequent(counted: Counter[str]) -> str:
    """Most frequent text; of several, the first in their order."""
    return min(counted, key=lambda text: (-counted[text], text), default="")


def settings(run: Run, known: References) -> Mapping[tuple[str, int, str], Setting]:
    """Settings of a run's results, by pack, rotation and scoring."""
    parts: dict[tuple[str, int, str], list[TaskResult]] = defaultdict(list)
    for result in run.results:
        parts[part(result)].append(result)
    return {key: _setting(run, results, known) for key, results in parts.items()}


def part(result: TaskResult) -> tuple[str, int, str]:
    """What results of one run share that are asked in one way."""
    return result.pack, result.rotation, result.scoring


def _setting(run: Run, results: Sequence[TaskResult], known: References) -> Setting:
    first = results[0]
    shots = "balanced" if run.shots == "balanced" else shots_label(results)
    return Setting(
        pack=_pack_label(results, known),
        shots=shots,
        scoring=first.scoring,
        seed=0 if shots == "0" else first.seed,
        rotation=first.rotation,
        chat=run.chat[:DIGITS],
        system=run.system[:DIGITS],
    )


def _pack_label(results: Sequence[TaskResult], known: References) -> str:
    name = results[0].pack
    if all(known[result.pack, result.task] == result.pack_digest for result in results):
        return name
    listed = "".join(f"{result.task} {result.pack_digest}\n" for result in results)
    return f"{name}@{hashlib.sha256(listed.encode()).hexdigest()[:DIGITS]}"


def shots_label(results: Sequence[TaskResult]) -> str:
    """Demonstrations per item: a number, `balanced`, or the numbers that there are."""
    numbers = {result.num_fewshot for result in results}
    if len(numbers) == 1:
        return str(numbers.pop())
    if all(all_tasks()[each.task].n_options == each.num_fewshot for each in results):
        return "balanced"
    return "mixed " + ",".join(map(str, sorted(numbers)))
