"""Pages beside the README: the licence of each task, and what was done in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mceval8k.markdown_text import code, code_block, link, plain
from mceval8k.registry import all_tasks
from mceval8k.task import Item, Task

NOTES = "TASKS.md"
"""File of the tasks' notes."""

TASKS = "## Tasks"

_OWN = """The rows of this edition were written for the project and have its licence, Apache-2.0. \
The table names the licences that the upstream data of each task has, for editions built from it."""
_UPSTREAM = """Each task has the licence of its upstream data; there is none for the whole. \
Whoever passes rows on must keep to it and name upstream."""

_OWN_NOTES = """The notes say how an edition is built from upstream data, and cite it. The rows of \
this edition went the same way, but were written for the project: nothing in them is upstream's."""


@dataclass(frozen=True)
class Entry:
    """What the documents of an edition say about a task."""

    task: Task
    """The task."""
    counts: Mapping[str, int]
    """Rows by split."""
    section: str
    """Its section in the README: what it is, in numbers."""
    notes: str = ""
    """Its section in the notes: what was done with it, and how to cite it."""
    example: Item | None = None
    """An item of it, from the test split."""


def licences_page(tasks: Sequence[Task], *, own: bool) -> str:
    """Licences by task."""
    lines = ["| task | upstream | licence | who states it |", "|---|---|---|---|"]
    lines += [_licence(each) for each in tasks]
    return "\n\n".join(["# Licences", _OWN if own else _UPSTREAM, "\n".join(lines)]) + "\n"


def _licence(task: Task) -> str:
    cells = (code(task.name), links(task), plain(task.licence), plain(task.licence_note))
    return f"| {' | '.join(cells)} |"


def notes_page(entries: Sequence[Entry], *, own: bool) -> str:
    """Notes on each task: how it is made, what differs from the released edition, what to cite."""
    sections = [f"### {each.task.name}\n\n{each.notes}" for each in entries if each.notes]
    lead = [_OWN_NOTES] if own else []
    return "\n\n".join(["# How the tasks are made", *lead, TASKS, *sections]) + "\n"


def task_notes(task: Task, notes: str) -> str:
    """Notes of a task from those of its builder, which are Markdown, and its record."""
    return "\n\n".join(
        [notes.strip(), f"Upstream: {links(task)}", code_block(task.citation, "bibtex")]
    )


def links(task: Task) -> str:
    """Upstream data sets of a task."""
    found = dict.fromkeys((source.id, source.url) for source in task.sources)
    return ", ".join(link(name, url) for name, url in found)


def read_sections(text: str) -> dict[str, str]:
    """Sections of the tasks in a README or in the notes, by task."""
    names = "|".join(map(re.escape, all_tasks()))
    _, _, tasks = text.partition(f"\n{TASKS}\n")
    tasks, _, _ = tasks.partition(f"\n{EXAMPLES}\n")
    _, *parts = re.split(rf"^### ({names})$", tasks, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


EXAMPLES = "## Examples"
_LONGEST = 240  # characters of an example's texts


def examples(entries: Sequence[Entry]) -> Iterator[str]:
    """An item of each task, as a list: the question, and the options with the right one marked."""
    for each in entries:
        if each.example is not None:
            yield _example(each.task, each.example)


def _example(task: Task, item: Item) -> str:
    options = " · ".join(
        f"**{_shown(text)}**" if place == item["label"] else _shown(text)
        for place, text in enumerate(item["options"])
    )
    return f"- {code(task.name)}: {_shown(item['question'])}  \n  {options}"


def _shown(text: str) -> str:
    return plain(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
