"""On a full disk, and under a limit for the size of files, a command loses and leaves nothing.

It ends with exit status 1 or 2 and one line with the place and the cause; nothing half-written has
a final name, what was there before is there still, and the same command then runs to its end.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.reliability.conftest import Commands, Whole
from tests.reliability.writers import NAMES, Inputs, contents

CAUSES = ("No space left on device", "File too large")


@pytest.mark.parametrize("name", NAMES)
def test_a_disk_that_is_full(
    commands: Commands, inputs: Inputs, whole: Whole, tmp_path: Path, name: str
) -> None:
    run = tmp_path / "run"
    words = inputs.words(name, run / "out")
    done = whole(name)
    result = done.files
    for how in ({"full": 1}, {"full": done.changes // 2}, {"limit": 500}):
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        status, _ = commands.run(words, run, **how)
        if status == 0:  # no file is as large
            assert contents(run) == result
            continue
        assert status in (1, 2), (how, commands.said)
        errors = [line for line in commands.said.splitlines() if line.startswith("error: ")]
        assert len(errors) == 1, commands.said
        assert "Traceback" not in commands.said
        assert any(cause in errors[0] for cause in CAUSES)
        assert str(run / "out") in errors[0] or "temporary file in" in errors[0]
        assert ".partial" not in errors[0]
        left = contents(run)
        left.pop("out/manifest.json", None)  # of a run that is not finished
        assert [key for key in left if result[key] != left[key]] == [], how
    status, _ = commands.run(words, run)
    assert status == 0, commands.said
    assert contents(run) == result
