"""The experiment sweep: its tables follow from its points, and its settings are checked."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.experiments.sweep import SweepOptions, SweepPrompts, SweepSettings
from neurgrad_eval.inputs.prompt_file import given_prompts
from neurgrad_eval.runs.runner import run

ROWS = [
    {"prompt": "Who?\nA:", "answer": "A"},
    {"prompt": "What?\nA:", "answer": "AB"},  # not one token
    {"prompt": "Where is it?\nA:", "answer": " C"},
    {"prompt": "When?\nA:\n", "answer": "D"},
]


@pytest.fixture
def asked(tiny_folder, tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return {"model": str(tiny_folder), "prompts": path, "neurons": 5, "step": 0.5}


def test_the_tables_follow_from_the_points(asked, tmp_path):
    result = run(SweepPrompts.open(SweepOptions(**asked), None), tmp_path / "run")
    facts = result.facts
    assert (facts["prompts"], facts["skipped"], facts["neurons"]) == (3, 1, 15)
    points, neurons = result.to_pandas("points"), result.to_pandas("neurons")
    assert len(points) == 3 * 5 * 8
    assert set(points["prompt"]) == {0, 2, 3}
    by_neuron = points.groupby(["prompt", "layer", "neuron"], sort=False)
    slopes = by_neuron.apply(
        lambda own: (own["shift"] @ own["change"]) / (own["shift"] @ own["shift"])
    )
    np.testing.assert_allclose(neurons["neg"], slopes, rtol=1e-5)
    np.testing.assert_allclose(neurons["neurgrad"], neurons["cg"] * np.sign(neurons["activation"]))
    assert (neurons["polarity"] == np.sign(neurons["neg"])).all()
    expected = np.corrcoef(neurons["neurgrad"], neurons["neg"])[0, 1]
    assert facts["neurgrad_correlation"] == pytest.approx(expected)
    linear = neurons["linearity"].abs() >= 0.95
    assert result.to_pandas("linear")["linear"].iloc[-1] == pytest.approx(linear.mean())
    assert result.to_pandas("polarity")["share"].sum() == 1
    steepest = neurons.loc[neurons["neg"].abs().idxmax()]
    first = result.to_pandas("curves").iloc[0]
    assert (first[["layer", "neuron"]] == steepest[["layer", "neuron"]]).all()
    page = (tmp_path / "run" / "index.html").read_text()
    assert page.count("<figure ") == 4
    assert "[bold]tiny" in page


def test_sweeps_of_16_bit_weights_are_fitted_to_the_shifts_themselves(asked):
    """The last token is computed in float32, so that no shift is rounded."""
    result = run(SweepPrompts.open(SweepOptions(**asked, dtype="bfloat16"), None))
    points, neurons = result.to_pandas("points"), result.to_pandas("neurons")
    assert "applied" not in points
    slopes = points.groupby(["prompt", "layer", "neuron"], sort=False).apply(
        lambda own: (own["shift"] @ own["change"]) / (own["shift"] @ own["shift"])
    )
    np.testing.assert_allclose(neurons["neg"], slopes, rtol=1e-5)


def test_a_neuron_that_has_not_moved_has_no_slope(tiny, monkeypatch):
    made = SweepPrompts(
        SweepSettings(neurons=4, step=1), tiny, given_prompts(tiny, ["Who?"], [" A"])
    )
    real = made.measure

    def still(unit):
        table = real(unit)["neurons"]
        applied = np.tile([-2.0, -1.0, 1.0, 2.0], (4, 1)).astype(np.float32)
        applied[1] = 0
        at = table.column_names.index("applied")
        return {"neurons": table.set_column(at, "applied", pa.array(list(applied)))}

    monkeypatch.setattr(made, "measure", still)
    result = run(made)
    neurons = result.table("neurons")
    assert neurons["neg"].is_null().to_pylist() == [False, True, False, False]
    assert neurons["polarity"].is_null().to_pylist() == [False, True, False, False]
    assert np.isfinite(result.facts["neurgrad_correlation"])
    assert result.warnings[0].startswith("1 neurons have no slope")


def test_a_prompt_does_not_depend_on_the_others(tiny):
    settings = SweepSettings(neurons=4, step=1)
    both = given_prompts(tiny, ["Who?", "What?"], [" A", " B"])
    experiment = SweepPrompts(settings, tiny, both)
    first, second = both.rows
    alone = experiment.measure(second)["neurons"]
    experiment.measure(first)
    assert experiment.measure(second)["neurons"].equals(alone)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step": 0}, "step 0"),
        ({"shift_range": 0.1}, "range 0.1 is smaller than the step 0.5"),
        ({"neurons": 0}, "neurons 0"),
        ({"neurons": 73}, "73 neurons are requested; the model has 72"),
        ({"limit": 0}, "limit 0"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_bad_settings_are_named(asked, changes, words):
    with pytest.raises(UsageError, match=words):
        SweepPrompts.open(SweepOptions(**asked | changes), None)
