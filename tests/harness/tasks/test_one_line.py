"""Mistakes under lm-eval's own command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from harness import tasks_path
from harness.tasks.one_line import _is_lm_eval
from harness.tasks.settings import read_settings
from mceval8k.errors import UsageError

LM_EVAL = """
import runpy
from lm_eval.tasks._index import TaskIndex

build = TaskIndex.build
TaskIndex.build = staticmethod(lambda paths: build(paths[1:]))
runpy.run_module("lm_eval", run_name="__main__", alter_sys=True)
"""
"""lm-eval without its own tasks, of which it would read thousands."""


def test_no_edition_is_one_line() -> None:
    program = [sys.executable, "-c", LM_EVAL, "run", "--model", "dummy"]
    command = [*program, "--tasks", "mceval8k_agnews", "--include_path", str(tasks_path())]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MCEVAL8K_")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: no edition is chosen: set MCEVAL8K_EDIT")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("/bin/lm-eval", True),
        ("/bin/lm_eval", True),
        ("/x/lm_eval/__main__.py", True),
        ("/x/mceval8k/__main__.py", False),
        ("study.py", False),
        (None, False),
    ],
)
def test_only_lm_evals_command_is_changed(program, expected) -> None:
    assert _is_lm_eval(program) is expected


def test_the_published_edition_is_the_default(monkeypatch) -> None:
    with pytest.raises(UsageError, match="no edition is chosen"):
        read_settings({}, {})
    monkeypatch.setattr("harness.tasks.settings.PUBLISHED", "lab/mceval8k")
    assert read_settings({}, {}).edition == "lab/mceval8k"
    assert read_settings({}, {"MCEVAL8K_EDITION": "x"}).edition == "x"
