"""Which tasks' text may be passed on by anybody to anybody.

The decision is made from the licence in a task's record, and only licences that are listed here
pass: one that is unknown, new, for research only or for non-commercial use does not. It is a
reading of the licences that upstream states, not legal advice; `docs/publishing.md` lists what it
comes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mceval8k.task import Task

FREE_LICENCES = (
    "Apache-2.0",
    "CC-BY-3.0",
    "CC-BY-4.0",
    "CC-BY-SA-3.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "MIT",
    "MultiNLI: OANC, CC-BY-3.0 and CC-BY-SA-3.0, by portion",
    "PAWS: free use with attribution",
)
"""Licences, as the records name them, that let anybody pass the text on for any purpose."""

OWN_EDITIONS = ("samples",)
"""Editions whose text was written for this project, whatever the upstream's licence."""


def is_redistributable(task: Task, edition: str) -> bool:
    """Whether an edition's rows of a task may be passed on."""
    licences = {task.licence, *(source.licence for source in task.sources)}
    return edition in OWN_EDITIONS or licences <= set(FREE_LICENCES)


def withheld(tasks: Iterable[Task], edition: str) -> Mapping[str, str]:
    """Tasks whose rows may not be passed on, each with its licence."""
    return {task.name: task.licence for task in tasks if not is_redistributable(task, edition)}
