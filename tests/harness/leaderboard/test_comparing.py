"""`mceval8k compare` and `mceval8k leaderboard check`: two runs, and one before it is submitted."""

from __future__ import annotations

import json

import pytest
from scipy.stats import binomtest

from harness import compare_runs
from mceval8k.errors import DataError, UsageError
from tests.commands import mceval8k
from tests.harness.leaderboard.result_files import make_run, write_run

BOTH = {"agnews": 1.0, "lti": 1.0}


def written(folder, name, **options):
    write_run(folder / name, *make_run(f"lab/{name}", **{"tasks": BOTH, "n": 40, **options}))
    return folder / name


def test_two_folders_are_compared_item_by_item(tmp_path):
    first, second = (
        written(tmp_path, "a"),
        written(tmp_path, "b", tasks={"agnews": 0.0, "ner": 1.0}),
    )
    found = compare_runs(first, second)
    line = {each.name: each for each in found.lines}["agnews"]
    p = binomtest(line.only_first, line.only_first + line.only_second).pvalue
    assert line.p == pytest.approx(p)
    assert line.n == 40
    assert found.first == "lab/a · main · float32 · default · 0-shot"
    assert found.notes == ("in one of the two only: lti, ner",)
    assert [each.name for each in found.lines if each.level == "task"] == ["agnews"]


def test_what_cannot_be_compared_is_said(tmp_path):
    first = written(tmp_path, "a", tasks={"agnews": 1.0})
    other = written(tmp_path, "b", tasks={"lti": 1.0})
    with pytest.raises(DataError, match="no task in common"):
        compare_runs(first, other)
    with pytest.raises(UsageError, match="holds several runs: name one file"):
        compare_runs(first, tmp_path)
    fewer = written(tmp_path, "c", tasks={"agnews": 1.0}, n=30)
    with pytest.raises(DataError, match="agnews: the runs have different items"):
        compare_runs(first, fewer)
    edition = written(tmp_path, "d", tasks={"agnews": 1.0}, metadata={"edition_digest": "f" * 64})
    with pytest.raises(DataError, match="agnews: the runs are of two editions"):
        compare_runs(first, edition)
    shots = written(tmp_path, "e", tasks={"agnews": 1.0}, shots=2)
    assert "settings differ" in compare_runs(first, shots).notes[0]


def test_a_run_with_rotations_is_compared_without_them(tmp_path):
    first, second = written(tmp_path, "a"), written(tmp_path, "b")
    alone = compare_runs(first, second)
    write_run(second / "1", *make_run("lab/b", tasks=BOTH, n=40, metadata={"rotation": 1}))
    found = compare_runs(first, second)
    assert found.lines == alone.lines
    assert "without rotations" in found.notes[0]
    assert compare_runs(second / "1", second / "1").second.endswith("rotation 1")


def test_the_command_prints_a_table_or_json(tmp_path):
    first, second = written(tmp_path, "a"), written(tmp_path, "b")
    done = mceval8k("compare", first, second, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [each["name"] for each in told["comparisons"][:3]] == [
        "chance_corrected",
        "genre_macro",
        "micro",
    ]
    assert told["comparisons"][0]["p_holm"] is None
    assert {"difference", "low", "high", "p"} <= set(told["comparisons"][-1])
    long = {"amazon-review-multi": 1.0}  # the longest name
    shown = mceval8k(
        "compare", *(written(tmp_path, name, tasks=long) for name in ("long", "longer"))
    )
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert "amazon-review-multi" in shown.stdout
    assert "…" not in shown.stdout
    assert "above chance" in shown.stdout
    missing = mceval8k("compare", first, tmp_path / "nothing")
    assert missing.returncode == 2
    assert "nothing does not exist" in missing.stderr


def test_a_submission_is_checked_before_it_is_one(tmp_path):
    good = written(tmp_path, "good")
    done = mceval8k("leaderboard", "check", good, "--tasks", "agnews,lti")
    assert done.returncode == 0, done.stderr
    assert "fits: lab/good, agnews" in done.stderr
    assert "unknown whether every prompt fitted" in done.stderr
    content, samples = make_run("lab/bad", tasks=BOTH, n=40)
    doc = samples["mceval8k_agnews"][3]["doc"]
    samples["mceval8k_agnews"][3]["doc"] = {**doc, "label": (doc["label"] + 1) % 4}
    write_run(tmp_path / "bad", content, samples)
    done = mceval8k("leaderboard", "check", tmp_path / "bad", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["refused"][0]["task"] == "agnews"
    assert "items have another question" in done.stderr
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "results_x.json").write_text("[" * 100_000)
    done = mceval8k("leaderboard", "check", tmp_path / "deep")
    assert done.returncode == 1
    assert "no JSON, or cut off" in done.stderr
    assert "Traceback" not in done.stderr
