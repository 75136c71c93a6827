"""Intervals of 95 % hold the truth about as often as docs/probes.md says, by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from mceval8k.statistics import (
    MIN_GROUPS,
    Estimate,
    bootstrap_mean,
    bootstrap_rows,
    bootstrap_share,
    independent_difference,
    mean_of,
    paired_difference,
    resample,
    share_over,
    wilson,
)

RUNS, FEW = 2000, 400
COVERAGE = {
    "wilson": {10: 0.98, 30: 0.96, 100: 0.95},
    "bootstrap_mean": {10: 0.92, 30: 0.945, 100: 0.945},
    "paired_difference": {10: 0.92, 30: 0.945, 100: 0.945},
    "independent_difference": {10: 0.915, 30: 0.94, 100: 0.95},
    "bootstrap_rows": {10: 0.91, 30: 0.93, 100: 0.94},
}
"""Share of intervals that hold the truth, by the number of groups: the table of docs/probes.md."""
SIZE = 3  # items of a group


def right(rng, groups, share=0.6, spread=5.0):
    """Whether answers are right [item, run]: items of a group are alike in difficulty."""
    ease = rng.beta(spread * share, spread * (1 - share), size=(groups, 1, RUNS))
    return (rng.random((groups, SIZE, RUNS)) < ease).reshape(groups * SIZE, RUNS)


def names(groups):
    return np.repeat(np.arange(groups), SIZE)


def held(found, truth):
    return np.mean([one.low <= truth <= one.high for one in found])


def simulate(name, groups):
    """Coverage of one interval."""
    rng = np.random.default_rng(groups)
    if name == "wilson":
        return held([wilson(int(k), groups) for k in rng.binomial(groups, 0.6, RUNS)], 0.6)
    if name == "bootstrap_mean":
        return held(bootstrap_mean(right(rng, groups), names(groups), seed=1), 0.6)
    if name == "paired_difference":
        both = right(rng, groups)[:, : 2 * FEW].reshape(-1, FEW, 2)
        own, baseline = both[..., 0], both[..., 1]
        pairs = zip(own.T, baseline.T, strict=True)
        found = [paired_difference(a[:, None], b, names(groups), seed=1)[0] for a, b in pairs]
        return held(found, 0)
    if name == "independent_difference":
        first, second = right(rng, groups), right(rng, groups, 0.5)
        found = independent_difference(first, names(groups), second, names(groups), seed=1)
        return held(found, 0.1)
    few = rng.normal(size=(groups, FEW))
    found = [bootstrap_rows(np.mean, one, seed=1, resamples=400) for one in few.T]
    return held(found, 0)


@pytest.mark.parametrize("groups", [10, 30, 100])
@pytest.mark.parametrize("name", COVERAGE)
def test_coverage_is_what_the_docs_say(name, groups):
    slow = name in ("bootstrap_rows", "paired_difference")
    tolerance = 0.035 if slow else 0.015  # three standard errors of the simulation
    assert simulate(name, groups) == pytest.approx(COVERAGE[name][groups], abs=tolerance)


def test_shares_near_their_end_are_held():
    # Of 30 answers, each right with .97, all are right in .4 of cases.
    answers = np.random.default_rng(0).random((30, RUNS)) < 0.97
    found = bootstrap_share(answers, np.arange(30), seed=1)
    all_right = [one for one in found if one.value == 1]
    assert len(all_right) / RUNS == pytest.approx(0.97**30, abs=0.03)
    assert held(all_right, 0.97) == 1
    assert {(one.low, one.high) for one in all_right} == {(wilson(30, 30).low, 1)}


def test_no_interval_of_few_groups_has_bounds():
    few = 9
    assert few < MIN_GROUPS
    values, groups = np.arange(2.0 * few)[:, None], np.repeat(np.arange(few), 2)
    enough = np.append(groups[:-1], few)
    plain = values[:, 0] > 3

    def bounds(groups):
        found = [
            *bootstrap_mean(values, groups, seed=0),
            *bootstrap_share(np.ones_like(values), groups, seed=0),
            share_over(np.zeros(len(values)), resample(groups)),
            *paired_difference(plain[:, None], ~plain, groups, seed=0),
            *independent_difference(values, groups, values, np.arange(len(values)), seed=0),
            *independent_difference(values, np.arange(len(values)), values, groups, seed=0),
            mean_of(values[:, 0], resample(groups)),
            bootstrap_rows(np.mean, values[: len(set(groups))], seed=0, resamples=50),
        ]
        assert all(isinstance(one, Estimate) and np.isfinite(one.value) for one in found)
        return np.array([(one.low, one.high) for one in found])

    assert np.isnan(bounds(groups)).all()
    assert np.isfinite(bounds(enough)).all()
