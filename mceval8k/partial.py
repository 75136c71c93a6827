"""Temporary names beside what is being written, which tell whose they are.

What a killed process leaves is swept by the next one that writes there: a name holds the process,
and the machine, that it belongs to. Nothing reads such names as results (`is_partial`).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import socket
from functools import cache
from pathlib import Path

_NAME = re.compile(
    r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{6})-(?P<process>\d+)-[0-9a-f]{8}\.(?P<kind>partial|old)"
)
_LONGEST = 120
_own: set[str] = set()


def partial(path: Path) -> Path:
    """Name beside `path` for what will take its place."""
    return _named(path, "partial")


def moved_aside(path: Path) -> Path:
    """Name beside `path` for what it was, while it is replaced."""
    return _named(path, "old")


def partials(path: Path) -> list[Path]:
    """Everything beside `path` that was made to take its place, by whatever process."""
    named = ((each, _NAME.fullmatch(each.name)) for each in path.parent.iterdir())
    name = _shortened(path.name)
    return [each for each, found in named if found and found["name"] in (name, path.name)]


def is_partial(name: str) -> bool:
    """Whether a file's name is that of something unfinished."""
    return _NAME.fullmatch(name) is not None


def sweep(folder: Path) -> None:
    """Remove what processes that are gone have left in a folder.

    Where one was killed between moving a folder aside and putting the new one in its place, the
    old one comes back.
    """
    if not folder.is_dir():
        return
    for path in list(folder.iterdir()):
        found = _NAME.fullmatch(path.name)
        if found is None or not _is_gone(path.name, found["host"], int(found["process"])):
            continue
        target = folder / found["name"]
        if found["kind"] == "old" and not os.path.lexists(target):
            path.rename(target)
        else:
            remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _named(path: Path, kind: str) -> Path:
    short = _shortened(path.name) if kind == "partial" else path.name
    name = f".{short}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}.{kind}"
    _own.add(name)
    return path.with_name(name)


def _shortened(name: str) -> str:
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: _LONGEST // 3]}-{digest}"


def _is_gone(name: str, host: str, process: int) -> bool:
    if name in _own or host != _host():
        return False
    if process == os.getpid():  # an earlier process of the same number, as in containers
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


@cache
def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:6]
