"""Intervals of how well predictions meet measurements, of prompts of very different scales."""

from __future__ import annotations

import numpy as np
import pytest

from mceval8k.statistics import resample
from neurgrad_eval.experiments._agreement import compare, compare_within

RUNS, PROMPTS, POINTS = 150, 30, 8
BOUNDED = ("spearman", "sign_agreement", "pearson_by_prompt", "spearman_by_prompt")
SUMMED = ("pearson", "error", "slope")


def drawn(rng, prompts):
    """Predicted and measured changes [prompt, point], of scales that differ by e² and more."""
    scale = np.exp(2 * rng.normal(size=(prompts, 1)))
    agreement = np.clip(0.6 + 0.2 * rng.normal(size=(prompts, 1)), -0.95, 0.95)
    x, noise = rng.normal(size=(2, prompts, POINTS))
    return scale * x, scale * (agreement * x + np.sqrt(1 - agreement**2) * noise)


def measures(x, y, seed, resamples):
    times = resample(range(len(x)), seed=seed, resamples=resamples)
    return compare(x, y, times) | compare_within(x, y, times)


def test_intervals_hold_the_truth_whatever_the_scales():
    rng = np.random.default_rng(0)
    truth = measures(*drawn(rng, 5000), 0, 1)
    held = {name: [] for name in BOUNDED}
    for run in range(RUNS):
        found = measures(*drawn(rng, PROMPTS), run, 200)
        for name, own in held.items():
            own.append(found[name].low <= truth[name].value <= found[name].high)
        assert np.isnan([(found[name].low, found[name].high) for name in SUMMED]).all()
    for name, own in held.items():
        assert np.mean(own) == pytest.approx(0.935, abs=0.055), name  # three standard errors
