"""Result files that can go on a board, and why others cannot."""

from __future__ import annotations

import json

import pytest

from harness.leaderboard import run_cache
from harness.leaderboard.collecting import collect
from harness.leaderboard.reading import find_results, read_run
from harness.leaderboard.records import grouped
from mceval8k.errors import UsageError
from tests.harness.leaderboard.result_files import DATE, make_run, make_samples, write_run

NAME = "mceval8k_agnews"


def read(folder, content, samples):
    write_run(folder, content, samples)
    (file,) = find_results([folder])
    return read_run(file)


@pytest.fixture
def made():
    return make_run(tasks={"agnews": 1.0}, n=12)


def reason(run):
    assert not run.results
    (each,) = run.rejected
    return each.reason


def test_what_is_kept_of_a_result(tmp_path, made):
    content, samples = made
    run = read(tmp_path / "run", content, samples)
    assert run.rejected == ()
    assert run.file == f"run/results_{DATE}.json"
    assert run.date == "2026-03-01T10:00:00Z"
    assert (run.model.name, run.model.revision, run.model.dtype) == ("lab/model", "main", "float32")
    (result,) = run.results
    assert result.is_correct.tolist() == [bool(line["acc"]) for line in samples[NAME]]
    assert result.count.correct == sum(line["acc"] for line in samples[NAME])
    assert result.chance == 0.25
    assert result.examples[1].question == "Question 1 of agnews?"
    assert sum(result.examples[0].probabilities) == pytest.approx(1, abs=1e-3)


def test_calibration_is_that_of_the_harness(tmp_path, made):
    import numpy as np

    from harness.metrics.calibration import calibration

    content, samples = made
    (result,) = read(tmp_path, content, samples).results
    scores = np.array([[float(pair[0]) for pair in s["filtered_resps"]] for s in samples[NAME]])
    golds = np.array([sample["doc"]["label"] for sample in samples[NAME]])
    wanted = calibration(scores, golds, tuple(map(str, range(len(golds)))))
    assert result.reliability.brier == pytest.approx(wanted.brier.value)
    assert result.reliability.ece == pytest.approx(wanted.ece.value)


def test_generated_replies_are_read_again(tmp_path, made):
    content, samples = made
    content["configs"][NAME]["output_type"] = "generate_until"
    for sample in samples[NAME]:
        symbol = "ABCD"[sample["doc"]["label"]]
        sample["filtered_resps"] = [f"The answer is {symbol}."] if sample["acc"] else ["no idea"]
    run = read(tmp_path / "right", content, samples)
    (result,) = run.results
    assert result.scoring == "generated"
    assert result.reliability is None
    samples[NAME][0]["acc"] = 1 - samples[NAME][0]["acc"]
    assert "do not follow from the answers" in reason(read(tmp_path / "wrong", content, samples))


def set_at(path, value):
    def change(content, samples):
        *keys, last = path
        for key in keys:
            content = content[key]
        content[last] = value

    return change


def set_sample(change):
    return lambda content, samples: change(samples[NAME])


def drop(key):
    return set_sample(lambda lines: lines[4].pop(key))


