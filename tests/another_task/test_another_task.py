"""A further task is a record, a builder, a sample and a test: nothing else knows the tasks by name.

The files beside this one are put where they belong (by the packages' paths, nothing is copied into
them), and the commands and the tests of the registry run with them in a process of their own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent

WITH_THE_TASK = """
import sys
from pathlib import Path
import builders.nli, mceval8k.tasks.nli

folder = Path(sys.argv[1])
mceval8k.tasks.nli.__path__.append(str(folder / "records"))
builders.nli.__path__.append(str(folder / "builders"))
"""
COMMANDS = """
import scripts.licences
from builders.validation import validate
from harness.tasks.generate import write_task_files
from mceval8k.cli import main
from mceval8k.registry import all_tasks

assert "| `opposites` | CC0-1.0 |  | yes |" in scripts.licences.table(all_tasks().values())
write_task_files(folder / "yaml", all_tasks().values())
assert (folder / "yaml/nli/opposites.yaml").is_file()
mirror, edition = str(folder / "mirror"), str(folder / "edition")
for words in (
    ["tasks"],
    ["build", "--source", mirror, "--tasks", "opposites", "--size", "48", "--out", edition],
    ["validate", edition],
    ["audit", edition, "--html", str(folder / "audit.html")],
    ["show", "opposites"],
    ["show", "opposites", "--edition", edition, "--num-fewshot", "balanced"],
):
    sys.argv = ["mceval8k", *words]
    try:
        main()
    except SystemExit as end:
        assert not end.code, words
"""
TESTS = """
import os, pytest
os.chdir(sys.argv[2])
chosen = [
    "tests/mceval8k/test_registry.py",
    "tests/mceval8k/test_tasks.py",
    "tests/mceval8k/test_embedded_packs.py",
    "tests/harness/tasks/test_generate.py",
    "tests/builders/test_redistribution.py",
]
generated = [  # these files are made by `make tasks`
    "tests/harness/tasks/test_generate.py::test_committed_files_are_what_the_registry_says",
    "tests/harness/tasks/test_generate.py::test_lm_eval_finds_every_task_and_group_and_nothing_else",
    "tests/builders/test_redistribution.py::test_the_documentation_lists_the_same",
]
left_out = (f"--deselect={test}" for test in generated)
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", *chosen, *left_out]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("another")
    for source, target in (
        ("record.py", "records/opposites.py"),
        ("builder.py", "builders/opposites.py"),
        ("train.jsonl", "mirror/lab/opposites/default/train.jsonl"),
    ):
        (root / target).parent.mkdir(parents=True)
        shutil.copyfile(HERE / source, root / target)
    return root


def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    repository = HERE.parents[1]
    return subprocess.run(
        [sys.executable, "-c", WITH_THE_TASK + script, str(folder), str(repository)],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )


def test_the_commands_treat_it_like_the_others(folder: Path) -> None:
    done = run(COMMANDS, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Opposite of a word" in done.stdout
    assert "tasks: 1, rows: 48, ok" in done.stdout
    assert "\nF. " in done.stdout


def test_no_test_of_the_others_breaks(folder: Path) -> None:
    done = run(TESTS, folder)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
