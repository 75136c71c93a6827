"""Files: written under a temporary name and then renamed, hashed as they lie on disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mceval8k.errors import UsageError


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the body succeeds.

    After an exception `path` is as it was before.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, no newline translation) in one step."""
    with writing(path) as temporary:
        temporary.write_bytes(text.encode())


@contextmanager
def writing_folder(path: Path, *, replaceable: str) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; put it in the place of `path` if the body succeeds.

    Parameters
    ----------
    path
        The folder to write. One that exists is replaced only if it is empty or holds a file called
        `replaceable`, the sign that an earlier run of the same command wrote it.
    replaceable
        Name of that file.

    Raises
    ------
    UsageError
        `path` is a file, or a folder that holds something else.
    """
    if path.is_file() or (path.is_dir() and _is_foreign(path, replaceable)):
        raise UsageError(f"{path} exists and is no earlier result of this command: name another")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_umask())
        _swap(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _is_foreign(path: Path, replaceable: str) -> bool:
    return any(path.iterdir()) and not (path / replaceable).is_file()


def _swap(new: Path, path: Path) -> None:
    if not path.exists():
        new.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    try:
        path.rename(old / path.name)
        try:
            new.rename(path)
        except OSError:
            (old / path.name).rename(path)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
