"""The audit as a page: one HTML file without scripts, for readers who have never seen the data.

All text of the data goes through Jinja's automatic escaping.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import jinja2

from builders.audit.checks import all_checks
from builders.audit.finding import KINDS, SEVERITIES
from builders.audit.report import TITLES, cell, verdict
from builders.audit.result import Audit
from mceval8k.files import write_text
from mceval8k.registry import get_task
from mceval8k.task import Task
from mceval8k.version import __version__

_TEMPLATE = "page.html"


def page(audit: Audit, own: Sequence[Task] = ()) -> str:
    """HTML of the audit: a summary, then the findings of each task with examples.

    `own` are the tasks that the edition brings along.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    checks = all_checks()
    return environment.get_template(_TEMPLATE).render(
        audit=audit,
        checks=checks,
        kinds=[(TITLES[kind], [c for c in checks if c.kind == kind]) for kind in KINDS],
        cell=cell,
        verdict=verdict(audit),
        summaries={task.task: get_task(task.task, own).summary for task in audit.tasks},
        severities=SEVERITIES,
        version=__version__,
    )


def write_page(path: Path, audit: Audit, own: Sequence[Task] = ()) -> None:
    """Write the page in one step."""
    write_text(path, page(audit, own))
