"""The audit of an edition: every check on every task, in one or more processes.

1. The checks look at each task's rows, and count defects or test something.
2. Texts that two tasks have in common are looked for.
3. The p values of all tests of the audit are adjusted (Benjamini and Hochberg): what is reported of
   tests has a false discovery rate of 1 % at most. Counted defects are no tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from builders.audit.checks import all_checks
from builders.audit.checks.shortcut import strongest
from builders.audit.crossing import Texts, crossings, texts
from builders.audit.finding import Finding, Tested
from builders.audit.result import RATE, Audit, TaskAudit, Tests
from builders.audit.rows import read_rows
from builders.processes import in_order
from mceval8k.editions import Edition, open_edition
from mceval8k.editions.shortcuts import Shortcut
from mceval8k.errors import UsageError
from mceval8k.registry import resolve
from mceval8k.statistics import benjamini_hochberg


@dataclass(frozen=True)
class Checked:
    """What the checks say about a task, before the tests of all tasks are seen together."""

    task: str
    """Name of the task."""
    counts: Mapping[str, int]
    """Rows by split."""
    results: tuple[Finding | Tested, ...]
    """Defects and tests, in the order of the checks."""
    shortcut: Shortcut | None
    """Strongest shortcut."""
    texts: Texts
    """Digests of its texts."""


def audit(
    edition: Edition,
    tasks: str = "all",
    *,
    processes: int = 1,
    tell: Callable[[Checked], object] = id,
) -> Audit:
    """Run all checks on tasks of an edition; the result does not depend on `processes`.

    Parameters
    ----------
    edition
        An edition in either layout.
    tasks
        Tasks or genres, comma-separated, or `all` that the edition has.
    processes
        How many share the tasks.
    tell
        Called after each task, in order.

    Raises
    ------
    UsageError
        A name is unknown, or a task that is named itself is not in the edition.
    DataError
        A file is damaged, or holds a row that is no item.
    """
    names = tasks_of(edition, tasks)
    done = []
    work = partial(check_task, edition.path)
    for each in in_order(work, names, processes, title="audit"):
        tell(each)
        done.append(each)
    return concluded(edition.name, done)


def check_task(path: Path, name: str) -> Checked:
    """Run all checks on a task of the edition in a folder."""
    rows = read_rows(open_edition(path), name)
    results = tuple(found for check in all_checks() for found in check.find(rows))
    shortcut = strongest(rows)
    return Checked(
        name,
        rows.counts,
        results,
        None if shortcut is None else Shortcut.from_json(shortcut.to_json()),
        texts(rows),
    )


def concluded(edition: str, checked: Sequence[Checked]) -> Audit:
    """Put the tasks together: common texts, and which tests hold in view of all."""
    tested = [found for task in checked for found in task.results if isinstance(found, Tested)]
    adjusted = benjamini_hochberg([each.p_value for each in tested])
    findings = iter([_finding(*each) for each in zip(tested, adjusted.tolist(), strict=True)])
    crossed = defaultdict(list)
    for task, finding in crossings([each.texts for each in checked]):
        crossed[task].append(finding)
    audits = []
    for one in checked:
        found = [next(findings) if isinstance(each, Tested) else each for each in one.results]
        kept = [each for each in (*found, *crossed[one.task]) if each is not None]
        audits.append(TaskAudit(one.task, one.counts, _ordered(kept), one.shortcut))
    return Audit(edition, tuple(audits), Tests(len(tested), int((adjusted < RATE).sum())))


def _finding(tested: Tested, adjusted: float) -> Finding | None:
    if tested.finding is None or adjusted >= RATE:
        return None
    return replace(tested.finding, p_value=tested.p_value, adjusted=adjusted)


def _ordered(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of the checks."""
    places = {check.name: place for place, check in enumerate(all_checks())}
    return tuple(sorted(findings, key=lambda found: places[found.check]))


def tasks_of(edition: Edition, names: str) -> Sequence[str]:
    """Tasks of an edition that a comma-separated list names.

    Raises
    ------
    UsageError
        A name is unknown, or nothing of it is in the edition.
    """
    words = {word.strip() for word in names.split(",")}
    wanted = [task.name for task in resolve(names, edition.own_tasks)]
    missing = [name for name in wanted if name not in edition.tasks]
    chosen = [name for name in wanted if name in edition.tasks]
    if absent := [name for name in missing if name in words]:
        raise UsageError(f"edition {edition.name} has no task {absent[0]!r}")
    if not chosen:
        raise UsageError(f"edition {edition.name} has none of the tasks {names!r}")
    return chosen
