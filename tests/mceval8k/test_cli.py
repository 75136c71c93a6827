"""The command line as a person meets it, typos included."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mceval8k.registry import all_tasks
from mceval8k.version import __version__
from tests.commands import mceval8k


def test_tasks_table_and_json() -> None:
    command = [sys.executable, "-m", "mceval8k.cli", "tasks"]
    table = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert table.returncode == 0
    assert "amazon-review-multi" in table.stdout
    found = json.loads(mceval8k("tasks", "--json").stdout)
    assert [each["name"] for each in found] == list(all_tasks())
    keys = {"name", "genre", "languages", "n_options", "sources", "licence"}
    assert all(keys <= set(task) for task in found)
    ner = next(task for task in found if task["name"] == "ner")
    assert (ner["genre"], ner["languages"], ner["n_options"]) == ("linguistic", ["en"], 4)
    assert ner["sources"][0]["id"] == "eriktks/conll2003"


def test_show_without_an_edition() -> None:
    shown = mceval8k("show", "xnli", "--index", "2", "--json")
    found = json.loads(shown.stdout)
    assert found["prompt"].endswith("Antwort:")
    assert found["answers"] == [" A", " B", " C"]


def test_a_task_is_an_argument_or_an_option() -> None:
    assert mceval8k("show", "--task", "ner").stdout == mceval8k("show", "ner").stdout


def test_a_pack_without_words_for_a_task_says_so(tmp_path) -> None:
    pack = tmp_path / "pack.yaml"
    pack.write_text("name: mine\ntasks: {agnews: {instruction: {en: Which topic}}}\n")
    shown = mceval8k("show", "ner", "--pack", str(pack))
    assert "pack mine has no words for task ner" in " ".join(shown.stderr.split())
    assert shown.stdout == mceval8k("show", "ner").stdout
    assert "no words" not in mceval8k("show", "agnews", "--pack", str(pack)).stderr
    pack.write_text(pack.read_text() + "only: [agnews]\n")
    assert "no words" not in mceval8k("show", "ner", "--pack", str(pack)).stderr


def test_version() -> None:
    assert mceval8k("--version").stdout.strip() == __version__


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["show", "agnew"], 2, "unknown task 'agnew' (did you mean 'agnews'?)"),
        (["show", "agnews", "--edition", "/no/such/place"], 2, "no such directory"),
        (["show", "agnews", "--num-fewshot", "4"], 2, "give --edition"),
        (["show", "agnews", "--num-fewshot", "some"], 2, "'some'"),
        (["show", "agnews", "--pack", "x.yaml"], 2, "x.yaml: no such file"),
        (["show", "agnews", "--index", "99"], 2, "built-in examples"),
        (["show", "agnews", "--model", "/no/such/model"], 2, "/no/such/model"),
        (["show", "agnews", "--split", "train"], 2, "--split train: splits are of an edition"),
        (["import", "quizz.yaml", "--out", "x"], 2, "quizz.yaml: no such file"),
        (["show"], 2, "give one task"),
        (["show", "agnews", "--task", "ner"], 2, "give one task"),
        (["shwo"], 2, "shwo"),
    ],
)
def test_mistakes_are_one_line(words: list[str], status: int, message: str) -> None:
    done = mceval8k(*words)
    assert done.returncode == status
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


MISTAKES = {
    "help": (["--help"], 0),
    "help of a command": (["eval", "--help"], 0),
    "unknown command": (["evla"], 2),
    "unknown option": (["build", "--uot", "x"], 2),
    "missing edition": (["eval", "--model-args", "x", "--edition", "/no/such/place"], 2),
    "unknown task to build": (["build", "--out", "x", "--task", "pwas"], 2),
    "old names": (["audit", "/no/such/place", "--tasks", "paws", "--revision", "main"], 2),
}


@pytest.mark.parametrize(("words", "status"), MISTAKES.values(), ids=MISTAKES)
def test_nothing_heavy_is_imported_before_arguments_are_checked(words, status) -> None:
    code = f"""
import sys
from mceval8k.cli import main
sys.argv = ["mceval8k", *{words!r}]
try:
    main()
finally:
    heavy = {{"torch", "transformers", "datasets", "pandas", "lm_eval", "sklearn", "scipy"}}
    print("heavy:", sorted(heavy & {{*sys.modules}}))
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == status, done.stderr
    assert done.stdout.endswith("heavy: []\n")
    assert "No such option" not in done.stderr or "--uot" in done.stderr
    assert "<" not in done.stdout


def test_files_of_the_user_do_not_hide_our_packages(tmp_path) -> None:
    for name in ("harness.py", "builders/__init__.py", "neurgrad_eval.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("raise RuntimeError('a file of the user was imported')\n")
    command = [sys.executable, "-m", "mceval8k", "tasks-path"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("lm_eval")
    code = "import harness_of_another as harness, sys; sys.modules['harness'] = harness\n"
    (tmp_path / "harness_of_another.py").write_text("")
    code += "from mceval8k.packages import import_own; import_own('harness.tasks')"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "rename it" in done.stderr