METADATA = ("configs", NAME, "metadata")
ACCURACY = ("results", NAME, "acc,none")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_at(("lm_eval_version",), "0.4.9"), "made with lm-eval 0.4.9; 0.4.13 or later"),
        (set_at(("lm_eval_version",), None), "no version of lm-eval"),
        (set_at(("configs",), {}), "no task of MCEval8k"),
        (set_at(("config", "limit"), 50), "only a part of the test split was asked"),
        (set_at((*METADATA, "version"), 0), "made with version 0 of the task; this is 1"),
        (set_at((*METADATA, "edition_digest"), None), "its metadata has no edition_digest"),
        (set_at((*METADATA, "test_items"), 1000), "12 of the 1000 items of the test split"),
        (set_at((*METADATA, "test_items"), None), "its test_items is None"),
        (set_at((*METADATA, "test_ids_digest"), "f" * 64), "not those of the test split"),
        (set_at(("configs", NAME, "dataset_name"), "ag"), "unknown task 'ag'"),
        (set_at(ACCURACY, float("nan")), "its accuracy is nan"),
        (set_at(ACCURACY, None), "its accuracy is None"),
        (set_at(ACCURACY, 0.99), "its accuracy is 0.990000, but by its items"),
        (set_at(("results", NAME), None), "no score"),
        (set_sample(lambda lines: lines.pop()), "11 of the 12 items"),
        (set_sample(lambda lines: lines.pop(3)), "doc_ids are missing"),
        (set_sample(lambda lines: lines.append(lines[5])), "doc_id 5 is there twice"),
        (drop("acc"), "line 5: no field 'acc'"),
        (drop("doc"), "line 5: no field 'doc'"),
        (set_sample(lambda lines: lines[4].update(acc="x")), "line 5: a field of the sample has"),
        (set_sample(lambda lines: lines[4].update(acc=0.5)), "has the verdict 0.5"),
        (
            set_sample(lambda lines: lines[4]["filtered_resps"].__setitem__(2, ["nan", "False"])),
            "item agnews-000000000004 has a score that is NaN or infinite",
        ),
        (
            set_sample(lambda lines: lines[4]["filtered_resps"].__setitem__(2, ["-inf", "False"])),
            "NaN or infinite",
        ),
        (set_sample(lambda lines: lines[4]["filtered_resps"].pop()), "3 scores of 4 options"),
        (
            set_sample(lambda lines: lines[4].update(acc=1 - lines[4]["acc"])),
            "1 verdicts do not follow from the answers, first that on agnews-000000000004",
        ),
        (
            set_sample(lambda lines: lines[4].update(doc={**lines[4]["doc"], "label": 4})),
            "item agnews-000000000004 has no option 4",
        ),
        (
            set_sample(lambda lines: lines[4].update(doc={**lines[4]["doc"], "options": "ABCD"})),
            "line 5: a field of the sample has the wrong type",
        ),
    ],
)
def test_what_is_wrong_is_said(tmp_path, made, change, message):
    content, samples = made
    change(content, samples)
    assert message in reason(read(tmp_path, content, samples))


def test_files_that_are_cut_off(tmp_path, made):
    path = write_run(tmp_path, *made)
    (samples,) = tmp_path.glob("samples_*")
    (file,) = find_results([tmp_path])
    lines = samples.read_bytes()
    samples.write_bytes(lines[:-40])
    assert "line 12: no JSON, or cut off" in reason(read_run(file))
    samples.write_bytes(lines.replace(b"Question 3", b"Question \xff"))
    assert "line 4: no JSON, or cut off" in reason(read_run(file))
    samples.unlink()
    assert "lm-eval writes it with --log_samples" in reason(read_run(file))
    path.write_bytes(path.read_bytes()[:-10])
    assert reason(read_run(file)) == "no JSON, or cut off"
    path.write_text("[]")
    assert reason(read_run(file)) == "no result file of lm-eval"


def test_other_tasks_of_a_run_are_read_if_one_fails(tmp_path):
    content, samples = make_run(tasks={"agnews": 1.0, "lti": 1.0, "ner": 1.0})
    samples[NAME].pop()
    run = read(tmp_path, content, samples)
    assert [result.task for result in run.results] == ["lti", "ner"]
    assert [each.task for each in run.rejected] == ["agnews"]


def test_repeated_ids_are_items_of_their_own(tmp_path, made):
    content, samples = made
    lines = samples[NAME]
    lines[1]["doc"] = {**lines[1]["doc"], "id": lines[0]["doc"]["id"]}
    import hashlib

    listed = "".join(f"{line['doc']['id']}\n" for line in lines)
    content["configs"][NAME]["metadata"]["test_ids_digest"] = hashlib.sha256(
        listed.encode()
    ).hexdigest()
    lines.reverse()  # the order in the file says nothing
    (result,) = read(tmp_path, content, samples).results
    assert result.n == 12
    assert result.is_correct.tolist() == [bool(line["acc"]) for line in reversed(lines)]


