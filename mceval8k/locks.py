"""One writer at a time: locks on folders, which end with their process, however that ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mceval8k.errors import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


@contextmanager
def locked(folder: Path, name: Path | None = None) -> Iterator[None]:
    """Hold a folder; nothing is written for it. Where the system has no locks, nothing is held.

    Parameters
    ----------
    folder
        A folder that is there.
    name
        What it is called in the error; its own name if None.

    Raises
    ------
    UsageError
        Another process holds it.
    """
    held = os.open(folder, os.O_RDONLY) if fcntl is not None else None
    try:
        if held is not None and not _take(held):
            raise written_by_another(name or folder)
        yield
    finally:
        if held is not None:
            os.close(held)


def is_locked(folder: Path) -> bool:
    """Whether a process holds a folder."""
    try:
        with locked(folder):
            return False
    except UsageError:
        return True
    except OSError:  # it is gone
        return False


def written_by_another(path: Path) -> UsageError:
    """Error of a second writer."""
    return UsageError(f"{path} is being written by another process: wait for it, or name another")


def _take(held: int) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems have no locks
        return True
    return True
