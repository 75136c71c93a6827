"""Estimators: by hand, against the definition, and against the measurement."""

from __future__ import annotations

import pytest
import torch

from neurgrad_eval.engine.estimators import (
    ESTIMATORS,
    Case,
    activation_gradient,
    gradient,
    integrated_gradients,
    log_probability_increase,
    measured_slope,
)
from neurgrad_eval.engine.question import ask

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"
NEURONS = ((0, 3), (0, 20), (1, 5), (2, 7), (2, 23))
SMALL = (-0.01, 0.01)


def case(model, space="hidden", **more):
    return Case(ask(model, PROMPT, ANSWER), NEURONS, SMALL, space, **more)


@pytest.mark.parametrize("space", ["hidden", "up"])
def test_slopes_are_exact_for_small_shifts(tiny, space):
    given = case(tiny, space)
    torch.testing.assert_close(gradient(given), measured_slope(given), rtol=5e-3, atol=1e-6)


@pytest.mark.parametrize("space", ["hidden", "up"])
def test_integrated_gradients_are_complete(tiny, space):
    """They sum to what p loses when the neuron is set to 0, which LPI measures in log p."""
    given = case(tiny, space)
    base = given.question.gradients("hidden").probabilities[0, 0]
    expected = base - base * (-log_probability_increase(given)).exp()
    found = integrated_gradients(given)
    torch.testing.assert_close(found, expected, rtol=2e-2, atol=1e-6)
    assert expected.abs().max() > 1e-5


def test_activation_gradient_by_its_definition(tiny):
    gradients = tiny.answer_gradients([PROMPT], [ANSWER])
    expected = [
        gradients.activations[layer][0, index] * gradients.gradients[layer][0, 0, index]
        for layer, index in NEURONS
    ]
    torch.testing.assert_close(activation_gradient(case(tiny)), torch.stack(expected))


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda one: one.name)
@pytest.mark.parametrize("copies", [3, 1024])
def test_the_cost_is_what_is_run(tiny, run_tokens, monkeypatch, estimator, copies):
    """Tokens that run forwards after the prompt, and those of passes that are differentiated."""
    given = case(tiny, copies=copies)
    del run_tokens[:]
    differentiated = []
    real = torch.autograd.grad

    def counting(*arguments, **options):
        differentiated.append(run_tokens[-1])
        return real(*arguments, **options)

    monkeypatch.setattr(torch.autograd, "grad", counting)
    estimator.estimate(given)
    cost = estimator.cost(len(NEURONS), len(SMALL))
    assert (sum(run_tokens), sum(differentiated)) == (cost.forwards, cost.backwards)
    assert max(run_tokens) <= copies
