"""Generality where it is known which neurons conditions share."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from mceval8k.errors import UsageError
from neurgrad_eval.codes import encode
from neurgrad_eval.properties.fitting import fit_voting
from neurgrad_eval.properties.generality import (
    GeneralitySettings,
    by_language,
    generality,
    ranking_of,
)

SETTINGS = GeneralitySettings(("magnitude",), neurons=8, null_draws=10)


def test_the_same_neurons_keep_all(planted):
    runs = {"a": planted(range(8)), "b": planted(range(8), seed=1)}
    found = generality(runs, SETTINGS)
    (kept,) = found.summary
    assert kept.kept.value == pytest.approx(1, abs=0.05)
    assert kept.other.low > kept.random.high
    (both,) = found.overlaps
    assert (both.common, both.jaccard) == (8, 1)
    assert both.p < 1e-9
    assert [(t.fitted, t.asked) for t in found.transfers] == [
        ("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")
    ]  # fmt: skip


def test_other_neurons_keep_nothing(planted):
    runs = {"a": planted(range(8)), "b": planted(range(100, 108), seed=1)}
    found = generality(runs, SETTINGS)
    (kept,) = found.summary
    assert kept.own.value > 0.9
    assert kept.kept.low < 0.1
    assert kept.kept.high < 0.4
    assert kept.loss.low > 0.4
    assert found.overlaps[0].common <= 1
    assert found.overlaps[0].p > 0.01


def test_the_summary_is_the_mean_of_the_matrix(planted):
    runs = {name: planted(range(s, s + 8), seed=s) for s, name in enumerate("abc")}
    found = generality(runs, GeneralitySettings(("polarity",), neurons=8, null_draws=3))
    accuracy = {(t.fitted, t.asked): t.accuracy.value for t in found.transfers}
    random = {(t.fitted, t.asked): t.random.mean for t in found.transfers}
    own = np.mean([accuracy[name, name] for name in runs])
    other = np.mean([value for (a, b), value in accuracy.items() if a != b])
    (kept,) = found.summary
    assert (kept.own.value, kept.other.value) == pytest.approx((own, other))
    assert kept.loss.value == pytest.approx(own - other)
    assert kept.kept.value == pytest.approx((other - 0.25) / (own - 0.25))
    off = np.mean([value for (a, b), value in random.items() if a != b])
    assert kept.random.mean == pytest.approx(off)


def test_nothing_is_kept_of_nothing(planted):
    found = generality({"a": planted(), "b": planted(seed=1)}, SETTINGS)
    assert found.summary[0].kept is None
    assert abs(found.overlaps[0].rank_correlation) < 0.3


def test_rank_correlation_is_spearmans(planted):
    runs = {"a": planted(range(8)), "b": planted(range(4, 12), seed=1)}
    for probe in ("magnitude", "activation"):
        found = generality(runs, GeneralitySettings((probe,), neurons=8, null_draws=0))
        rankings = [ranking_of(fit_voting(probe, run.train.features)) for run in runs.values()]
        expected = spearmanr(*(np.abs(ranking.scores) for ranking in rankings)).statistic
        assert found.overlaps[0].rank_correlation == pytest.approx(expected)


def test_neurons_of_a_layer_are_alike_under_the_null(planted):
    """Skill in one whole layer correlates; pairing neurons within layers shows that layers do."""
    runs = {"a": planted(range(64)), "b": planted(range(64), seed=1)}
    (both,) = generality(runs, SETTINGS).overlaps
    assert both.paired_at_random.mean > 0.5


def test_languages_of_one_run(planted, part):
    spoken = ["en"] * 60 + ["de"] * 60
    train = part(120, range(8), seed=1, languages=spoken)
    test = part(120, range(8), seed=2, languages=spoken)
    found = by_language(replace(planted(), train=train, test=test))
    assert list(found) == ["de", "en"]
    assert set(found["de"].test.languages) == {"de"}
    assert generality(found, SETTINGS).summary[0].kept.value > 0.9
    with pytest.raises(UsageError, match="not two languages"):
        by_language(planted())


def test_conditions_that_cannot_be_compared(planted):
    with pytest.raises(UsageError, match="two conditions"):
        generality({"a": planted()})
    with pytest.raises(UsageError, match="differ in n_answers"):
        generality({"a": planted(), "b": planted(answers=3)})
    with pytest.raises(UsageError, match="differ in widths"):
        generality({"a": planted(), "b": planted(widths=(128,))})


def test_neurons_that_tell_nothing_are_not_shared(planted):
    """Silent neurons are ranked by number: the first of them would be the same everywhere."""
    silent = {}
    for name, seed in (("a", 0), ("b", 1)):
        run = planted(range(2) if name == "a" else range(2, 4), seed=seed)
        for part in (run.train, run.test):
            part.features.codes[:, 4:] = encode(np.zeros((1, 4, 1)))[0, 0]
        silent[name] = run
    (both,) = generality(silent, SETTINGS).overlaps
    assert both.common <= 4
