"""Loading the data needs none of the libraries of the extras."""

from __future__ import annotations

import subprocess
import sys

import pytest

BLOCKED = [
    *("torch", "lm_eval", "plotly", "transformers", "sklearn", "scipy", "rensa", "accelerate"),
    *("gguf", "safetensors", "jinja2", "msgspec", "aiohttp", "joblib"),
]

START = f"""
import sys

class Without:
    # Finds what another finder does, but for the libraries that are not installed here.
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {BLOCKED!r}:
            return None
        return self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = map(Without, sys.meta_path)
"""


def run(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", START + code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


COMMAND = "from mceval8k.cli import main\nmain()\n"


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """Edition in the released layout with two rows."""
    folder = tmp_path_factory.mktemp("edition") / "classification" / "agnews"
    folder.mkdir(parents=True)
    for split in ("train", "valid", "test"):
        rows = (
            f'[{{"text": "A {split} text", "label": 1}}, {{"text": "Another {split}", "label": 2}}]'
        )
        (folder / f"{split}.json").write_text(rows)
    return folder.parents[1]


def test_the_data_loads(edition):
    code = (
        "import mceval8k\n"
        "splits = mceval8k.load_task('agnews', sys.argv[1])\n"
        "task, item = mceval8k.get_task('agnews'), splits['test'][0]\n"
        "print(mceval8k.load_pack().prompt(task, item))\n"
    )
    done = run(code, edition)
    assert done.returncode == 0, done.stderr
    assert "A test text" in done.stdout


def test_the_command_helps_and_shows(edition):
    done = run(COMMAND, "--help")
    assert done.returncode == 0, done.stderr
    assert "show" in done.stdout
    assert "leaderboard" in done.stdout
    done = run(COMMAND, "show", "agnews", "--edition", edition)
    assert done.returncode == 0, done.stderr
    assert "A test text" in done.stdout


def test_what_needs_more_says_so_in_one_line(tmp_path):
    (tmp_path / "results_x.json").write_text("{}")
    done = run(COMMAND, "leaderboard", "check", tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("error: pip install 'mceval8k[all]' (")
    assert "Traceback" not in done.stderr


def test_neurgrad_helps_and_says_what_is_missing(edition, tmp_path):
    command = "from neurgrad_eval.cli import main\nmain()\n"
    assert "probe" in run(command, "--help").stdout
    asked = ("--model", "gpt2", "--edition", edition, "--task", "agnews", "--out", tmp_path / "out")
    done = run(command, "probe", *asked)
    assert done.returncode == 2
    assert done.stderr.startswith("error: pip install 'mceval8k[all]' (")
    assert "Traceback" not in done.stderr


def test_a_board_needs_neither_torch_nor_lm_eval(tmp_path):
    (tmp_path / "results_x.json").write_text("{}")
    blocked = START.replace(repr(BLOCKED), repr(["torch", "lm_eval", "transformers", "plotly"]))
    done = subprocess.run(
        [sys.executable, "-c", blocked + COMMAND, "leaderboard", "check", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "no result file of lm-eval" in done.stderr
    assert done.returncode == 1