def test_where_results_are_looked_for(tmp_path, made):
    path = write_run(tmp_path / "a" / "__home__me__models__tiny", *made)
    both = find_results([tmp_path / "a", path, tmp_path])
    assert [file.label for file in both] == [f"a/tiny/{path.name}"]
    with pytest.raises(UsageError, match="nothing does not exist"):
        find_results([tmp_path / "nothing"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no results_\*\.json"):
        find_results([tmp_path / "empty"])


@pytest.mark.parametrize(
    ("given", "name", "revision"),
    [
        ({"model_name": "lab/model"}, "lab/model", ""),
        ({"model_name": "/data/models/tiny"}, "tiny", ""),
        ({"model_name": r"C:\models\tiny"}, "tiny", ""),
        ({"model_name": "../tiny/"}, "tiny", ""),
        ({"model_name": "gpt2"}, "gpt2", ""),
        (
            {"model_name": "/c/hub/models--lab--model/snapshots/abc123"},
            "lab/model",
            "abc123",
        ),
        ({"config": {"model_args": {"pretrained": "lab/m", "dtype": "bfloat16"}}}, "lab/m", ""),
        ({"config": {"model_args": "model=api-model,x=1"}}, "api-model", ""),
        ({"mceval8k": {"model_commit": "c" * 40}, "model_name": "lab/m"}, "lab/m", "c" * 40),
        ({"config": None, "mceval8k": [1]}, "unnamed", ""),
    ],
)
def test_models_are_named_alike_on_all_machines(given, name, revision):
    from harness.leaderboard.identity import model_of

    found = model_of(given)
    assert (found.name, found.revision) == (name, revision)


def test_adapters_and_quantisation_make_another_model():
    from harness.leaderboard.identity import model_of

    arguments = "pretrained=m,peft=/x/adapter,load_in_4bit=True,load_in_8bit=False,device=cpu"
    assert model_of({"config": {"model_args": arguments}}).variant == (
        "load_in_4bit=True, peft=adapter"
    )


def test_the_cache_gives_what_reading_gives(tmp_path, monkeypatch):
    monkeypatch.setenv("MCEVAL8K_CACHE", str(tmp_path / "cache"))
    content, samples = make_run(tasks={"agnews": 1.0, "lti": 1.0}, langs=("en", "zh"))
    samples["mceval8k_lti"].pop()
    path = write_run(tmp_path / "run", content, samples)
    files = find_results([tmp_path / "run"])
    fresh = collect(files, use_cache=False)
    assert not (tmp_path / "cache").exists()
    assert collect(files) == fresh
    (kept,) = (tmp_path / "cache" / "leaderboard").iterdir()
    monkeypatch.setattr("harness.leaderboard.collecting.read_run", None)
    assert collect(files) == fresh
    kept.write_text("{")
    with pytest.raises(TypeError):
        collect(files)  # what cannot be read is read anew
    monkeypatch.undo()
    samples_path = path.with_name(f"samples_{NAME}_{DATE}.jsonl")
    before = run_cache.cache_path(path, "x")
    samples_path.write_text(samples_path.read_text() + "\n")
    assert run_cache.cache_path(path, "x") != before


def test_several_processes_give_what_one_gives(results, monkeypatch):
    files = find_results([results])
    alone = collect(files, use_cache=False)
    monkeypatch.setattr("harness.leaderboard.collecting.MANY_BYTES", 0)
    monkeypatch.setattr("harness.leaderboard.collecting._processors", lambda: 2)
    told = []
    assert collect(files, use_cache=False, tell=told.append) == alone
    assert "with 2 processes" in told[0]


def test_one_reason_is_told_once(tmp_path):
    content, samples = make_run(tasks={"agnews": 1.0, "lti": 1.0})
    content["config"]["limit"] = 3
    run = read(tmp_path / "r", content, samples)
    assert [names for _, names, _ in grouped(run.rejected)] == ["agnews, lti"]


def test_samples_of_the_helper_are_those_of_lm_eval(made):
    """The fields that lm-eval 0.4.13 was seen to write, and that are read."""
    sample = json.loads(json.dumps(make_samples(*_one_item())[0]))
    assert {"doc_id", "doc", "filtered_resps", "acc"} <= set(sample)
    assert sample["filtered_resps"][0][1] == "False"


def _one_item():
    from tests.harness.leaderboard.result_files import make_items

    return make_items("agnews", 1), [[-1.0, -2.0, -3.0, -4.0]]
