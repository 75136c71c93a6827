"""Estimators against the measurement, under both conventions."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mceval8k.statistics import resample
from neurgrad_eval.engine.estimators import ESTIMATORS
from neurgrad_eval.experiments._agreement import compare, pearson, spearman
from neurgrad_eval.experiments.estimate import EstimateOptions, Estimates, estimate
from neurgrad_eval.runs.runner import run

PROMPTS, ANSWERS = ["Choose.\n\nWhat is red?\nAnswer:", "Who?\nA:"], [" B", " C"]


@pytest.fixture(scope="module")
def result(tiny):
    return estimate(tiny, PROMPTS, ANSWERS, neurons=12, shift_range=0.02, step=0.01)


def test_neurgrad_follows_the_convention_and_cg_does_not(result):
    table = result.to_pandas("estimates")
    assert len(table) == 2 * 12 * 2 * len(ESTIMATORS)
    value = {key: own["value"].to_numpy() for key, own in table.groupby(["estimator", "sign"])}
    np.testing.assert_array_equal(value["CG", "magnitude"], value["CG", "signed"])
    np.testing.assert_array_equal(value["NeurGrad", "signed"], value["CG", "signed"])
    assert (value["NeurGrad", "magnitude"] != value["CG", "magnitude"]).any()


def test_the_scores(result):
    scores = result.to_pandas().set_index(["estimator", "sign"])
    assert len(scores) == 2 * len(ESTIMATORS)
    assert scores["pearson"]["sweep", "magnitude"] == pytest.approx(1)
    assert scores["error"]["sweep", "signed"] == 0
    assert scores["pearson"]["NeurGrad", "magnitude"] > 0.999
    assert scores["pearson"]["CG", "signed"] > 0.999
    assert scores["pearson"]["CG", "magnitude"] < 0.9
    assert np.isnan(scores["error"]["IG", "magnitude"])
    assert scores["forwards"]["sweep", "signed"] == 1 + 12 * 4
    assert scores["backwards"]["IG", "signed"] == 12 * 5
    assert scores["spearman_by_prompt"]["sweep", "magnitude"] == pytest.approx(1)
    estimates = result.to_pandas("estimates").query("sign == 'magnitude'")
    by_prompt = estimates.pivot_table(
        index="prompt", columns="estimator", values="value", aggfunc=list
    )
    own = [np.corrcoef(cg, neg)[0, 1] for cg, neg in by_prompt[["CG", "sweep"]].to_numpy()]
    assert scores["pearson_by_prompt"]["CG", "magnitude"] == pytest.approx(np.mean(own))


def test_few_prompts_have_no_interval(tiny):
    few = estimate(tiny, PROMPTS[:1], ANSWERS[:1], neurons=4, shift_range=0.02, step=0.01)
    scores = few.to_pandas()
    assert scores[[n for n in scores if n.endswith(("_low", "_high"))]].isna().all(axis=None)
    assert "1.000 [" not in str(few.sections())
    prompts = [f"Number {number}?\nA:" for number in range(10)]
    ten = estimate(tiny, prompts, ANSWERS[:1] * 10, neurons=4, shift_range=0.02, step=0.01)
    one = ten.to_pandas().set_index(["estimator", "sign"]).loc["CG", "magnitude"]
    for name in ("spearman", "pearson_by_prompt", "spearman_by_prompt"):
        assert one[f"{name}_low"] < one[name] < one[f"{name}_high"]
    assert one[["pearson_low", "pearson_high", "error_low", "error_high"]].isna().all()


def test_measures_by_hand():
    found, measured = np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([[2.0, 4.0], [6.0, 1.0]])
    assert pearson(found, 2 * found + 1) == pytest.approx(1)
    assert pearson(found, measured) == pytest.approx(
        np.corrcoef(found.ravel(), measured.ravel())[0, 1]
    )
    assert spearman(found, measured) == pytest.approx(1)
    both = compare(found, measured, resample(range(2)))
    assert both["sign_agreement"].value == 0.75
    assert both["error"].value == 2
    for name, one in (("pearson", pearson), ("spearman", spearman)):
        assert both[name].value == pytest.approx(one(found, measured))
    assert np.isnan(pearson(found, np.full((2, 2), 0.1)))


def test_the_command_asks_a_file(tiny_folder, tmp_path):
    path = tmp_path / "prompts.jsonl"
    rows = [{"prompt": p, "answer": a} for p, a in zip(PROMPTS, ANSWERS, strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = EstimateOptions(model=str(tiny_folder), prompts=path, neurons=3, step=1.0, max_tokens=5)
    found = run(Estimates.open(asked, None), tmp_path / "run")
    assert found.facts == {"prompts": 2, "skipped": 0}
    assert "sign" not in found.about
    assert (tmp_path / "run" / "index.html").read_text().count("<figure ") == 2
