"""What may be passed on: decided by licence, and documented as decided."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders.publishing.redistribution import is_redistributable, withheld
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import Source

FREE = {  # of the released tasks
    "commonsenseqa",
    "fever",
    "halueval",
    "mnli",
    "mpostag",
    "paws",
    "stereoset",
    "toxicity",
}


def test_the_tasks_that_may_be_passed_on():
    released = {name: task for name, task in all_tasks().items() if task.released_folder}
    assert set(released) - set(withheld(released.values(), "full")) == FREE
    assert set(released) - set(withheld(released.values(), "clean")) == FREE
    assert withheld(all_tasks().values(), "samples") == {}


@pytest.mark.parametrize("licence", ["", "unknown", "CC-BY-NC-4.0", "MIT or so", "research only"])
def test_a_licence_that_is_not_known_to_be_free_is_not(licence):
    task = get_task("paws")
    assert not is_redistributable(replace(task, licence=licence), "full")
    source = Source(id="x/y", licence=licence)
    assert not is_redistributable(replace(task, sources=(*task.sources, source)), "full")


def test_the_documentation_lists_the_same():
    text = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.+) \| (yes|no) \|$", text, flags=re.MULTILINE)
    assert {name: (licence, free == "yes") for name, licence, free in rows} == {
        task.name: (task.licence, is_redistributable(task, "full")) for task in all_tasks().values()
    }
