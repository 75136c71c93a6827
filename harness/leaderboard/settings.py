"""Which settings the results of a board were made with, named so that equal names mean equal.

Two packs of one name may differ: somebody edited a file, or a version of this package did. The name
of a pack that comes with this package stands for the digest that it has here; that of another pack
for the digest that most results have under it. A run in which any task has another one is shown
under the name with a digest of its own.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from harness.leaderboard.records import Run, Setting, TaskResult
from mceval8k.errors import MCEvalError
from mceval8k.prompts.pack import embedded_packs, load_pack
from mceval8k.task import Task

DIGITS = 12
"""Of a digest that is shown."""

References = Mapping[tuple[str, str, str], str]
"""Digest that a pack's name stands for, by pack, task and scoring."""


def references(results: Iterable[TaskResult], tasks: Mapping[str, Task]) -> References:
    """What each pack's name stands for, for each task and scoring.

    Parameters
    ----------
    results
        All results.
    tasks
        Tasks by name; the digests of others' packs are not known.
    """
    counted: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for result in results:
        counted[_key(result)][result.pack_digest] += 1
    return {key: _own(*key, tasks) or most_frequent(each) for key, each in counted.items()}


def _key(result: TaskResult) -> tuple[str, str, str]:
    return result.pack, result.task, result.scoring


def _own(pack: str, name: str, scoring: str, tasks: Mapping[str, Task]) -> str:
    """Digest that a pack of this package has; empty for others."""
    if pack not in embedded_packs() or name not in tasks:
        return ""
    try:
        return load_pack(pack).digest(tasks[name], generation=scoring == "generated")
    except MCEvalError:
        return ""  # the pack is not for this task


def most_frequent(counted: Counter[str]) -> str:
    """Most frequent text; of several, the first in their order."""
    return min(counted, key=lambda text: (-counted[text], text), default="")


def settings(run: Run, known: References) -> Mapping[tuple[str, int, str, str], Setting]:
    """Settings of a run's results, by what `part` gives of them."""
    parts: dict[tuple[str, int, str, str], list[TaskResult]] = defaultdict(list)
    for result in run.results:
        parts[part(result)].append(result)
    return {key: _setting(run, results, known) for key, results in parts.items()}


def part(result: TaskResult) -> tuple[str, int, str, str]:
    """What results of one run and setting share."""
    return result.pack, result.rotation, result.scoring, result.generation


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
        is_multiturn=run.is_multiturn and shots != "0",
        system=run.system[:DIGITS],
        generation=first.generation,
    )


def _pack_label(results: Sequence[TaskResult], known: References) -> str:
    name = results[0].pack
    if all(known[_key(result)] == result.pack_digest for result in results):
        return name
    listed = "".join(f"{result.task} {result.pack_digest}\n" for result in results)
    return f"{name}@{hashlib.sha256(listed.encode()).hexdigest()[:DIGITS]}"


def shots_label(results: Sequence[TaskResult]) -> str:
    """Demonstrations per item: a number, `balanced`, or the numbers that there are."""
    numbers = {result.num_fewshot for result in results}
    if len(numbers) == 1:
        return str(numbers.pop())
    if all(each.n_options == each.num_fewshot for each in results):
        return "balanced"
    return "mixed " + ",".join(map(str, sorted(numbers)))
