"""The README of an edition of somebody's own data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from builders.audit.result import Audit
from builders.card.audit_section import audit_section
from builders.card.card import Entry
from builders.card.header import header_text
from builders.card.texts import COLUMNS, LOADING
from mceval8k.editions import SPLITS
from mceval8k.markdown_text import code, code_block, link, plain
from mceval8k.task import Task
from mceval8k.version import __version__

if TYPE_CHECKING:
    from builders.own.importing import Imported

_MADE = """Whole groups go to train, validation or test, about 6:1:1 unless the rows say where, \
and near-duplicate questions go together. Training rows are ordered so that the first ones are \
balanced demonstrations. Every choice is made by hashing the seed and the row: the same data and \
seed give the same bytes."""


def own_card(
    edition: str,  # noqa: ARG001
    seed: int,
    entries: Sequence[Entry],
    *,
    version: str = __version__,
    left_out: Sequence[Task] = (),  # noqa: ARG001
    audit: Audit | None = None,
) -> str:
    """README of an edition, with the header; called like `builders.card.card.card`."""
    tasks = [each.task for each in entries]
    rows = sum(sum(each.counts.values()) for each in entries)
    title = ", ".join(task.name for task in tasks)
    parts = [
        f"# {plain(title)}",
        "Multiple-choice questions in the form of MCEval8k, imported by `mceval8k import`.",
        *(f"## {code(each.task.name)}\n\n{each.section}" for each in entries),
        f"## Loading\n\n{LOADING.replace('TASK', tasks[0].name)}",
        f"## Columns\n\n{COLUMNS}",
        f"## How it was made\n\n{_MADE}",
        f"Imported by `mceval8k` {plain(version)} with seed {seed}.",
        *([audit_section(audit)] if audit else []),
    ]
    return header_text(tasks, rows, title=title) + "\n" + "\n\n".join(parts) + "\n"


def section(made: Imported) -> str:
    """What the card says about the task."""
    return "\n\n".join(_section(made))


def _section(made: Imported) -> Iterator[str]:
    task = made.task
    (source,) = task.sources
    yield f"{plain(task.summary)}. Licence: {plain(task.licence) or 'none stated'}."
    yield f"Source: {link(source.id, source.url)}. Languages: {' '.join(task.languages)}."
    counts = ", ".join(f"{made.counts[name]:,} {name}" for name in SPLITS)
    left_out = f" {len(made.bad):,} bad rows were left out." if made.bad else ""
    yield f"Rows read: {made.read:,}; in this edition: {counts}.{left_out}"
    if task.citation:
        yield code_block(task.citation, "bibtex")
