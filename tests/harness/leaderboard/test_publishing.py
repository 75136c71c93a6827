"""Publishing a board to a local Hub, end to end: what is shown, what arrives, what is refused."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from harness.leaderboard.publishing.targets import targets
from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256

EVAL_RESULTS = ".eval_results/mceval8k.yaml"
REVISION = "0123456789abcdef0123456789abcdef01234567"
PROPOSED = {"repo": "lab/r", "benchmark": "lab/b", "revision": REVISION}


def publish(hub, folder, *options, **more):
    return hub.run("leaderboard", "publish", folder, *options, **more)


def files(folder):
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in paths}


@pytest.fixture
def names(hub):
    """Repositories that no test has used: results, Space, benchmark, and a model of somebody."""
    number = hub.name().rpartition("-")[2]
    benchmark, model = f"lab/benchmark-{number}", f"other/model-{number}"
    hub.plant(benchmark, {"refs/heads/main": {"README.md": b"the edition"}})
    hub.plant(f"models:{model}", {"refs/heads/main": {"config.json": b"{}"}})
    return f"lab/results-{number}", f"lab/space-{number}", benchmark, model


def everything(names):
    results, space, benchmark, model = names
    options = ["--repo", results, "--space", space, "--benchmark", benchmark, "--eval-yaml"]
    return [*options, "--benchmark-revision", REVISION, "--model", f"lab/strong={model}"]


def test_a_dry_run_shows_everything_and_writes_nothing(hub, board_folder, names):
    before = hub.state()
    result = publish(hub, board_folder, *everything(names))
    assert result["status"] == 0, result["stderr"]
    after = hub.state()
    assert after["repositories"] == before["repositories"]
    sent = after["requests"][len(before["requests"]) :]
    assert not [each for each in sent if each.startswith(("POST", "PUT", "DELETE"))]
    told = result["stderr"]
    assert f"dataset {names[0]}, which would be created, by one commit" in told
    assert f"space {names[1]}, which would be created, by one commit" in told
    assert f"model {names[3]}, by a pull request: 1 new" in told
    assert "+  value: " in told
    assert "+evaluation_framework: inspect-ai" in told
    assert "nothing was sent" in told
    assert "hf_writer" not in told


def test_a_push_makes_one_commit_each_and_a_pull_request(hub, board_folder, names):
    results, space, benchmark, model = names
    result = publish(hub, board_folder, *everything(names), "--yes", "--json")
    assert result["status"] == 0, result["stderr"]
    attributes = hub.head(results)[".gitattributes"]
    summary = sha256(board_folder / "leaderboard.json")
    data = {**files(board_folder / "data"), "leaderboard.json": summary}
    assert hub.head(results) == {**data, ".gitattributes": attributes}
    pages = files(board_folder / "site")
    assert hub.head(f"spaces:{space}") == {**pages, ".gitattributes": attributes}
    assert set(hub.head(benchmark)) == {"README.md", "eval.yaml"}
    for name in (results, f"spaces:{space}", benchmark):
        assert len(hub.repository(name)["messages"]) == 2

    there = hub.repository(f"models:{model}")
    assert set(there["refs"]) == {"refs/heads/main", "refs/pr/1"}
    assert set(there["files"][there["refs"]["refs/heads/main"]]) == {"config.json"}
    assert set(there["files"][there["refs"]["refs/pr/1"]]) == {"config.json", EVAL_RESULTS}
    told = json.loads(result["stdout"])["repositories"]
    assert told[3]["url"] == f"{hub.address}/{model}/discussions/1"
    assert "hf_writer" not in result["stdout"] + result["stderr"]

    messages = {name: len(hub.repository(name)["messages"]) for name in (results, benchmark)}
    again = publish(hub, board_folder, *everything(names), "--yes")
    assert again["stderr"].count("holds this already") == 3
    assert "is proposed already" in again["stderr"]
    assert {name: len(hub.repository(name)["messages"]) for name in messages} == messages
    assert len(hub.repository(f"models:{model}")["messages"]) == 2


def test_pages_of_an_earlier_board_are_deleted_and_other_files_stay(hub, board_folder, names):
    space = f"spaces:{names[1]}"
    old = {"models/gone.html": b"old", "notes.txt": b"mine", "README.md": b"# mine\n"}
    hub.plant(space, {"refs/heads/main": old})
    options = ("--repo", names[0], "--space", names[1])
    shown = publish(hub, board_folder, *options)["stderr"]
    assert "deleted  models/gone.html" in shown
    assert "-# mine" in shown
    result = publish(hub, board_folder, *options, "--yes")
    assert result["status"] == 0, result["stderr"]
    assert set(hub.head(space)) == {*files(board_folder / "site"), "notes.txt"}


def test_the_hubs_refusals_are_one_line(hub, board_folder, names):
    repo = ("--repo", names[0])
    denied = publish(hub, board_folder, *repo, "--yes", token="hf_reader")
    assert denied["status"] == 1
    assert denied["stderr"].splitlines()[-1].startswith(f"error: {names[0]}: the Hub confirmed no")
    missing = publish(hub, board_folder, *repo, "--benchmark", "lab/nothing", "--eval-yaml")
    assert missing["status"] == 2
    assert "dataset lab/nothing is not on the Hub" in missing["stderr"]
    hub.plant(names[0], {"refs/heads/main": {"README.md": b"x"}})
    hub.control(faults={"race": 1})
    raced = publish(hub, board_folder, *repo, "--yes")
    assert raced["status"] == 1
    assert "somebody else changed it" in raced["stderr"]
    for each in (denied, missing, raced):
        assert "Traceback" not in each["stderr"]
        assert "hf_" not in each["stderr"]


def test_scores_are_read_back_by_the_hubs_own_classes(board_folder):
    from huggingface_hub import EvalResultEntry

    # The reader of the Hub's answers, which has no public name yet.
    from huggingface_hub._eval_results import parse_eval_result_entries

    wanted = targets(
        board_folder,
        repo="lab/r",
        benchmark="lab/b",
        revision=REVISION,
        eval_yaml=True,
        models=["lab/strong"],
    )
    scores, benchmark = wanted[2], wanted[1]
    entries = parse_eval_result_entries(yaml.safe_load(scores.files[EVAL_RESULTS]))
    assert all(isinstance(entry, EvalResultEntry) for entry in entries)
    rows = json.loads((board_folder / "leaderboard.json").read_text())["rows"]
    row = next(r for r in rows if r["model"] == "lab/strong" and "0-shot" in r["setting"])
    assert {entry.dataset_revision for entry in entries} == {REVISION}
    by_task = {entry.task_id: entry.value for entry in entries}
    assert by_task == pytest.approx(row["tasks"], abs=1e-6)
    assert entries[0].date == "2026-03-01T10:00:00Z"
    assert "default · 0-shot" in entries[0].notes
    tasks = [task["id"] for task in yaml.safe_load(benchmark.files["eval.yaml"])["tasks"]]
    assert tasks == list(by_task)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repo": "no-owner"}, "not of the form owner/name"),
        ({"repo": "lab/r", "models": ["lab/strong"]}, "need --benchmark"),
        (
            {"repo": "lab/r", "benchmark": "lab/b", "models": ["lab/strong"]},
            "needs --benchmark-revision",
        ),
        ({**PROPOSED, "models": ["lab/none"]}, "no row of it"),
        (
            {**PROPOSED, "models": ["lab/strong"], "setting": "x"},
            "no row of it with setting 'x'",
        ),
    ],
)
def test_bad_options_are_named(board_folder, options, message):
    with pytest.raises(UsageError, match=message):
        targets(board_folder, **options)


def test_a_folder_that_is_no_board_is_refused(tmp_path, board_folder):
    with pytest.raises(UsageError, match="is no board"):
        targets(tmp_path, repo="lab/r")
    damaged = shutil.copytree(board_folder, tmp_path / "damaged")
    (damaged / "leaderboard.json").write_text('{"rows": [')
    with pytest.raises(DataError, match=r"leaderboard\.json: Expecting value"):
        targets(damaged, repo="lab/r")
    (damaged / "leaderboard.json").write_text('{"rows": []}')
    with pytest.raises(DataError, match="is damaged"):
        targets(damaged, repo="lab/r")


def test_new_scores_go_into_the_pull_request_that_is_open(hub, board_folder, names, tmp_path):
    results, _, benchmark, model = names
    options = ["--repo", results, "--benchmark", benchmark, "--benchmark-revision", REVISION]
    options += ["--model", f"lab/strong={model}"]
    stranger = hub.repository(f"models:{model}")["refs"]
    assert publish(hub, board_folder, *options, "--yes")["status"] == 0
    opened = hub.repository(f"models:{model}")
    (ref,) = set(opened["refs"]) - set(stranger)
    before = opened["files"][opened["refs"][ref]][EVAL_RESULTS]

    changed = shutil.copytree(board_folder, tmp_path / "changed")
    summary = json.loads((changed / "leaderboard.json").read_text())
    for row in summary["rows"]:
        row["tasks"]["agnews"] = 0.123
    (changed / "leaderboard.json").write_text(json.dumps(summary))
    shown = publish(hub, changed, *options)
    assert f"model {model}, by a commit to " in shown["stderr"]
    assert "+  value: 0.123" in shown["stderr"]
    assert publish(hub, changed, *options, "--yes")["status"] == 0
    after = hub.repository(f"models:{model}")
    assert set(after["refs"]) == set(opened["refs"])
    assert after["files"][after["refs"][ref]][EVAL_RESULTS] != before
    again = publish(hub, changed, *options)
    assert f"model {model}: is proposed already" in again["stderr"]


def test_what_is_created_may_be_private(hub, board_folder, names):
    options = ["--repo", names[0], "--space", names[1], "--private", "--yes"]
    result = publish(hub, board_folder, *options)
    assert result["status"] == 0, result["stderr"]
    assert hub.repository(names[0])["private"]
    assert hub.repository(f"spaces:{names[1]}")["private"]
