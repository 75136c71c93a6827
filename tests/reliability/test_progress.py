"""Long work shows its pace on a terminal, and nothing of it elsewhere; stdout is for results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reliability.conftest import ROOT, SECONDS, Commands
from tests.reliability.writers import Inputs

BAR = ("it/s", "━", "0:00:0")
"""Signs of the bars of tqdm and Rich."""


@pytest.mark.parametrize("name", ["build", "eval", "rank", "board"])
def test_no_bar_without_a_terminal(
    commands: Commands, inputs: Inputs, tmp_path: Path, name: str
) -> None:
    words = inputs.words(name, tmp_path / "run" / "out")
    assert commands.run(words, tmp_path)[0] == 0
    assert not [sign for sign in BAR if sign in commands.said]
    said = commands.said
    assert commands.run([*words[:-1], str(tmp_path / "run" / "two"), "--quiet"], tmp_path)[0] == 0
    assert len(commands.said) < len(said)
    assert str(tmp_path) not in commands.said.replace(str(inputs.model), "")
    assert commands.said.strip()  # the result


def test_quiet_keeps_errors_and_json(commands: Commands, inputs: Inputs, tmp_path: Path) -> None:
    assert commands.run(["mceval8k", "--quiet", "show", "nosuch"], tmp_path)[0] == 2
    assert commands.said.startswith("error: ")
    words = ["mceval8k", "audit", str(inputs.edition), "--processes", "1", "--json", "--quiet"]
    assert commands.run(words, tmp_path)[0] == 0
    assert json.loads(commands.said)["tasks"]


def test_verbose_shows_where_a_library_failed(commands: Commands, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "none such"}')
    for more, shown in ([], False), (["--verbose"], True):
        assert commands.run(["neurgrad", "describe", str(tmp_path), *more], tmp_path)[0] == 2
        *before, line = commands.said.strip().splitlines()
        assert line.startswith(f"error: model {tmp_path}: ")
        assert ("Traceback (most recent call last):" in before) is shown


def test_quiet_and_verbose_exclude_each_other(commands: Commands, tmp_path: Path) -> None:
    for words in (["neurgrad", "describe", "x", "--quiet", "--verbose"],
                  ["mceval8k", "--verbose", "tasks", "--quiet"]):  # fmt: skip
        assert commands.run(words, tmp_path)[0] == 2
        assert "--quiet and --verbose exclude each other" in commands.said


@pytest.mark.parametrize("more", [[], ["--quiet"]])
def test_a_terminal_shows_how_far_it_is(inputs: Inputs, more: list[str]) -> None:
    here, terminal = os.openpty()
    words = ["audit", str(inputs.edition), "--processes", "1", "--json", *more]
    with subprocess.Popen(
        [sys.executable, "-m", "mceval8k", *words],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        text=True,
    ) as process:
        os.close(terminal)
        seen = b""
        try:
            while found := os.read(here, 1 << 16):
                seen += found
        except OSError:  # the other end is closed
            pass
        assert process.stdout
        assert json.loads(process.stdout.read())["tasks"]
        assert process.wait(SECONDS) == 0
    os.close(here)
    assert ("━" in seen.decode()) is not bool(more)
    assert bool(seen) is not bool(more)
