"""The command line: what is printed where, and the exit status."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from builders.cli import app
from mceval8k.errors import DataError, UsageError


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


def build_news(run, mirror, out, *more):
    return run("build", "--source", mirror, "--out", out, "--size", 40, *more)


def test_build_shows_a_table_and_tells_of_progress_on_stderr(run, news_mirror, tmp_path):
    result = build_news(run, news_mirror, tmp_path / "out")
    assert result.exit_code == 0
    assert "agnews" in result.stdout
    assert "agnews: 40 rows from 64 read upstream" in result.stderr
    assert "skipped, not in the source:" in result.stderr


def test_build_json_is_alone_on_stdout(run, news_mirror, tmp_path):
    result = build_news(run, news_mirror, tmp_path / "out", "--json", "--seed", 3)
    content = json.loads(result.stdout)
    assert content["edition"] == "full"
    assert content["seed"] == 3
    assert content["tasks"]["agnews"] == {
        "splits": {"train": 30, "validation": 5, "test": 5},
        "requested": 40,
        "read": 64,
        "sound": 64,
        "dropped": {},
        "joined": 0,
    }
    assert content["skipped"]["ner"] == "not in the source"


def test_a_smaller_task_is_told(run, news_mirror, tmp_path):
    result = run("build", "--source", news_mirror, "--out", tmp_path / "out", "--allow-smaller")
    assert "agnews: 64 rows instead of 8,000 from 64 read upstream" in result.stderr


@pytest.mark.parametrize(
    ("words", "error", "status"),
    [
        (["--size", "7"], SystemExit, 2),
        (["--size", "many"], SystemExit, 2),
        (["--tasks", "agnwes"], UsageError, 2),
        (["--tasks", ""], UsageError, 2),
        (["--tasks", "ner"], DataError, 1),
        (["--size", "400"], DataError, 1),
    ],
)
def test_bad_usage(run, news_mirror, tmp_path, words, error, status):
    result = build_news(run, news_mirror, tmp_path / "out", *words)
    assert isinstance(result.exception, error)
    assert getattr(result.exception, "exit_code", result.exit_code) == status
    assert "\n" not in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_source_that_does_not_exist(run, tmp_path):
    result = run("build", "--source", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert isinstance(result.exception, UsageError)


def test_validate_a_sound_edition(run, news_mirror, tmp_path):
    build_news(run, news_mirror, tmp_path / "out")
    result = run("validate", tmp_path / "out")
    assert result.exit_code == 0
    assert "tasks: 1, rows: 40, ok" in result.stdout
    content = json.loads(run("validate", tmp_path / "out", "--json").stdout)
    assert content["ok"]
    assert content["violations"] == []


def test_validate_names_what_is_wrong_without_reading_it_as_markup(run, news_mirror, tmp_path):
    build_news(run, news_mirror, tmp_path / "out")
    (tmp_path / "out" / "[red]stray.txt").write_text("x")
    result = run("validate", tmp_path / "out")
    assert result.exit_code == 1
    assert "[red]stray.txt: the manifest does not name this file" in result.stdout
    result = run("validate", tmp_path / "out", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["violations"] == [
        {
            "file": "[red]stray.txt",
            "row": None,
            "message": "the manifest does not name this file",
        }
    ]
