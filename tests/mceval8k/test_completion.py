"""Shells complete commands and options of both programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("program", "typed", "expected"),
    [
        ("mceval8k", "leaderboard bu", "build"),
        ("mceval8k", "eval --num-f", "--num-fewshot"),
        ("neurgrad", "probe --train-s", "--train-size"),
    ],
)
def test_what_is_typed_is_completed(program: str, typed: str, expected: str) -> None:
    variables = {
        f"_{program.upper()}_COMPLETE": "complete_bash",
        "COMP_WORDS": f"{program} {typed}",
        "COMP_CWORD": str(len(typed.split())),
    }
    done = subprocess.run(
        [Path(sys.executable).with_name(program)],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [expected]
