"""What an edition must pass before it is published."""

from __future__ import annotations

from pathlib import Path

from builders.validation import validate
from mceval8k.editions import open_edition
from mceval8k.errors import DataError


def check_layout(folder: Path) -> None:
    """Refuse an edition that is not whole and consistent.

    Raises
    ------
    DataError
        `mceval8k validate` finds something; the first is named.
    """
    _refuse(folder, "validate", [str(each) for each in validate(folder).violations])


def check_quality(folder: Path) -> None:
    """Refuse an edition whose rows have defects.

    Raises
    ------
    DataError
        `mceval8k audit` finds an error; the first is named.
    """
    _refuse(folder, "audit", audit_errors(folder))


def audit_errors(folder: Path) -> list[str]:
    """Return what the audit calls an error in an edition, one line each."""
    from builders.audit.auditing import audit

    return [
        f"{task.task}: {' and '.join(found.splits)}: {found.check}: {found.message}"
        for task in audit(open_edition(folder)).tasks
        for found in task.findings
        if found.severity == "error"
    ]


def _refuse(folder: Path, command: str, found: list[str]) -> None:
    if found:
        more = f" (and {len(found) - 1:,} more)" if len(found) > 1 else ""
        raise DataError(f"{folder}: not published, `mceval8k {command}` fails: {found[0]}{more}")
