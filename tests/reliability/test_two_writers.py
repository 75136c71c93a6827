"""Two writers of one folder: the second one says so, and nothing is mixed."""

from __future__ import annotations

from pathlib import Path

import pytest

from mceval8k.folders import writing_folder
from mceval8k.locks import locked
from tests.reliability.conftest import Commands, Whole
from tests.reliability.writers import Inputs, contents


@pytest.mark.parametrize("name", ["build", "board"])
def test_a_folder_that_another_process_is_writing(
    commands: Commands, inputs: Inputs, whole: Whole, tmp_path: Path, name: str
) -> None:
    run, result = tmp_path / "run", whole(name).files
    words = inputs.words(name, run / "out")
    with writing_folder(run / "out", replaceable=None) as temporary:
        (temporary / "mine").write_text("whole")
        assert commands.run(words, run)[0] == 2
        assert f"error: {run / 'out'} is being written by another process" in commands.said
        assert commands.run([*words[:-1], str(run / "elsewhere")], run)[0] == 0, commands.said
    assert (run / "out" / "mine").read_text() == "whole"
    found = contents(run / "elsewhere")
    assert list(found) == [key.removeprefix("out/") for key in result]


@pytest.mark.parametrize("name", ["rank", "efficiency"])
@pytest.mark.parametrize("more", [[], ["--overwrite"]])
def test_a_run_that_another_process_is_making(
    commands: Commands, inputs: Inputs, whole: Whole, tmp_path: Path, name: str, more: list[str]
) -> None:
    run, result = tmp_path / "run", whole(name).files
    words = inputs.words(name, run / "out")
    assert commands.run(words, tmp_path)[0] == 0, commands.said
    with locked(run / "out"):
        assert commands.run([*words, *more], run)[0] == 2
        assert f"error: {run / 'out'} is being written by another process" in commands.said
        assert contents(run) == result
    assert commands.run([*words, *more], run)[0] == 0, commands.said
    assert contents(run) == result
