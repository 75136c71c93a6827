"""Submissions of anybody: one that is malformed, or made to look better, stops nothing else."""

from __future__ import annotations

import copy
import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import ResultFile, find_results
from harness.leaderboard.reading import read_run
from harness.leaderboard.records import Run
from mceval8k.item import item_id
from mceval8k.task import Parts
from tests.harness.leaderboard.conftest import board_of
from tests.harness.leaderboard.result_files import DATE, make_run, write_run

NAME = "mceval8k_agnews"


@pytest.fixture(scope="module")
def made():
    return make_run("lab/x", tasks={"agnews": 1.0}, n=12)


def rejected(tmp_path, content, samples):
    write_run(tmp_path, content, samples)
    run = read_run(*find_results([tmp_path]))
    assert not run.results
    return run.rejected[0].reason


def with_golds_that_were_chosen(samples):
    """The model is right everywhere: each gold is what it answered."""
    forged = copy.deepcopy(samples)
    for line in forged[NAME]:
        scores = [float(score) for score, _ in line["filtered_resps"]]
        line["doc"]["label"] = max(range(4), key=scores.__getitem__)
        line["acc"] = 1.0
    return forged


def test_altered_golds_are_found_by_the_ids(tmp_path, made):
    content, samples = copy.deepcopy(made)
    altered = sum(line["acc"] == 0 for line in samples[NAME])
    content["results"][NAME]["acc,none"] = 1.0
    told = rejected(tmp_path, content, with_golds_that_were_chosen(samples))
    assert altered
    assert told.startswith(f"{altered} items have another question, language, options or gold")


@pytest.mark.parametrize(
    "change",
    [{"lang": "fr"}, {"question": "Which?"}, {"options": ["a", "b", "c", "d"]}, {"id": "agnews-0"}],
)
def test_any_other_alteration_is_found_too(tmp_path, made, change):
    content, samples = copy.deepcopy(made)
    samples[NAME][3]["doc"] |= change
    reason = rejected(tmp_path, content, samples)
    assert "1 items have another question" in reason or "not those of the test split" in reason


def test_golds_with_new_ids_are_those_of_another_split(tmp_path, made):
    """Whoever hashes the forged items again has items that no honest run has."""
    content, samples = copy.deepcopy(made)
    forged = with_golds_that_were_chosen(samples)
    for line in forged[NAME]:
        doc = line["doc"]
        parts = Parts(doc["question"], tuple(doc["options"]), doc["label"], "", doc["lang"])
        doc["id"] = item_id("agnews", parts)
    import hashlib

    text = "".join(f"{line['doc']['id']}\n" for line in forged[NAME])
    content["configs"][NAME]["metadata"]["test_ids_digest"] = hashlib.sha256(
        text.encode()
    ).hexdigest()
    content["results"][NAME]["acc,none"] = 1.0
    write_run(tmp_path / "forged", {**content, "model_name": "lab/forged"}, forged)
    for name in ("a", "b"):
        honest, lines = make_run(f"lab/{name}", tasks={"agnews": 1.0}, n=12)
        write_run(tmp_path / name, honest, lines)
    board = board_of(tmp_path, tasks="agnews")
    assert {row.model.name for row in board.rows} == {"lab/a", "lab/b"}
    assert [each.reason for each in board.rejected] == ["other items than those of this edition"]


def test_altered_groups_are_those_of_another_split(tmp_path):
    for name in ("a", "b", "c"):
        content, samples = make_run(f"lab/{name}", tasks={"agnews": 1.0}, n=12)
        if name == "c":
            samples[NAME][5]["doc"]["group"] = samples[NAME][4]["doc"]["group"]
        write_run(tmp_path / name, content, samples)
    (left,) = board_of(tmp_path, tasks="agnews").rejected
    assert left.reason == "its items are in other groups than those of this edition"


def test_rotated_options_are_turned_back_before_they_are_hashed(tmp_path, made):
    content, samples = copy.deepcopy(made)
    for line in samples[NAME]:
        doc, scores = line["doc"], line["filtered_resps"]
        doc["options"] = [*doc["options"][-1:], *doc["options"][:-1]]
        line["filtered_resps"] = [*scores[-1:], *scores[:-1]]
        doc["label"] = (doc["label"] + 1) % 4
    content["configs"][NAME]["metadata"]["rotation"] = 1
    write_run(tmp_path, content, samples)
    run = read_run(*find_results([tmp_path]))
    assert run.rejected == ()
    assert run.results[0].rotation == 1


