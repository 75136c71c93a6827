"""Records of Every Eval Ever: their schema, their values, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
import zipfile

import jsonschema
import pytest
from typer.testing import CliRunner

from harness.leaderboard.cli import app
from harness.leaderboard.export.every_eval_ever import Publisher, records
from harness.leaderboard.export.every_eval_ever_scores import Dataset
from mceval8k.statistics import wilson
from tests.harness.leaderboard.conftest import TASKS, board_of
from tests.harness.leaderboard.result_files import make_run, write_run

PUBLISHER = Publisher("The Lab", "third_party", 1_772_400_000, Dataset())
SCHEMA = "every_eval_ever/schemas/eval.schema.json"


@pytest.fixture(scope="module")
def published_schema(tmp_path_factory):
    """The schema itself, out of the package that is published with it (it needs Python 3.12)."""
    folder = tmp_path_factory.mktemp("schema")
    wanted = ("--no-deps", "--only-binary=:all:", "--python-version=3.12", "every-eval-ever==0.3.0")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder), *wanted]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("the package registry is out of reach")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return json.loads(archive.read(SCHEMA))


def export(*arguments):
    """Exit status and error of the command; `mceval8k.cli.main` prints the error."""
    done = CliRunner().invoke(app, ["export", *map(str, arguments)])
    return getattr(done.exception, "exit_code", done.exit_code), f"{done.output}{done.exception}"


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.json")
    }


def of(record, name):
    (found,) = (each for each in record["evaluation_results"] if each["evaluation_name"] == name)
    return found


def test_every_record_fits_the_published_schema(published_schema, tmp_path):
    content, samples = make_run("lab/many", tasks=dict.fromkeys(TASKS.split(","), 1.0), n=30)
    write_run(tmp_path / "results" / "complete", content, samples)
    content, samples = make_run("lab/part", tasks={"xnli": 1.0}, n=8, langs=("en", "zh"))
    content["config"].update(model="local-completions", model_num_parameters=7_000_000_000)
    content["date"] = None
    write_run(tmp_path / "results" / "part", content, samples)
    board = board_of(tmp_path / "results", tasks=f"{TASKS},xnli")
    complete = board_of(tmp_path / "results" / "complete")
    publishers = (
        PUBLISHER,
        Publisher("L", "other", 0, Dataset("lab/edition", "c" * 40), "open_weights"),
    )
    check = jsonschema.Draft7Validator(published_schema)
    found = [
        record
        for each in (board, complete)
        for row in each.rows
        for publisher in publishers
        for _, record in records(each, row, row.model.name, publisher)
    ]
    assert len(found) == 6
    for record in found:
        assert record["schema_version"] == published_schema["version"]
        assert not list(check.iter_errors(record))


def test_the_values_are_those_of_the_board(board):
    row = next(row for row in board.rows if row.model.name == "lab/strong" and row.rank)
    ((path, record),) = records(board, row, "lab/strong", PUBLISHER)
    folder, _, name = path.rpartition("/")
    assert folder == "data/mceval8k/lab/strong"
    assert uuid.UUID(name.removesuffix(".json")).version == 4
    assert record["evaluation_id"].startswith("mceval8k/lab/strong/1772359200-")
    assert record["evaluation_timestamp"] == "1772359200"  # 2026-03-01 10:00 UTC
    assert record["retrieved_timestamp"] == "1772400000"

    ner, count = of(record, "mceval8k.ner"), row.results["ner"].count
    interval = ner["score_details"]["uncertainty"]["confidence_interval"]
    assert ner["score_details"]["score"] == count.correct / 40
    assert (interval["lower"], interval["upper"]) == (
        wilson(count.correct, 40).low,
        wilson(count.correct, 40).high,
    )
    assert ner["score_details"]["details"]["correct"] == str(count.correct)
    assert ner["metric_config"]["metric_id"] == "accuracy"
    assert ner["generation_config"]["additional_details"]["num_fewshot"] == "0"

    overall = {
        each["metric_config"]["metric_id"]: each
        for each in record["evaluation_results"]
        if each["evaluation_name"] == "mceval8k"
    }
    for name, estimate in (
        ("chance_corrected", row.scores.headline),
        ("genre_macro", row.scores.genre_macro),
        ("micro", row.scores.micro),
    ):
        details = overall[f"mceval8k.{name}"]["score_details"]
        assert details["score"] == estimate.value
        assert details["uncertainty"]["num_samples"] == 6 * 40
    # With c = 1 / options, a task on which nothing is right has -c / (1 - c).
    assert [task.n_options for task in board.tasks] == [4, 4, 2, 2, 2, 5]
    least = overall["mceval8k.chance_corrected"]["metric_config"]["min_score"]
    assert least == pytest.approx(-(1 / 3 + 1 / 3 + 3 + 1 / 4) / 6)


def test_languages_have_scores_of_their_own(tmp_path):
    content, samples = make_run("lab/model", tasks={"xnli": 1.0}, n=40, langs=("en", "zh"))
    write_run(tmp_path, content, samples)
    board = board_of(tmp_path, tasks="xnli")
    (row,) = board.rows
    ((_, record),) = records(board, row, "lab/model", PUBLISHER)
    parts = [of(record, f"mceval8k.xnli.{lang}") for lang in ("en", "zh")]
    right = [int(part["score_details"]["details"]["correct"]) for part in parts]
    assert sum(right) == row.results["xnli"].count.correct
    assert [part["score_details"]["score"] for part in parts] == [n / 20 for n in right]


def test_a_row_of_two_files_is_two_records_without_averages(tmp_path):
    for task in ("agnews", "ner"):
        content, samples = make_run("lab/model", tasks={task: 1.0}, n=20)
        write_run(tmp_path / task, content, samples)
    board = board_of(tmp_path, tasks="agnews,ner")
    (row,) = board.rows
    found = [record for _, record in records(board, row, "lab/model", PUBLISHER)]
    names = [[each["evaluation_name"] for each in r["evaluation_results"]] for r in found]
    assert sorted(names) == [["mceval8k.agnews"], ["mceval8k.ner"]]
    assert len({record["evaluation_id"] for record in found}) == 2


def test_the_same_results_give_the_same_bytes_wherever_they_lie(results, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772400000")
    options = ("--organization", "Lab", "--relationship", "third_party", "--task", TASKS)
    (tmp_path / "moved").symlink_to(results, target_is_directory=True)
    for place, out in ((results, "one"), (tmp_path / "moved", "two")):
        done = export(place, "--out", tmp_path / out, *options)
        assert done[0] == 0, done
    found = written(tmp_path / "one")
    assert len(found) == 4
    assert found == written(tmp_path / "two")


def test_hostile_names_stay_text(tmp_path):
    hostile = '../../etc/"}<script>'
    content, samples = make_run(hostile, tasks={"agnews": 1.0}, n=12)
    write_run(tmp_path / "results", content, samples)
    options = ("--organization", hostile, "--relationship", "other", "--task", "agnews")
    done = export(tmp_path / "results", "--out", tmp_path / "out", *options)
    assert done[0] == 2
    assert not (tmp_path / "out").exists()
    named = ("--model", f"{hostile}=lab/model")
    done = export(tmp_path / "results", "--out", tmp_path / "out", *options, *named)
    assert done[0] == 0, done
    ((path, content),) = written(tmp_path / "out").items()
    assert path.startswith("data/mceval8k/lab/model/")
    assert json.loads(content)["model_info"]["name"] == hostile


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "lab/nobody"), "--model lab/nobody: the board has no row of it"),
        (("--model", "lab/weak=weak"), "'weak' is not of the form owner/name"),
        (("--organization", " "), "--organization is empty"),
        (("--relationship", "friend"), "friend"),
        (("--task", "nothing"), "nothing"),
    ],
)
def test_what_is_refused_is_named_and_nothing_is_written(results, tmp_path, options, message):
    usual = {"--organization": "Lab", "--relationship": "third_party", "--task": TASKS}
    usual.update([options])
    arguments = [word for pair in usual.items() for word in pair]
    status, told = export(results, "--out", tmp_path / "out", *arguments)
    assert status == 2
    assert message in told
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(results, tmp_path):
    (tmp_path / "mine").write_text("kept")
    options = ("--organization", "Lab", "--relationship", "third_party", "--task", TASKS)
    assert export(results, "--out", tmp_path, *options)[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
