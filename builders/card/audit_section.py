"""The part of an edition's card that says what the audit found."""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.auditing import Audit
from builders.audit.finding import SEVERITIES, Finding
from builders.audit.report import verdict
from builders.card.markdown import code, plain

_INTRO = """What `mceval8k audit` found when this edition was made: leaks between splits, faulty \
rows, imbalance, and rules that answer without reading the question. An error would keep an \
edition from being published; a warning is a limit to know of. The whole report, with notes on \
what is in order but worth knowing, is `audit.json`."""


def audit_section(found: Audit) -> str:
    """Section of the card: the verdict, and a row for each error and warning."""
    shown = [(task.task, each) for task in found.tasks for each in _serious(task.findings)]
    parts = [f"## Audit\n\n{_INTRO}", f"In numbers: {plain(verdict(found))}."]
    if shown:
        lines = ["| task | severity | check | splits | finding |", "|---|---|---|---|---|"]
        lines += [_row(task, each) for task, each in shown]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _serious(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    for severity in SEVERITIES[:2]:
        yield from (each for each in findings if each.severity == severity)


def _row(task: str, found: Finding) -> str:
    cells = (
        code(task),
        found.severity,
        code(found.check),
        ", ".join(found.splits),
        plain(found.message),
    )
    return f"| {' | '.join(cells)} |"