def test_what_is_no_regular_file_is_listed_and_the_rest_is_built(tmp_path, made):
    folder = tmp_path / "results"
    write_run(folder / "good", *made)
    bad = folder / "bad"
    bad.mkdir()
    os.mkfifo(bad / f"results_{DATE}.json")
    (bad / "results_dangling.json").symlink_to(tmp_path / "nowhere")
    (bad / "results_round.json").symlink_to(bad / "results_round.json")
    (bad / "loop").symlink_to(folder)
    (folder / os.fsdecode(b"results_\xff.json")).write_text("{")
    other, samples = make_run("lab/y", tasks={"agnews": 1.0}, n=12)
    path = write_run(folder / "pipe", other, samples)
    lines = path.with_name(f"samples_{NAME}_{DATE}.jsonl")
    lines.unlink()
    os.mkfifo(lines)
    board = board_of(folder, tasks="agnews")
    assert [row.model.name for row in board.rows] == ["lab/x"]
    reasons = [each.reason for each in board.rejected]
    assert reasons.count("no regular file, or a link that leads nowhere") == 3
    assert "no JSON, or cut off" in reasons
    assert any("--log_samples" in reason for reason in reasons)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"results": ' * 50_000,
        '{"results": {}, "lm_eval_version": "0.4.13", "configs": {}, "config": ' + "[" * 99_999,
        "\ufeff{}",
        "9" * 5_000,
        "",
        "null",
    ],
)
def test_hostile_json_is_one_reason(tmp_path, text):
    path = tmp_path / f"results_{DATE}.json"
    path.write_text(text)
    (only,) = read_run(ResultFile(path, "x")).rejected
    assert only.reason in ("no JSON, or cut off", "no result file of lm-eval")


@pytest.mark.parametrize(
    "line",
    [
        '{"doc_id": 1e999}',
        '{"x": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"doc": "\\ud800"}',
        '{"acc": ' + "1" * 400 + "}",
        "[]",
        '{"doc_id": 0, "doc": {"id": "\\udfff"}}',
    ],
)
def test_hostile_samples_are_one_reason(tmp_path, made, line):
    path = write_run(tmp_path, *made)
    with path.with_name(f"samples_{NAME}_{DATE}.jsonl").open("a") as file:
        file.write(line + "\n")
    (only,) = read_run(*find_results([tmp_path])).rejected
    assert only.reason.startswith(f"samples_{NAME}_{DATE}.jsonl, line 13: ")
    assert len(only.reason) < 300


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [10**400, 2**63, -1, float("inf"), float("nan"), "\ud800", "", "a/../b", "\0"]
    )
    | st.floats()
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value, path=()):
    """Paths to everything in a value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value[:3]):
            yield from places(inner, (*path, index))


def put(value, path, new):
    """A copy of a value with something else at a path."""
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_stands_anywhere_in_the_files_reading_ends(tmp_path, made, data):
    content, samples = made
    whole = {"content": content, "samples": samples[NAME][:12]}
    path = data.draw(st.sampled_from([each for each in places(whole) if len(each) > 1]))
    changed = put(whole, path, data.draw(ANYTHING))
    lines = changed["samples"]
    file = tmp_path / f"results_{DATE}.json"
    file.write_text(json.dumps(changed["content"]))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (tmp_path / f"samples_{NAME}_{DATE}.jsonl").write_text(text)
    run = read_run(ResultFile(file, "x"))
    assert isinstance(run, Run)
    for result in run.results:  # what is read can be written, too
        json.dumps(result.task + result.pack + result.generation, ensure_ascii=False).encode()
    for each in run.rejected:
        assert "\n" not in each.reason
        f"{each.task}{each.reason}{run.model}".encode()


def test_a_file_named_by_output_path_is_read(tmp_path, made):
    """`lm-eval run --output_path out/x.json` writes `out/x_DATE.json`."""
    path = write_run(tmp_path, *made)
    path.rename(tmp_path / f"x_{DATE}.json")
    (tmp_path / "config.json").write_text("{}")
    (file,) = find_results([tmp_path])
    (result,) = read_run(file).results
    assert result.n == 12
    assert collect([file], use_cache=False)[0].rejected == ()
