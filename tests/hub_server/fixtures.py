"""A local Hub in one process, and a client of it in another."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

SERVER = Path(__file__).parent
NUMBERS = count()


def environment(address: str, home: Path, **more: str) -> dict[str, str]:
    """Environment of a process that knows the local Hub alone."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    settings = {
        "HF_ENDPOINT": address,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "MCEVAL8K_HUB_TIMEOUT": "3",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "COLUMNS": "200",
    }
    return {**kept, **settings, **more}


@dataclass
class LocalHub:
    """The server, and a process that runs commands against it."""

    address: str
    home: Path
    client: subprocess.Popen[str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def name(self) -> str:
        """Name of a repository that no test has used."""
        return f"lab/set-{next(NUMBERS)}"

    def ask(self, **line: Any) -> dict[str, Any]:
        assert self.client.stdin is not None
        assert self.client.stdout is not None
        self.client.stdin.write(json.dumps(line) + "\n")
        self.client.stdin.flush()
        answer: dict[str, Any] = json.loads(self.client.stdout.readline())
        return answer

    def run(self, *words: object, token: str | None = "hf_writer") -> dict[str, Any]:
        """Run a command of `mceval8k`."""
        env = {"HF_TOKEN": token} if token else {}
        return self.ask(command=[str(word) for word in words], env=env)

    def load(self, task: str, edition: object, revision: str | None = None) -> dict[str, Any]:
        """Load a task, with the package and with plain `datasets`."""
        return self.ask(load=[task, str(edition), revision])

    def control(self, **wanted: Any) -> None:
        data = json.dumps(wanted).encode()
        request = urllib.request.Request(f"{self.address}/_control", data=data, method="POST")
        urllib.request.urlopen(request).read()

    def plant(self, name: str, branches: Mapping[str, Mapping[str, bytes]]) -> dict[str, str]:
        """Put a commit on branches of a repository; return its refs."""
        encoded = {
            ref: {path: base64.b64encode(data).decode() for path, data in files.items()}
            for ref, files in branches.items()
        }
        self.control(plant={name: encoded})
        refs: dict[str, str] = self.repository(name)["refs"]
        return refs

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}/_state") as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def repository(self, name: str) -> dict[str, Any]:
        """What the server has of a repository; nothing for one that is not there."""
        found: dict[str, Any] = self.state()["repositories"].get(name, {})
        return found

    def head(self, name: str) -> dict[str, str]:
        """SHA-256 by path on the main branch."""
        found = self.repository(name)
        files: dict[str, str] = found["files"][found["refs"]["refs/heads/main"]]
        return files

    def separate(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run Python in a process of its own."""
        settings = environment(self.address, self.home, **env)
        return subprocess.run(
            [sys.executable, *command], env=settings, capture_output=True, text=True, check=False
        )


def _started(script: Path, env: Mapping[str, str] | None) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, str(script)], stdin=pipe, stdout=pipe, env=env, text=True
    )


@pytest.fixture(scope="session")
def local_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalHub]:
    home = tmp_path_factory.mktemp("hf_home")
    server = _started(SERVER / "__main__.py", None)
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    client = _started(SERVER / "client.py", environment(address, home))
    yield LocalHub(address, home, client)
    for process in (client, server):
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=10)


@pytest.fixture
def hub(local_hub: LocalHub) -> Iterator[LocalHub]:
    yield local_hub
    local_hub.control(faults={})
