"""A server that runs commands and kills them, and what the commands read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.neurgrad_eval.conftest import probing_edition, tiny, tiny_folder

__all__ = ["probing_edition", "tiny", "tiny_folder"]

ROOT = Path(__file__).parents[2]
SECONDS = 120
"""What nothing here may take."""


@dataclass
class Commands:
    """Runs commands in forks of one process; see `tests.reliability.server`."""

    server: subprocess.Popen[str]
    log: Path

    def run(self, words: list[str], root: Path, kill: int = 0) -> tuple[int, int]:
        """Exit status (negative: of a signal), and how many changes were made below `root`."""
        request = {
            "words": words,
            "root": str(root),
            "kill": kill,
            "log": str(self.log),
            "seconds": SECONDS,
        }
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(json.dumps(request) + "\n")
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
    folder = tmp_path_factory.mktemp("commands")
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "MCEVAL8K_CACHE": str(folder / "cache"),
        "PYTHONHASHSEED": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.reliability.server"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield Commands(server, folder / "log")
        assert server.stdin
        server.stdin.close()
