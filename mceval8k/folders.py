"""Folders: written beside their place and exchanged for what is there, which is never a stranger's.

At every moment, also if the process is killed, the old folder or the new one is in its place; where
the system cannot exchange two folders in one step, the next process that writes there puts the old
one back (`mceval8k.partial`).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from mceval8k.errors import DataError, UsageError
from mceval8k.files import naming, umask
from mceval8k.json_text import read_json
from mceval8k.locks import is_locked, locked, written_by_another
from mceval8k.partial import is_partial, moved_aside, partial, partials, remove, sweep

_HERE, _EXCHANGE = -100, 2


@contextmanager
def writing_folder(path: Path, *, replaceable: str | None) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; put it in the place of `path` if the body succeeds.

    A link is followed.

    Parameters
    ----------
    path
        The folder to write. One that exists is replaced only if it is empty, or if an earlier run
        of the same command wrote every file in it.
    replaceable
        Name of the JSON file that says so: the keys or members of its `files` are the paths of all
        files beside itself. None: only an empty folder is replaced.

    Raises
    ------
    UsageError
        `path` is no folder, holds something else, or is being written by another process.
    DataError
        There is no room for it, or it cannot be written for another reason.
    """
    path = Path(os.path.realpath(path))
    temporary = partial(path)
    with naming(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        check_replaceable(path, replaceable)
        try:
            temporary.mkdir()
            with locked(temporary):
                if any(is_locked(other) for other in partials(path) if other != temporary):
                    raise written_by_another(path)
                yield temporary
                temporary.chmod(0o777 & ~umask())
                check_replaceable(path, replaceable)  # it may have taken hours
                _put(temporary, path)
        finally:
            remove(temporary)


def check_replaceable(path: Path, mark: str | None) -> None:
    """Raise UsageError for what `writing_folder` does not replace."""
    if not os.path.lexists(path):
        return
    if not path.is_dir():
        raise UsageError(f"{path} is no folder: name another")
    present = [name for name in files_in(path) if not is_partial(Path(name).name)]
    if not present:
        return
    if mark is None or mark not in present:
        raise UsageError(f"{path} exists and is no earlier result of this command: name another")
    known = {mark, *_listed(path / mark)}
    for name in present:
        if name not in known:
            raise UsageError(
                f"{path / name} is not of the earlier result: the folder is not replaced"
            )


def files_in(folder: Path) -> list[str]:
    """Paths of all files below a folder, relative to it and with slashes, in order."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _listed(mark: Path) -> Collection[str]:
    try:
        files: Any = read_json(mark).get("files")
    except DataError as error:
        raise UsageError(f"{error}: the folder is not replaced") from None
    names = list(files) if isinstance(files, (dict, list)) else []
    return [name for name in names if isinstance(name, str)]


def _put(new: Path, path: Path) -> None:
    """Put a folder in its place; what was there is removed."""
    if not path.exists():
        new.rename(path)
    elif not exchange(new, path):
        old = moved_aside(path)
        path.rename(old)
        try:
            new.rename(path)
        except OSError:
            old.rename(path)
            raise
        remove(old)


def exchange(one: Path, other: Path) -> bool:
    """Exchange the names of two folders in one step; False where the system cannot."""
    rename = _renameat2()
    return rename is not None and rename(os.fsencode(one), os.fsencode(other)) == 0


@cache
def _renameat2() -> Callable[[bytes, bytes], int] | None:
    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):  # not Linux, or an old one
        return None
    call.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    return lambda one, other: int(call(_HERE, one, _HERE, other, _EXCHANGE))
