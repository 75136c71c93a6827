"""A secret that is typed is in no error, no record and no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from mceval8k.folders import files_in
from tests.reliability.conftest import Commands
from tests.reliability.writers import Inputs

SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "typed",
    [
        f"mceval8k show agnews --edition https://me:{SECRET}@host/set",
        f"mceval8k build --tasks agnews --source https://host/?token={SECRET} --out {{out}}",
        f"mceval8k eval --task agnews --edition {{edition}} --out {{out}} "
        f"--model-args pretrained=/no/such,token={SECRET}",
    ],
)
@pytest.mark.parametrize("more", [[], ["--verbose"]])
def test_an_error(
    commands: Commands, sound: Path, tmp_path: Path, typed: str, more: list[str]
) -> None:
    words = typed.format(edition=sound, out=tmp_path / "out").split()
    assert commands.run([*words, *more], tmp_path)[0] == 2
    assert "error: " in commands.said
    assert SECRET not in commands.said


def test_the_files_of_an_evaluation(commands: Commands, inputs: Inputs, tmp_path: Path) -> None:
    words = inputs.words("eval", tmp_path / "out")
    at = words.index("--model-args") + 1
    words[at] += f",token={SECRET}"
    assert commands.run(words, tmp_path)[0] == 0, commands.said
    assert SECRET not in commands.said
    names = files_in(tmp_path / "out")
    assert len(names) > 2
    assert not [name for name in names if SECRET.encode() in (tmp_path / "out" / name).read_bytes()]
