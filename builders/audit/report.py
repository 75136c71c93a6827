"""Tables of an audit for people: tasks by checks, a table for each kind of check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from builders.audit.checks import all_checks
from builders.audit.finding import KINDS, SEVERITIES, Check, Finding
from builders.audit.result import RATE, Audit, TaskAudit, Tests

TITLES = {
    "leak": "Leaks between splits",
    "row": "Faulty rows",
    "balance": "Balance",
    "shortcut": "Shortcuts",
}
LETTERS = {"error": "E", "warning": "W", "info": "i"}
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}
_NONE = "·"


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Finding of the worst severity, and among these the one with the largest share of rows."""
    return min(
        findings,
        key=lambda found: (SEVERITIES.index(found.severity), -found.count / (found.of or 1)),
        default=None,
    )


def cell(task: TaskAudit, check: Check) -> tuple[str, str]:
    """Severity (empty for none) and text of a cell: letter, count and share of the worst.

    Faulty rows are few or many, whatever their share: it is left out.
    """
    found = worst([each for each in task.findings if each.check == check.name])
    if found is None:
        return "", _NONE
    parts = [LETTERS[found.severity], f"{found.count:,}"]
    if check.kind != "row" and found.of:
        share = found.count / found.of
        parts.append(f"{share:.0%}" if share >= 0.005 else "<1%")
    return found.severity, "\N{NO-BREAK SPACE}".join(parts)


def tables(audit: Audit) -> Iterator[Table]:
    """One table for each kind of check: a row for each task, a column for each check."""
    for kind in KINDS:
        checks = [check for check in all_checks() if check.kind == kind]
        table = Table(title=TITLES[kind], title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        table.padding = (0, 1, 0, 0)
        table.add_column("task", no_wrap=True)
        for check in checks:
            heading = check.name.replace("-", "-\n")
            table.add_column(heading, justify="right", overflow="fold")
        for task in audit.tasks:
            cells = [cell(task, check) for check in checks]
            texts = (Text(text, _STYLES.get(severity, "dim")) for severity, text in cells)
            table.add_row(task.task, *texts)
        yield table


def verdict(audit: Audit) -> str:
    """Numbers of findings by severity, in one line."""
    found = Counter(each.severity for task in audit.tasks for each in task.findings)
    rows = sum(sum(task.counts.values()) for task in audit.tasks)
    numbers = ", ".join(f"{severity} {found[severity]:,}" for severity in SEVERITIES)
    return (
        f"tasks: {len(audit.tasks)}, rows: {rows:,}, findings: {numbers}; {of_tests(audit.tests)}"
    )


def of_tests(tests: Tests) -> str:
    """Tests of the whole audit, and what is claimed of them, in one phrase."""
    return (
        f"tests: {tests.done:,}, of which {tests.rejected:,} hold at a false discovery rate of "
        f"{RATE:.0%}"
    )


LEGEND = (
    "E error, W warning, i info; rows concerned (for a shortcut: answered right) and their share "
    "of the split or task, of the worst finding"
)
