"""Writing files: all or nothing, and what a killed process left is swept."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mceval8k.errors import DataError, UsageError
from mceval8k.files import write_text, writing
from mceval8k.partial import is_partial


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), writing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    write_text(tmp_path / "there" / "file", "old")
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_text() == "new"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "pipe", tmp_path / "folder", Path(os.devnull)):
        with pytest.raises(UsageError, match="is no file"):
            write_text(path, "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "pipe"]


def killed_while_writing(path: Path) -> str:
    """Name of what a process that is killed in the middle leaves."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom mceval8k.files import writing\n"
        "with writing(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", code, path], check=False)
    (left,) = (found.name for found in path.parent.iterdir() if is_partial(found.name))
    return left


def test_what_a_killed_process_left_is_swept(tmp_path: Path) -> None:
    left = killed_while_writing(tmp_path / "file")
    mine = tmp_path / f".file.{left.split('.')[2].split('-')[0]}-{os.getppid()}-01234567.partial"
    other = tmp_path / ".file.ffffff-1-01234567.partial"  # of another machine
    for path in (mine, other, tmp_path / ".hidden"):
        path.touch()
    write_text(tmp_path / "next", "x")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"next", mine.name, other.name, ".hidden"}


class RustError(Exception):
    """Error of a library that has no number but in its text."""


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "a temporary file of a library"),
        RustError("Error while serializing: I/O error: No space left (os error 28)"),
    ],
)
def test_a_full_disk_is_named_by_the_file_that_was_to_be_written(
    tmp_path: Path, error: Exception
) -> None:
    path = tmp_path / "a.txt"
    with pytest.raises(DataError, match=f"^{path}: No space left on device$"), writing(path):
        raise error
    assert list(tmp_path.iterdir()) == []


def test_other_errors_of_a_body_are_let_through(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for error in (FileNotFoundError(errno.ENOENT, "none", "input"), ValueError("(os error x)")):
        with pytest.raises(type(error)) as raised, writing(path):
            raise error
        assert raised.value is error
    with pytest.raises(DataError, match=f"^{path}: Permission denied$"), writing(path) as temporary:
        raise PermissionError(errno.EACCES, "denied", str(temporary))
    with pytest.raises(UsageError, match=f"^{path}/x is wrong$"), writing(path) as temporary:
        raise UsageError(f"{temporary}/x is wrong")
