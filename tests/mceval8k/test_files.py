"""Writing: all or nothing, and never over something that is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from mceval8k.errors import UsageError
from mceval8k.files import write_text, writing, writing_folder


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), writing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with writing_folder(target, replaceable="mark") as folder:
        (folder / "mark").write_text("1")
    with pytest.raises(RuntimeError), writing_folder(target, replaceable="mark") as folder:
        (folder / "mark").write_text("2")
        raise RuntimeError
    assert (target / "mark").read_text() == "1"
    assert list(tmp_path.iterdir()) == [target]


def test_an_earlier_result_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for name in ("first", "second"):
        with writing_folder(target, replaceable="mark") as folder:
            (folder / "mark").touch()
            (folder / name).touch()
    assert sorted(path.name for path in target.iterdir()) == ["mark", "second"]


def test_foreign_folders_and_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    for path in (tmp_path, tmp_path / "thesis.tex"):
        with pytest.raises(UsageError, match="name another"), writing_folder(path, replaceable="m"):
            pass
    assert (tmp_path / "thesis.tex").exists()
