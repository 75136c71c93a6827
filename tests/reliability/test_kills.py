"""A command that is killed before any change that it makes to files loses and leaves nothing.

Whatever the moment: what was there before is there still, or what was to be written is; the same
command then runs to its end, its bytes are those of an undisturbed run, and no temporary file is
left. By default some moments of each command are tried, with MCEVAL8K_CRASH_POINTS=all every one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mceval8k.folders import files_in
from tests.reliability.conftest import Commands

SOME = 5
Words = Callable[[Path], list[str]]


def tree(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def points(changes: int) -> list[int]:
    """Changes before which the command is killed."""
    if os.environ.get("MCEVAL8K_CRASH_POINTS") == "all" or changes <= SOME:
        return list(range(1, changes + 1))
    return sorted({1 + round(i * (changes - 1) / (SOME - 1)) for i in range(SOME)})


def check(commands: Commands, tmp_path: Path, words: list[str], before: Path | None = None) -> int:
    """Kill `words`, which write to `tmp_path/run/out`, at one point after the other.

    Parameters
    ----------
    before
        What is at its place at the beginning; nothing if None.

    Returns
    -------
    int
        Changes of the undisturbed run.
    """
    run, out = tmp_path / "run", tmp_path / "run" / "out"

    def begin() -> dict[str, bytes]:
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        if before is not None:
            shutil.copytree(before, out)
        return tree(run)

    old = begin()
    status, changes = commands.run(words, run)
    assert status == 0, commands.said
    whole = tree(run)
    for kill in points(changes):
        begin()
        status, _ = commands.run(words, run, kill)
        assert status == -9, f"change {kill} of {changes}: {commands.said}"
        if before is not None and out.exists():
            assert tree(out) in (strip(old), strip(whole)), f"change {kill} of {changes}"
        status, _ = commands.run(words, run)
        assert status == 0, f"change {kill} of {changes}: {commands.said}"
        found = tree(run)
        assert list(found) == list(whole), f"change {kill} of {changes}"
        assert found == whole, f"change {kill} of {changes}"
    return changes


def strip(found: dict[str, bytes]) -> dict[str, bytes]:
    """Files of `run/out` by their names in it."""
    return {name.removeprefix("out/"): content for name, content in found.items()}


@pytest.fixture
def small(tmp_path: Path) -> list[str]:
    """Words that build a small edition into `run/out`."""
    options = ["--tasks", "agnews,paws", "--processes", "1"]
    return ["mceval8k", "build", *options, "--out", str(tmp_path / "run" / "out")]


def test_an_edition_is_built(commands: Commands, tmp_path: Path, small: list[str]) -> None:
    assert check(commands, tmp_path, small) > 5


def test_an_edition_is_replaced(commands: Commands, tmp_path: Path, small: list[str]) -> None:
    old = tmp_path / "old"
    words = [*small[:3], "agnews", *small[4:-1], str(old)]
    assert commands.run(words, tmp_path)[0] == 0, commands.said
    assert check(commands, tmp_path, small, before=old) > 5


def test_an_edition_is_repaired(commands: Commands, tmp_path: Path, probing_edition: Path) -> None:
    out = str(tmp_path / "run" / "out")
    words = ["mceval8k", "repair", str(probing_edition), "--processes", "1", "--out", out]
    assert check(commands, tmp_path, words) > 5


def test_a_report_is_written(
    commands: Commands, tmp_path: Path, probing_edition: Path, tiny_folder: Path
) -> None:
    found = tmp_path / "found"
    model = ["--model", str(tiny_folder), "--edition", str(probing_edition), "--task", "agnews"]
    words = ["neurgrad", "rank", *model, "--train-size", "16", "--num-fewshot", "0"]
    assert commands.run([*words, "--out", str(found)], tmp_path)[0] == 0, commands.said
    report = ["neurgrad", "report", str(found), "--out", str(tmp_path / "run" / "out")]
    assert check(commands, tmp_path, report) > 1


@pytest.mark.parametrize("name", ["collect", "rank", "probe"])
def test_a_run_of_a_task_is_resumed(
    commands: Commands, tmp_path: Path, probing_edition: Path, tiny_folder: Path, name: str
) -> None:
    sizes = {
        "collect": ["--train-size", "70", "--test-size", "8", "--validation-size", "0"],
        "rank": ["--train-size", "16"],
        "probe": ["--train-size", "16", "--test-size", "8", "--validation-size", "0"],
    }
    if name == "collect":
        sizes[name][1] = "40"
    model = ["--model", str(tiny_folder), "--edition", str(probing_edition), "--task", "agnews"]
    words = ["neurgrad", name, *model, *sizes[name], "--num-fewshot", "0"]
    if name == "probe":
        words += ["--probes", "magnitude", "--neurons", "8", "--null-draws", "9"]
    words += ["--out", str(tmp_path / "run" / "out")]
    assert check(commands, tmp_path, words) > 5


def test_a_sweep_is_resumed(commands: Commands, tmp_path: Path, tiny_folder: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    lines = [f'{{"prompt": "Which is it? {word}:", "answer": " A"}}' for word in ("x", "yy", "z")]
    prompts.write_text("\n".join(lines) + "\n")
    words = ["neurgrad", "sweep", "--model", str(tiny_folder), "--prompts", str(prompts)]
    words += ["--neurons", "4", "--out", str(tmp_path / "run" / "out")]
    assert check(commands, tmp_path, words) > 5
