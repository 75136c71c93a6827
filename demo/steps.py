"""Steps that are skipped when their result is there already."""

from __future__ import annotations

import hashlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mceval8k.files import write_text

_ROOT = Path(__file__).resolve().parents[1]
_PACKAGES = ("mceval8k", "builders", "harness", "neurgrad_eval", "demo")
_MARKS = ".done"


@dataclass(frozen=True)
class Step:
    """A command and what it leaves behind."""

    title: str
    command: str
    result: Path | None
    """File or folder that the command writes; a step without one always runs."""
    seconds: int
    """About how long it takes."""


def is_done(step: Step, folder: Path) -> bool:
    """Whether the step's result is there, made by this very command, code and data."""
    mark = _mark(step, folder)
    return (
        step.result is not None
        and step.result.exists()
        and mark.is_file()
        and mark.read_text(encoding="utf-8") == _key(step)
    )


def run(step: Step, folder: Path) -> int:
    """Run the step's command afresh; return its exit status."""
    mark = _mark(step, folder)
    mark.unlink(missing_ok=True)
    if step.result is not None and step.result.is_dir():
        shutil.rmtree(step.result)
    program, *words = shlex.split(step.command)
    executable = Path(sys.executable).parent / program
    status = subprocess.run([str(executable), *words], check=False).returncode  # noqa: S603
    if status == 0:
        write_text(mark, _key(step))
    return status


def _mark(step: Step, folder: Path) -> Path:
    name = hashlib.sha256(step.title.encode()).hexdigest()[:12]
    return folder / _MARKS / name


def _key(step: Step) -> str:
    return f"{step.command}\n{_fingerprint()}\n"


@cache
def _fingerprint() -> str:
    """SHA-256 over the project's code and embedded data."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(_ROOT)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for package in _PACKAGES:
        files = (path for path in (_ROOT / package).rglob("*") if path.is_file())
        yield from sorted(path for path in files if "__pycache__" not in path.parts)
