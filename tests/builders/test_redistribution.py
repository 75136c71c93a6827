"""What may be passed on: decided by licence, and documented as decided."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from builders.publishing.redistribution import is_redistributable, withheld
from mceval8k.markdown_text import plain
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


@pytest.mark.parametrize(
    "licence", ["", "unknown", "none stated", "CC-BY-NC-4.0", "MIT or so", "research only"]
)
def test_a_licence_that_is_not_known_to_be_free_is_not(licence):
    task = get_task("paws")
    assert not is_redistributable(replace(task, licence=licence), "full")
    source = Source(id="x/y", licence=licence)
    assert not is_redistributable(replace(task, sources=(*task.sources, source)), "full")


def test_the_documentation_lists_the_same():
    text = (Path(__file__).parents[2] / "docs" / "publishing.md").read_text("utf-8")
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| (.+) \| (.*) \| (yes|no) \|$", text, flags=re.MULTILINE
    )
    assert {name: (licence, note, free == "yes") for name, licence, note, free in rows} == {
        task.name: (
            task.licence,
            plain(task.licence_note),
            is_redistributable(task, "full"),
        )
        for task in all_tasks().values()
    }


def test_where_no_licence_is_stated_it_is_said_who_was_asked_and_when():
    unstated = {task.name: task for task in all_tasks().values() if "none stated" in task.licence}
    assert set(unstated) >= {
        "chunking",
        "amazon-reviews",
        "imdb",
        "swag",
        "myriadlama",
        "templama",
        "lti",
    }
    for task in unstated.values():
        assert re.match(r"none (stated|known)\b.* 20\d\d-\d\d-\d\d", task.licence_note), task.name
        assert not is_redistributable(task, "full")
