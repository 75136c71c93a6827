"""Estimators: by hand, against the definition, and against the measurement."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from neurgrad_eval import cli
from neurgrad_eval.estimators import (
    ESTIMATORS,
    ActivationGradient,
    Case,
    ComputationalGradient,
    ExactSweep,
    IntegratedGradients,
    LogProbabilityIncrease,
    NeurGrad,
)
from neurgrad_eval.estimators.comparison import bootstrap, collect, score
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.sweeps.prompts import PromptRow
from neurgrad_eval.sweeps.question import ask
from neurgrad_eval.sweeps.settings import SweepSettings

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"
NEURONS = ((0, 3), (0, 20), (1, 5), (2, 7), (2, 23))
SMALL = (-0.01, 0.01)


def case(model: NeuronModel, space: str = "hidden", shifts: tuple[float, ...] = SMALL) -> Case:
    return Case(ask(model, PROMPT, ANSWER), NEURONS, shifts, space)


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("estimator", [ComputationalGradient(), NeurGrad()])
def test_slopes_are_exact_for_small_shifts(tiny: NeuronModel, estimator, space: str) -> None:
    given = case(tiny, space)
    expected = ExactSweep().estimate(given)
    torch.testing.assert_close(estimator.estimate(given), expected, rtol=5e-3, atol=1e-6)


@pytest.mark.parametrize("space", ["hidden", "up"])
def test_integrated_gradients_are_complete(tiny: NeuronModel, space: str) -> None:
    """They sum to what p loses when the neuron is set to 0, which LPI measures in log p."""
    given = case(tiny, space)
    base = given.question.gradients("hidden").probabilities[0, 0]
    increase = LogProbabilityIncrease().estimate(given)
    expected = base - base * (-increase).exp()
    found = IntegratedGradients(steps=50).estimate(given)
    torch.testing.assert_close(found, expected, rtol=2e-2, atol=1e-6)
    assert expected.abs().max() > 1e-5


def test_activation_gradient_by_its_definition(tiny: NeuronModel) -> None:
    given = case(tiny)
    gradients = tiny.answer_gradients([PROMPT], [ANSWER])
    expected = [
        gradients.activations[layer][0, index] * gradients.gradients[layer][0, 0, index]
        for layer, index in NEURONS
    ]
    torch.testing.assert_close(ActivationGradient().estimate(given), torch.stack(expected))


def test_neurgrad_follows_the_convention_and_cg_does_not(tiny: NeuronModel) -> None:
    rows = [PromptRow(0, PROMPT, ANSWER), PromptRow(1, "Who?\nA:", " C")]
    settings = SweepSettings(neurons=12, shift_range=0.02, step=0.01)
    found = collect(tiny, rows, settings)
    values = found.values
    assert values["NeurGrad", "signed"].shape == (2, 12)
    np.testing.assert_array_equal(values["CG", "magnitude"], values["CG", "signed"])
    np.testing.assert_array_equal(values["NeurGrad", "signed"], values["CG", "signed"])
    assert (values["NeurGrad", "magnitude"] != values["CG", "magnitude"]).any()
    scores = {(one.estimator, one.sign): one for one in score(found, seed=0)}
    assert len(scores) == 2 * len(ESTIMATORS)
    assert scores["sweep", "magnitude"].pearson.value == pytest.approx(1)
    assert scores["sweep", "signed"].error.value == 0
    assert scores["NeurGrad", "magnitude"].pearson.value > 0.999
    assert scores["CG", "signed"].pearson.value > 0.999
    assert scores["CG", "magnitude"].pearson.value < 0.9
    assert scores["IG", "magnitude"].error is None


def test_the_bootstrap_draws_prompts() -> None:
    """One prompt of two is off by 1: each of the four draws is as likely, means 0, ½, ½, 1."""
    measured = np.zeros((2, 3))
    found = np.array([[0.0] * 3, [1.0] * 3])
    drawn = bootstrap(lambda a, b: float(np.abs(a - b).mean()), found, measured, seed=0)
    assert (drawn.value, drawn.low, drawn.high) == (0.5, 0.0, 1.0)


def test_the_command(monkeypatch, capsys, tmp_path, tiny, make_tiny_llama) -> None:
    make_tiny_llama().float().save_pretrained(tmp_path / "model")
    tiny.tokenizer.save_pretrained(tmp_path / "model")
    (tmp_path / "prompts.csv").write_text("prompt,answer\nWho?,A\nWhat is red?,B\n")
    words = ["--model", tmp_path / "model", "--prompts", tmp_path / "prompts.csv"]
    words += ["--neurons", 4, "--step", 1, "--out", tmp_path / "out", "--json"]
    monkeypatch.setattr("sys.argv", ["neurgrad", "estimate", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    result = json.loads(capsys.readouterr().out)
    assert (result["prompts"], len(result["scores"])) == (2, 2 * len(ESTIMATORS))
    assert json.loads((tmp_path / "out" / "scores.json").read_text()) == result
    assert (tmp_path / "out" / "estimates.parquet").is_file()
