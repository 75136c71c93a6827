"""A command that is killed before any change that it makes to files loses and leaves nothing.

Whatever the moment: what was there before is there still, or what was to be written is; the same
command then runs to its end, its bytes are those of an undisturbed run, and no temporary file is
left. By default some moments of each command are tried, with MCEVAL8K_CRASH_POINTS=all every one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.reliability.conftest import Commands, Whole
from tests.reliability.writers import NAMES, Inputs, contents

SOME = 3
NEVER_REPLACED = ("tasks", "eval", "export")
"""Commands that refuse a folder with a whole result, also of their own."""


def points(changes: int) -> list[int]:
    """Changes before which the command is killed."""
    if os.environ.get("MCEVAL8K_CRASH_POINTS") == "all" or changes <= SOME:
        return list(range(1, changes + 1))
    return sorted({1 + round(i * (changes - 1) / (SOME - 1)) for i in range(SOME)})


def check(
    commands: Commands,
    run: Path,
    words: list[str],
    whole: tuple[int, Mapping[str, bytes]],
    before: Path | None = None,
    *,
    replaces: bool = True,
) -> None:
    """Kill `words`, which write to `run/out`, at one point after the other.

    Parameters
    ----------
    whole
        Changes and files of the undisturbed run.
    before
        What is at its place at the beginning; nothing if None.
    replaces
        Whether the command replaces its own whole result.
    """
    changes, result = whole
    allowed = [result]
    for kill in points(changes):
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        if before is not None:
            shutil.copytree(before, run / "out")
            allowed = [result, contents(run)]
        at = f"change {kill} of {changes}"
        status, _ = commands.run(words, run, kill)
        assert status == -9, f"{at}: {commands.said}"
        if before is not None:
            left = {k: v for k, v in contents(run).items() if not k.startswith(".")}
            assert left in allowed, at
        status, _ = commands.run(words, run)
        assert status == 0 or (status == 2 and not replaces), f"{at}: {commands.said}"
        found = contents(run)
        assert list(found) == list(result), at
        assert [name for name in found if found[name] != result[name]] == [], at


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_is_killed(
    commands: Commands,
    inputs: Inputs,
    whole: Whole,
    tmp_path: Path,
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    run = tmp_path / "run"
    record_property("changes", whole(name)[0])
    words = inputs.words(name, run / "out")
    check(commands, run, words, whole(name), replaces=name not in NEVER_REPLACED)


@pytest.mark.parametrize("name", ["build", "board"])
def test_a_command_that_replaces_is_killed(
    commands: Commands,
    inputs: Inputs,
    tmp_path: Path,
    name: str,
    record_property: Callable[[str, object], None],
) -> None:
    """At every moment the old folder or the new one is there."""
    run, old = tmp_path / "run", tmp_path / "old"
    words = inputs.words(name, run / "out")
    less = [*words[:-1], str(old)]
    if name == "build":
        less[less.index("agnews,paws")] = "agnews"
    else:
        less[less.index("agnews")] = "all"
    status, _ = commands.run(less, tmp_path)
    assert status == 0, commands.said
    run.mkdir()
    shutil.copytree(old, run / "out")
    status, changes = commands.run(words, run)
    assert status == 0, commands.said
    record_property("changes", changes)
    check(commands, run, words, (changes, contents(run)), before=old)
