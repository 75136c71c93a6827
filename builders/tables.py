"""Tables for people, and the same facts for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from builders.build import Built
from builders.making.task import Report
from builders.validation import Validation
from mceval8k.editions import SPLITS


def build_table(reports: Sequence[Report]) -> Table:
    """Table of what was built: rows by split, and how many upstream rows or parts fell out."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("task", no_wrap=True)
    for name in (*SPLITS, "requested", "read", "dropped"):
        table.add_column(name, justify="right", no_wrap=True)
    for report in reports:
        requested = "all" if report.requested is None else f"{report.requested:,}"
        table.add_row(
            report.task.name,
            *(f"{report.counts[name]:,}" for name in SPLITS),
            Text(requested, style="yellow" if report.is_smaller else ""),
            f"{report.read:,}",
            f"{sum(report.dropped.values()):,}",
        )
    return table


def build_json(built: Built, skipped: Mapping[str, str]) -> dict[str, Any]:
    """What was built, for machines."""
    return {
        "edition": built.manifest.edition,
        "out": str(built.folder),
        "digest": built.digest,
        "version": built.manifest.version,
        "seed": built.manifest.seed,
        "sources": dict(built.manifest.sources),
        "tasks": {report.task.name: _report_json(report) for report in built.reports},
        "skipped": dict(skipped),
    }


def _report_json(report: Report) -> dict[str, Any]:
    return {
        "splits": dict(report.counts),
        "requested": report.requested,
        "read": report.read,
        "sound": report.sound,
        "dropped": dict(report.dropped),
        "joined": report.joined,
    }


def validation_json(path: str, found: Validation) -> dict[str, Any]:
    """What validation found, for machines."""
    return {
        "path": path,
        "ok": found.ok,
        "tasks": list(found.tasks),
        "rows": found.rows,
        "violations": [
            {"file": each.file, "row": each.row, "message": each.message}
            for each in found.violations
        ],
    }
