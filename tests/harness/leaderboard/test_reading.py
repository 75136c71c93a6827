"""Result files that can go on a board, and why others cannot."""

from __future__ import annotations

import json

import pytest

from harness.leaderboard import run_cache
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.reading import read_run
from harness.leaderboard.records import grouped
from mceval8k.errors import UsageError
from tests.harness.leaderboard.result_files import (
    DATE,
    make_items,
    make_run,
    make_samples,
    make_scores,
    write_run,
)

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
    assert result.probabilities.shape == (12, 4)
    assert result.probabilities.sum(axis=1) == pytest.approx(1, abs=2e-3)
    assert result.groups.tolist() == list(range(12))


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
        (set_at(("lm_eval_version",), "new"), "no version of lm-eval"),
        (set_at(("configs",), {}), "no task of MCEval8k"),
        (set_at(("configs",), []), "Expected `object`, got `array` - at `configs`"),
        (set_at(("config",), []), "Expected `object`, got `array` - at `config`"),
        (set_at(("configs", NAME), "x"), "no metadata on edition and pack"),
        (set_at(METADATA, "x"), "no metadata on edition and pack"),
        (set_at(("n-shot",), []), "Expected `object`, got `array` - at `n-shot`"),
        (set_at(("n-shot", NAME), [1]), "its n-shot is no whole number"),
        (set_at(("n-shot", NAME), 1e999), "its n-shot is no whole number"),
        (set_at(("date",), 10**400), "Number out of range - at `date`"),
        (set_at(("model_name",), "\ud800"), "half of a surrogate pair"),
        (set_at(("results", "\udfff"), {}), "half of a surrogate pair"),
        (set_at(ACCURACY, 10**400), "its accuracy is not between 0 and 1"),
        (set_at(ACCURACY, 1e999), "its accuracy is not between 0 and 1"),
        (set_at((*METADATA, "rotation"), -1), "Expected `int` >= 0 - at `metadata.rotation`"),
        (set_at((*METADATA, "pack"), "/"), "its pack is '/'"),
        (set_at(("config", "limit"), 50), "only a part of the test split was evaluated"),
        (set_at((*METADATA, "version"), 0), "made with version 0 of the task; this is 1"),
        (set_at((*METADATA, "edition_digest"), None), "got `null` - at `metadata.edition_digest`"),
        (set_at((*METADATA, "edition_digest"), "xyz"), "`metadata.edition_digest`"),
        (set_at((*METADATA, "test_items"), 1000), "12 of the 1000 items of the test split"),
        (set_at((*METADATA, "test_items"), None), "got `null` - at `metadata.test_items`"),
        (set_at((*METADATA, "test_ids_digest"), "f" * 64), "not those of the test split"),
        (set_at(("configs", NAME, "dataset_name"), "ag"), "12 items have another question"),
        (set_at(ACCURACY, float("nan")), "its accuracy is not between 0 and 1"),
        (set_at(ACCURACY, None), "its accuracy is no number"),
        (set_at(ACCURACY, 0.99), "its accuracy is 0.990000, but by its items"),
        (set_at(("results", NAME), None), "no score"),
        (set_sample(lambda lines: lines.pop()), "11 of the 12 items"),
        (set_sample(lambda lines: lines.pop(3)), "doc_ids are missing"),
        (set_sample(lambda lines: lines.append(lines[5])), "doc_id 5 is there twice"),
        (drop("acc"), "line 5: Object missing required field `acc`"),
        (drop("doc"), "line 5: Object missing required field `doc`"),
        (set_sample(lambda lines: lines[4].update(acc="x")), "line 5: Expected `float`, got `str`"),
        (set_sample(lambda lines: lines[4].update(doc_id=4.5)), "line 5: Expected `int`"),
        (set_sample(lambda lines: lines[4].update(doc_id=10**30)), "doc_ids are missing"),
        (
            set_sample(lambda lines: lines[4]["filtered_resps"].__setitem__(0, ["x", "y"])),
            "line 5: a log-likelihood is no number",
        ),
        (set_sample(lambda lines: lines[4].update(acc=0.5)), "has the verdict 0.5"),
        (
            set_sample(lambda lines: lines[4]["filtered_resps"].__setitem__(2, ["nan", "False"])),
            "has a score that is NaN or infinite",
        ),
        (
            set_sample(lambda lines: lines[4]["filtered_resps"].__setitem__(2, ["-inf", "False"])),
            "NaN or infinite",
        ),
        (set_sample(lambda lines: lines[4]["filtered_resps"].pop()), "3 scores of 4 options"),
        (
            set_sample(lambda lines: lines[4].update(acc=1 - lines[4]["acc"])),
            "1 verdicts do not follow from the answers, first that on agnews-",
        ),
        (
            set_sample(lambda lines: lines[4].update(doc={**lines[4]["doc"], "label": 4})),
            "has no option 4",
        ),
        (
            set_sample(lambda lines: lines[4].update(doc={**lines[4]["doc"], "options": "ABCD"})),
            "line 5: Expected `array`, got `str`",
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
    lines[1]["doc"] = lines[0]["doc"]
    (scores,) = make_scores([lines[1]["doc"]], 1.0, "again")
    lines[1] = {**make_samples([lines[1]["doc"]], [scores])[0], "doc_id": 1}
    content["results"][NAME]["acc,none"] = sum(line["acc"] for line in lines) / 12
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
    assert [file.label for file in both] == [f"a/__home__me__models__tiny/{path.name}"]
    with pytest.raises(UsageError, match="nothing does not exist"):
        find_results([tmp_path / "nothing"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"no results_\*\.json"):
        find_results([tmp_path / "empty"])


@pytest.mark.parametrize(
    ("given", "name", "revision"),
    [
        ({"model_name": "lab/model"}, "lab/model", ""),
        ({"model_name": "/runs/A/checkpoint-1000"}, "/runs/A/checkpoint-1000", ""),
        ({"model_name": r"C:\models\tiny"}, "C:/models/tiny", ""),
        ({"model_name": "../tiny/"}, "../tiny", ""),
        ({"model_name": "gpt2"}, "gpt2", ""),
        (
            {"model_name": "/c/hub/models--lab--model/snapshots/abc123"},
            "lab/model",
            "abc123",
        ),
        ({"config": {"model_args": {"pretrained": "lab/m", "dtype": "bfloat16"}}}, "lab/m", ""),
        ({"config": {"model_args": "model=api-model,x=1"}}, "api-model", ""),
        ({"mceval8k": {"model_commit": "c" * 40}, "model_name": "lab/m"}, "lab/m", "c" * 40),
        ({}, "unnamed", ""),
        ({"config": {"model_args": "peft=lab/adapter,pretrained=lab/m"}}, "lab/m", ""),
    ],
)
def test_models_are_named_alike_on_all_machines(given, name, revision):
    from harness.leaderboard.identity import model_of

    found = model_of(content_of(given))
    assert (found.name, found.revision) == (name, revision)


def test_adapters_and_quantisation_make_another_model():
    from harness.leaderboard.identity import model_of

    arguments = "pretrained=m,peft=/x/adapter,load_in_4bit=True,load_in_8bit=False,device=cpu"
    assert model_of(content_of({"config": {"model_args": arguments}})).variant == (
        "load_in_4bit=True, peft=/x/adapter"
    )


@pytest.mark.parametrize(
    ("arguments", "variant"),
    [
        ("pretrained=m,max_length=512", "max_length=512"),
        ("pretrained=m,something_new=1", "something_new=1"),
        ("pretrained=m,batch_size=8,device=cuda,tensor_parallel_size=2,num_concurrent=4", ""),
        (
            "model=m,base_url=http://me:pw@host/v1,api_key=sk-1,hf_token=hf_x",
            "base_url=http://***@host/v1",
        ),
    ],
)
def test_what_may_change_answers_makes_another_model_and_secrets_are_not_told(arguments, variant):
    from harness.leaderboard.identity import model_of

    assert model_of(content_of({"config": {"model_args": arguments}})).variant == variant


def content_of(given):
    from harness.leaderboard.result_schema import ResultContent, converted

    plain = {"results": {}, "configs": {}, "config": {}, "lm_eval_version": "0.4.13"}
    return converted({**plain, **given}, ResultContent)


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
    kept.write_bytes(b"\x81")
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
    one = make_items("agnews", 1), [[-1.0, -2.0, -3.0, -4.0]]
    sample = json.loads(json.dumps(make_samples(*one)[0]))
    assert {"doc_id", "doc", "filtered_resps", "acc"} <= set(sample)
    assert sample["filtered_resps"][0][1] == "False"
