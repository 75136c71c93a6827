"""The part of an edition's card that says what the audit found."""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.finding import Severity
from builders.audit.report import verdict
from builders.audit.result import Audit, TaskAudit
from mceval8k.markdown_text import code, plain

_INTRO = """What `mceval8k audit` found when this edition was made. An error would keep it from \
being published; a warning is a limit to know of. The strongest shortcut is the best of the \
baselines that do not read a question whole, such as a classifier of the options alone: what it \
gets right is no credit to a model. The whole report is `audit.json`."""


def audit_section(found: Audit) -> str:
    """Section of the card: the verdict, and a row for each task with something to know."""
    lines = ["| task | errors | warnings | strongest shortcut |", "|---|---|---|---|"]
    lines += [_row(task) for task in found.tasks if _is_notable(task)]
    table = ["\n".join(lines)] if len(lines) > 2 else []
    return "\n\n".join([f"## Audit\n\n{_INTRO}", f"In numbers: {plain(verdict(found))}.", *table])


def _is_notable(task: TaskAudit) -> bool:
    return task.shortcut is not None or any(each.severity != "info" for each in task.findings)


def _row(task: TaskAudit) -> str:
    shortcut = plain(str(task.shortcut).replace("`", "")) if task.shortcut else ""
    cells = (code(task.task), _checks(task, "error"), _checks(task, "warning"), shortcut)
    return f"| {' | '.join(cells)} |"


def _checks(task: TaskAudit, severity: Severity) -> str:
    return ", ".join(dict.fromkeys(_names(task, severity)))


def _names(task: TaskAudit, severity: Severity) -> Iterator[str]:
    yield from (code(each.check) for each in task.findings if each.severity == severity)
