"""Writing folders: old or new, never over something that is not ours."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from mceval8k import folders
from mceval8k.errors import UsageError
from mceval8k.folders import files_in, writing_folder

MARK = "mark.json"


def write(target: Path, *names: str) -> None:
    with writing_folder(target, replaceable=MARK) as folder:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
        (folder / MARK).write_text(json.dumps({"files": dict.fromkeys(names, "digest")}))


@pytest.fixture(params=["exchange", "rename"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A system that exchanges folders in one step, and one that does not."""
    if request.param == "rename":
        monkeypatch.setattr(folders, "_renameat2", lambda: None)
    elif folders._renameat2() is None:
        pytest.skip("this system does not exchange folders")
    return str(request.param)


def test_an_earlier_result_is_replaced_whole(tmp_path: Path, system: str) -> None:
    target = tmp_path / "out"
    write(target, "first", "in/first")
    write(target, "second")
    assert files_in(target) == [MARK, "second"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path, system: str) -> None:
    target = tmp_path / "out"
    write(target, "first")
    with pytest.raises(RuntimeError), writing_folder(target, replaceable=MARK) as folder:
        (folder / "second").touch()
        raise RuntimeError
    assert files_in(target) == ["first", MARK]
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "there", "first")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write(tmp_path / "link", "second")
    assert (tmp_path / "link").is_symlink()
    assert files_in(tmp_path / "there") == [MARK, "second"]


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"thesis.tex": ""}, "no earlier result"),
        ({MARK: "{}", "thesis.tex": ""}, "thesis.tex is not of the earlier result"),
        ({MARK: '{"files": {"a": ""}}', "a": "", "in/thesis.tex": ""}, "in/thesis.tex is not"),
        ({MARK: "[]"}, "not an object"),
        ({MARK: '{"files": 3}', "a": ""}, "a is not of"),
        ({MARK: "[" * 100_000, "a": ""}, "nested too deeply"),
    ],
)
def test_what_is_not_ours_stays(tmp_path: Path, found: dict[str, str], message: str) -> None:
    for name, text in found.items():
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text(text)
    before = files_in(tmp_path)
    with pytest.raises(UsageError, match=message):
        write(tmp_path / "out", "new")
    assert files_in(tmp_path) == before


def test_what_came_while_writing_stays(tmp_path: Path) -> None:
    target = tmp_path / "out"
    write(target, "first")
    with (
        pytest.raises(UsageError, match=r"late\.txt is not of"),
        writing_folder(target, replaceable=MARK),
    ):
        (target / "late.txt").touch()
    assert files_in(target) == ["first", "late.txt", MARK]


def test_files_pipes_and_devices_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "file", tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(UsageError, match="is no folder"):
            write(path, "new")


@pytest.mark.parametrize("moment", ["before", "between", "after"])
def test_the_old_or_the_new_folder_is_there_after_a_kill(
    tmp_path: Path, system: str, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    write(target, "first")
    if (process := os.fork()) == 0:
        _kill_at(moment, system)
        write(target, "second")
        os._exit(0)
    os.waitpid(process, 0)
    write(tmp_path / "beside", "x")  # whatever is written there next sweeps
    expected = "second" if moment == "after" else "first"
    assert files_in(target) == sorted([MARK, expected])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["beside", "out"]


def _kill_at(moment: str, system: str) -> None:
    """Kill this process around the exchange, or between the two renames where there is none."""

    def kill(*_: object) -> bool:
        os.kill(os.getpid(), signal.SIGKILL)
        return False

    if moment == "before":
        folders.exchange = kill
    elif moment == "after" or system == "exchange":
        if moment == "after":
            folders.remove = kill
        else:
            folders._put = kill
    else:
        folders.moved_aside = _then_kill(folders.moved_aside)


def _then_kill(real: object) -> object:
    """Name to move aside to; the rename after the next is never reached."""

    def named(path: Path) -> Path:
        found = real(path)  # type: ignore[operator]
        path.rename(found)
        os.kill(os.getpid(), signal.SIGKILL)
        return Path(found)

    return named
