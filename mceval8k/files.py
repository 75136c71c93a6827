"""Files: written under a temporary name and then renamed, hashed as they lie on disk."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mceval8k.errors import DataError, MCEvalError, UsageError
from mceval8k.partial import partial, sweep

NO_ROOM = frozenset((errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO, errno.EROFS))
"""Disk full, file-size limit, quota, device failed, read-only: errors that often name no file."""


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def read_bytes(path: Path, most: int) -> bytes:
    """Content of a file of others.

    Raises
    ------
    DataError
        It cannot be read, is no regular file, or has more than `most` bytes; the message names it.
    """
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{path}: no regular file")
        if path.stat().st_size > most:
            raise DataError(f"{path}: larger than {most >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the body succeeds.

    After an exception, and after the process was killed, `path` is as it was before. A link is
    followed.

    Raises
    ------
    UsageError
        `path` is there, but no file.
    DataError
        There is no room for it, or it cannot be written for another reason.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file: name another")
    temporary = partial(path)
    with naming(path, temporary):
        path.parent.mkdir(parents=True, exist_ok=True)
        sweep(path.parent)
        try:
            temporary.touch()
            yield temporary
            temporary.chmod(0o666 & ~umask())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def naming(path: Path, temporary: Path) -> Iterator[None]:
    """Raise DataError that names `path` where what is to take its place cannot be written.

    Errors of anything else are let through; in ours, a file of the temporary one is named as that
    of the final place.
    """
    try:
        yield
    except MCEvalError as error:
        if str(temporary) not in str(error):
            raise
        raise type(error)(str(error).replace(str(temporary), str(path))) from error
    except Exception as error:
        number = _error_number(error)
        file = str(getattr(error, "filename", None) or "")
        if number in NO_ROOM or (number and file.startswith(str(temporary))):
            raise DataError(f"{path}: {os.strerror(number)}") from error
        raise


def _error_number(error: Exception) -> int:
    """Return the system's number of an error, also of one of a library in Rust; else 0."""
    if isinstance(error, OSError):
        return error.errno or 0
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else 0


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file in one step."""
    with writing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Write a text file (UTF-8, no newline translation) in one step."""
    write_bytes(path, text.encode())


def umask() -> int:
    """Permissions that new files do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
