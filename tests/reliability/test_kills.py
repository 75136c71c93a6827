"""A command that is killed before any change that it makes to files loses and leaves nothing.

Whatever the moment: what was there before is there still, or what was to be written is; the same
command then runs to its end, its bytes are those of an undisturbed run, and no temporary file is
left. What a kill leaves is copied before each change of one run (`tests.reliability.server`); a
few kills are real. By default some moments of each command are tried, with
MCEVAL8K_CRASH_POINTS=all every one; moments that leave the same files are one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.reliability.conftest import Commands, Whole
from tests.reliability.writers import NAMES, Inputs, contents, state

SOME = 3
NEVER_REPLACED = ("tasks", "eval", "export")
"""Commands that refuse a folder with a whole result, also of their own."""
Files = Mapping[str, bytes]
Record = Callable[[str, object], None]


def distinct(copies: Path) -> dict[int, Path]:
    """Numbers of changes, and what was there before them; changes that found the same are one."""
    found: dict[Files, tuple[int, Path]] = {}
    for number in sorted(int(path.name) for path in copies.iterdir()):
        folder = copies / str(number)
        found.setdefault(frozenset(state(folder).items()), (number, folder))
    return dict(found.values())


def tried(moments: dict[int, Path]) -> dict[int, Path]:
    """Moments at which the command is killed."""
    if os.environ.get("MCEVAL8K_CRASH_POINTS") == "all" or len(moments) <= SOME:
        return moments
    numbers = list(moments)
    chosen = {round(i * (len(numbers) - 1) / (SOME - 1)) for i in range(SOME)}
    return {numbers[i]: moments[numbers[i]] for i in sorted(chosen)}


def check(
    commands: Commands,
    run: Path,
    words: list[str],
    result: Files,
    moments: dict[int, Path],
    **how: bool,
) -> None:
    """Run `words`, which write to `run/out`, on what kills at several moments have left.

    Parameters
    ----------
    result
        Files of the undisturbed run.
    **how
        `replaces`: whether the command replaces its own whole result.
    """
    for number, left in moments.items():
        at = f"killed before change {number}"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(left, run, symlinks=True)
        status, _ = commands.run(words, run)
        assert status == 0 or (status == 2 and not how["replaces"]), f"{at}: {commands.said}"
        found = contents(run)
        assert list(found) == list(result), at
        assert [name for name in found if found[name] != result[name]] == [], at


@pytest.mark.parametrize("name", NAMES)
def test_a_command_that_is_killed(
    commands: Commands, inputs: Inputs, whole: Whole, name: str, record_property: Record
) -> None:
    done = whole(name)
    moments = distinct(done.copies)
    record_property("changes", done.changes)
    record_property("distinct", len(moments))
    words = inputs.words(name, done.root / "out")
    check(
        commands, done.root, words, done.files, tried(moments), replaces=name not in NEVER_REPLACED
    )


@pytest.mark.parametrize("name", ["build", "board"])
def test_a_command_that_replaces_is_killed(
    commands: Commands, inputs: Inputs, tmp_path: Path, name: str, record_property: Record
) -> None:
    """At every moment the old folder or the new one is there."""
    run, copies = tmp_path / "run", tmp_path / "copies"
    words = inputs.words(name, run / "out")
    less = list(words)
    if name == "build":
        less[less.index("agnews,paws")] = "agnews"
    else:
        less[less.index("agnews")] = "all"
    run.mkdir()
    assert commands.run(less, run)[0] == 0, commands.said
    old = contents(run)
    status, changes = commands.run(words, run, copies=str(copies))
    assert status == 0, commands.said
    result, moments = contents(run), distinct(copies)
    record_property("changes", changes)
    record_property("distinct", len(moments))
    for number, left in moments.items():
        there = {k: v for k, v in contents(left).items() if not k.startswith(".")}
        assert there in (old, result), f"killed before change {number}"
    check(commands, run, words, result, tried(moments), replaces=True)


@pytest.mark.parametrize("name", ["build", "board", "rank"])
def test_a_real_kill_leaves_what_was_copied(
    commands: Commands, inputs: Inputs, whole: Whole, tmp_path: Path, name: str
) -> None:
    done = whole(name)
    shutil.rmtree(done.root)
    done.root.mkdir()
    kill = done.changes - 1
    words = inputs.words(name, done.root / "out")
    assert commands.run(words, done.root, kill=kill) == (-9, kill), commands.said
    assert state(done.root) == state(done.copies / str(kill))
