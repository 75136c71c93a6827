"""A server that runs commands and kills them, and what the commands read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.neurgrad_eval.conftest import probing_edition, tiny, tiny_folder
from tests.reliability.server import Request
from tests.reliability.writers import Inputs, contents, make_inputs

__all__ = ["probing_edition", "tiny", "tiny_folder"]

ROOT = Path(__file__).parents[2]
SECONDS = 120
"""What nothing here may take."""
Refused = Callable[..., str]


@dataclass(frozen=True)
class Done:
    """What an undisturbed run of a command did."""

    root: Path
    """Folder that it wrote to, as `out`."""
    copies: Path
    """Holds a copy of `root` from before each change, by number."""
    changes: int
    files: Mapping[str, bytes]
    """What is left in `root`."""


Whole = Callable[[str], Done]


@dataclass
class Commands:
    """Runs commands in forks of one process; see `tests.reliability.server`."""

    server: subprocess.Popen[str]
    log: Path

    def run(
        self,
        words: list[str],
        root: Path,
        **how: Any,
    ) -> tuple[int, int]:
        """Exit status (negative: of a signal), and how many changes were made below `root`.

        `how` are further fields of a `Request`.
        """
        request = Request(words, str(root), str(self.log), SECONDS, **how)
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(request.to_line())
        self.server.stdin.flush()
        answer: Any = json.loads(self.server.stdout.readline())
        return answer["status"], answer["changes"]

    @property
    def said(self) -> str:
        """What the last command printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """The server, started once."""
    with serve(tmp_path_factory.mktemp("commands")) as found:
        yield found


@contextmanager
def serve(
    folder: Path, cwd: Path = ROOT, *, everything: bool = True, **environment: str
) -> Iterator[Commands]:
    """Start a server with a cache in `folder`, which imports everything at once or as it comes."""
    usual = {
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "MCEVAL8K_CACHE": str(folder / "cache"),
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.server", *(["all"] if everything else [])],
        cwd=cwd,
        env={**os.environ, **usual, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield Commands(server, folder / "log")
        assert server.stdin
        server.stdin.close()


@pytest.fixture
def refused(commands: Commands, tmp_path: Path) -> Refused:
    """Run a command that must fail well; returns what it said."""

    def run(*words: object, **how: Any) -> str:
        out = tmp_path / "out"
        status, _ = commands.run([str(word) for word in words], tmp_path, **how)
        said = commands.said
        assert "Traceback" not in said, said
        assert status in (1, 2), said
        errors = [line for line in said.splitlines() if line.startswith("error: ")]
        # `validate` lists what is wrong; Typer has a box for options.
        other = words[1] == "validate" or "Usage:" in said or "Error" in said
        assert len(errors) == 1 or other, said
        assert not out.exists()
        return said

    return run


@pytest.fixture(scope="session")
def sound(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sound edition."""
    folder = tmp_path_factory.mktemp("sound") / "edition"
    words = ["mceval8k", "build", "--tasks", "agnews", "--processes", "1", "--out", str(folder)]
    assert commands.run(words, folder.parent)[0] == 0, commands.said
    return folder


@pytest.fixture
def edition(sound: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(sound, tmp_path / "edition"))


@pytest.fixture(scope="session")
def ranked(
    commands: Commands, sound: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("ranked") / "run"
    asked = ["--model", str(tiny_folder), "--edition", str(sound), "--task", "agnews"]
    words = ["neurgrad", "rank", *asked, "--train-size", "8", "--num-fewshot", "0"]
    assert commands.run([*words, "--out", str(folder)], folder.parent)[0] == 0, commands.said
    return folder


@pytest.fixture(scope="session")
def inputs(
    commands: Commands, sound: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Inputs:
    """What the commands that write read."""

    def run(words: list[str], root: Path) -> None:
        assert commands.run(words, root)[0] == 0, commands.said

    return make_inputs(tmp_path_factory.mktemp("inputs"), tiny_folder, sound, run)


@pytest.fixture(scope="session")
def whole(commands: Commands, inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Function that gives what a command does that is let run to its end."""

    @cache
    def run(name: str) -> Done:
        folder = tmp_path_factory.mktemp(name)
        root, copies = folder / "run", folder / "copies"
        root.mkdir()
        words = inputs.words(name, root / "out")
        status, changes = commands.run(words, root, copies=str(copies))
        assert status == 0, commands.said
        return Done(root, copies, changes, contents(root))

    return run
