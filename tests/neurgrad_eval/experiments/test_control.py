"""Several neurons at once: joint shifts against patched layers, predictions and scores by hand."""

from __future__ import annotations

import json
import math
from itertools import product

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from mceval8k.errors import UsageError
from mceval8k.statistics import resample
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.experiments import control as control_module
from neurgrad_eval.experiments._agreement import compare, compare_within
from neurgrad_eval.experiments._predictions import in_log_odds, score
from neurgrad_eval.experiments.control import (
    Control,
    ControlOptions,
    ControlSettings,
    control,
    control_question,
)
from neurgrad_eval.runs.runner import run

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"


def controlled(model, settings, number=0, prompt=PROMPT, answer=ANSWER):
    """Base, and values [selection, number, direction, shift] of a prompt."""
    table = control_question(ask(model, prompt, answer), number, settings)
    names = ("measured", "by_neurgrad", "by_neg")
    values = {n: table[n].to_numpy(zero_copy_only=False).reshape(settings.shape) for n in names}
    return table["base"][0].as_py(), values


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_what_is_moved_and_predicted(tiny, patched, space, sign):
    """Every set, direction and shift, by patched layers and from gradients and sweeps alone."""
    settings = ControlSettings(
        numbers=(1, 3, 40), shifts=(0.25, 1.0), measured=3, space=space, sign=sign
    )
    base, found = controlled(tiny, settings, 7)
    gradients = tiny.answer_gradients([PROMPT], [ANSWER], space=space)
    slopes = torch.cat([g[0, 0] for g in gradients.neurgrad(sign)]).numpy()
    activations = torch.cat([a[0] for a in gradients.activations]).numpy()
    token = tiny.tokenizer(ANSWER)["input_ids"][0]
    orders = {
        "random": np.random.default_rng([0, 7]).permutation(72),
        "top": np.argsort(-np.abs(slopes), kind="stable"),
    }
    keys = product(enumerate(orders), enumerate((1, 3, 40)), enumerate((1, -1)))
    for (s, selection), (n, number), (d, way) in keys:
        own = orders[selection][:number]
        neurons = [(int(i) // 24, int(i) % 24) for i in own]
        known = slopes[own]
        if number <= 3:
            known = sweep(tiny, PROMPT, ANSWER, neurons=neurons, space=space, sign=sign).neg
            known = known.numpy()
        towards = np.sign(known)
        direction = np.sign(activations[own]) if sign == "magnitude" else np.ones(number)
        for h, shift in enumerate((0.25, 1.0)):
            moved = dict(zip(neurons, way * shift * towards * direction, strict=True))
            after = patched(tiny, PROMPT, moved, space)[token]
            at = (s, n, d, h)
            assert found["measured"][at] == pytest.approx(float(after) - base, abs=2e-6)
            expected = float(way * shift * (towards @ slopes[own]))
            assert found["by_neurgrad"][at] == pytest.approx(expected, rel=1e-4)
            if number <= 3:
                expected = float(way * shift * np.abs(known).sum())
                assert found["by_neg"][at] == pytest.approx(expected, rel=1e-4)
            else:
                assert math.isnan(found["by_neg"][at])
    assert np.abs(found["measured"]).min() > 0


def test_measured_slopes_decide_which_way_neurons_go(tiny, monkeypatch):
    def opposite(question, order, settings, copies):
        return -real(question, order, settings, copies)

    settings = ControlSettings(numbers=(2,), shifts=(0.5,))
    _, before = controlled(tiny, settings)
    real = control_module.measured_slopes
    monkeypatch.setattr(control_module, "measured_slopes", opposite)
    _, after = controlled(tiny, settings)
    np.testing.assert_allclose(after["by_neg"], before["by_neg"])
    np.testing.assert_allclose(after["by_neurgrad"], -before["by_neurgrad"])
    np.testing.assert_allclose(after["measured"], before["measured"][:, :, ::-1])


def test_small_sets_and_shifts_are_predicted(tiny):
    """The sum of gradients is exact in the limit."""
    settings = ControlSettings(numbers=(1, 8, 72), shifts=(1e-3,), measured=0)
    _, found = controlled(tiny, settings)
    np.testing.assert_allclose(found["measured"], found["by_neurgrad"], rtol=0.1, atol=1e-6)


def test_the_prompt_runs_once(tiny, run_tokens):
    """Then the last token: for gradients, at rest and per swept shift, and per joint shift."""
    controlled(tiny, ControlSettings(numbers=(1, 3, 40), shifts=(0.25, 1.0), measured=3))
    swept = [1, 3 * 20]
    assert run_tokens == [len(tiny.tokenizer(PROMPT)["input_ids"]) - 1, 1, *swept * 2, 1 + 2 * 12]
    assert not [m for m in tiny.model.modules() if m._forward_pre_hooks]


X = np.array([[0.2, -0.2], [0.4, -0.4]])
Y = np.array([[0.1, -0.1], [0.4, 0.1]])


def test_scores_by_hand():
    """Two prompts, one set shifted along and against."""
    settings = ControlSettings(numbers=(2,), shifts=(1.0,), selections=("random",), measured=0)
    shaped = [values.reshape(2, 1, 1, 2, 1) for values in (X, Y)]
    missing = np.full_like(shaped[0], np.nan)
    found = list(score(shaped[1], {"neurgrad": shaped[0], "neg": missing}, settings))
    both, along, against = found
    assert [one["direction"] for one in found] == ["both", "along", "against"]
    assert {one["prediction"] for one in found} == {"neurgrad"}
    assert both["points"] == 4
    assert both["error"].value == pytest.approx((0.1 + 0.1 + 0 + 0.5) / 4)
    assert both["sign_agreement"].value == 0.75
    assert both["slope"].value == pytest.approx((0.02 + 0.02 + 0.16 - 0.04) / 0.4)
    assert both["pearson"].value == pytest.approx(np.corrcoef(X.ravel(), Y.ravel())[0, 1])
    # ranks 3 2 4 1 of the predictions, 2.5 1 4 2.5 of the measurements
    ranks = np.corrcoef([3, 2, 4, 1], [2.5, 1, 4, 2.5])[0, 1]
    assert both["spearman"].value == pytest.approx(ranks)
    assert along["pearson"].value == pytest.approx(1.0)
    assert against["predicted"] == pytest.approx(0.3)
    assert np.isnan([both["error"].low, both["error"].high]).all()  # of two prompts


def test_intervals_are_of_whole_prompts():
    """Ten of one kind and ten of another: draws mix the shares 1 and 0.5 of signs that agree."""
    x, y = (np.repeat(values, 10, axis=0) for values in (X, Y))
    found = compare(x, y, resample(range(20), resamples=4000))
    for name, value in compare(X, Y, resample(range(2))).items():
        assert found[name].value == pytest.approx(value.value)
    spread = 1.96 * 0.5 / 2 / np.sqrt(20)
    ends = found["sign_agreement"].low, found["sign_agreement"].high
    assert ends == pytest.approx((0.75 - spread, 0.75 + spread), abs=0.03)


def test_ranks_are_taken_in_every_draw():
    """Against plain draws of the rows, with ties and points that are not known."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 4, (12, 3)) / 2, rng.normal(size=(12, 3)).round(1)
    y[3, 1] = np.nan
    resamples = resample(range(12), seed=1, resamples=200)
    plain = []
    for times in resamples.times:
        rows = np.repeat(np.arange(12), times)
        known = np.isfinite(y[rows])
        plain.append(spearmanr(x[rows][known], y[rows][known]).statistic)
    found = compare(x, y, resamples)["spearman"]
    low, high = np.quantile(plain, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high))
    known = np.isfinite(y)
    assert found.value == pytest.approx(spearmanr(x[known], y[known]).statistic)
    assert compare(x, y, resamples)["error"].value == pytest.approx(np.nanmean(np.abs(x - y)))


def test_one_prompt_does_not_decide_the_mean_of_prompts():
    """Nineteen prompts whose points disagree, and one of a thousand times their size."""
    line = np.array([1.0, 2.0, 3.0, 4.0])
    x = np.tile(line, (20, 1))
    y = -x
    x[0], y[0] = 1000 * line, 1000 * line
    resamples = resample(range(20))
    assert compare(x, y, resamples)["pearson"].value > 0.99
    found = compare_within(x, y, resamples)
    assert found["pearson_by_prompt"].value == pytest.approx(-0.9)
    assert found["spearman_by_prompt"].value == pytest.approx(-0.9)
    assert found["pearson_by_prompt"].low == pytest.approx(-1)
    x[1] = 1  # constant: it has no correlation
    found = compare_within(x, y, resamples)
    assert found["pearson_by_prompt"].value == pytest.approx((1 - 18) / 19)
    assert compare_within(x[:, :2], y[:, :2], resamples)["pearson_by_prompt"] is None
    few = compare_within(x[:9], y[:9], resample(range(9)))["spearman_by_prompt"]
    assert np.isnan([few.low, few.high]).all()


def test_log_odds_of_a_half_move_by_four_times_the_sum():
    expected = 1 / (1 + np.exp(-4 * X)) - 0.5
    np.testing.assert_allclose(in_log_odds(X, np.full_like(X, 0.5)), expected)
    assert np.isfinite(in_log_odds(X, np.array([[0.0], [1.0]]))).all()


def test_a_constant_has_no_correlation():
    found = compare(X[:1], np.zeros((1, 2)), resample(range(1), resamples=10))
    assert found["pearson"] is None
    assert found["sign_agreement"].value == 0


def test_a_run_has_all_its_tables(tiny_folder, tmp_path):
    path = tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"{word}?\nA:", "answer": "A"} for word in ("Who", "Where", "When")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = ControlOptions(
        model=str(tiny_folder), prompts=path, numbers=(1, 4, 72), shifts=(1.0, 2.0), measured=4
    )
    result = run(Control.open(asked, None), tmp_path / "run")
    # 2 selections, 3 numbers (2 of them with measured slopes too), 2 shifts, 3 directions
    assert result.table("scores").num_rows == 2 * (3 + 3 + 2) * 2 * 3
    summary = result.to_pandas()
    assert len(summary) == 2 * 3 * 2
    by_size = summary.groupby("neurons")["prediction"].unique()
    assert [*map(list, by_size)] == [["neg"], ["neg"], ["neurgrad"]]
    points = result.to_pandas("points")
    assert len(points) == 3 * 2 * 3 * 2 * 2
    assert points.groupby("neurons")["by_neg"].count().tolist() == [24, 24, 0]
    scatter = result.to_pandas("scatter")
    assert len(scatter) == (points["by_neurgrad"].abs() <= 1.05).sum()
    assert (tmp_path / "run" / "index.html").read_text().count("<figure ") == 7
    by_prompt = result.to_pandas("by_prompt")
    assert len(by_prompt) == 2 * (3 + 3 + 2)
    own = points.query("selection == 'top' and neurons == 72")
    own = own.groupby("prompt")[["by_neurgrad", "measured"]].corr().iloc[::2, 1]
    row = by_prompt.query("selection == 'top' and neurons == 72 and prediction == 'neurgrad'")
    assert row["pearson_by_prompt"].item() == pytest.approx(own.mean())
    assert row["points"].item() == 4
    assert summary["pearson_low"].isna().all()  # of three prompts


def test_prompts_can_be_given(tiny):
    result = control(tiny, ["Who?\nA:", "Where?\nA:"], [" A", " B"], numbers=[2], shifts=[1.0])
    assert result.facts["prompts"] == 2
    base, found = controlled(
        tiny, ControlSettings(numbers=(2,), shifts=(1.0,)), 1, "Where?\nA:", " B"
    )
    own = result.to_pandas("points").query("prompt == 1")
    assert own["base"].unique().tolist() == [base]
    assert own["measured"].tolist() == found["measured"].ravel().tolist()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"numbers": (0,)}, "numbers 0"),
        ({"numbers": (1, 1)}, "numbers: a value is given twice"),
        ({"numbers": ()}, "numbers: at least one value"),
        ({"numbers": (73,)}, "73 neurons are requested; the model has 72"),
        ({"shifts": (0.0, 1.0)}, "shifts 0.0: it must be above 0"),
        ({"selections": ("bottom",)}, "'bottom'"),
        ({"measured": -1}, "measure -1"),
    ],
)
def test_bad_settings_are_named(tiny, changes, words):
    with pytest.raises(UsageError, match=words):
        control(tiny, ["Who?"], [" A"], **changes)


@pytest.mark.model
def test_smollm2_answers_to_joint_shifts(real):
    """Few neurons and small shifts add up; thousands do not."""
    settings = ControlSettings(numbers=(1, 16, 4096), shifts=(0.1, 2.0), measured=1)
    _, found = controlled(real, settings, 0, "The capital of France is", " Paris")
    measured = found["measured"]
    np.testing.assert_allclose(measured[:, 0, :, 0], found["by_neg"][:, 0, :, 0], rtol=0.2)
    assert (np.sign(measured[:, 1, :, 0]) == [[1, -1], [1, -1]]).all()
    assert np.abs(found["by_neurgrad"][:, 2, :, 1]).min() > 1  # no probability can change so much
