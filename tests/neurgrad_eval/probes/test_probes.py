"""Probes as estimators of scikit-learn: what they take, and what they give."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from neurgrad_eval.features.codes import encode
from neurgrad_eval.probes import (
    ActivationProbe,
    LMProb,
    LogisticProbe,
    MagnitudeProbe,
    PolarityProbe,
    TreeProbe,
)
from tests.neurgrad_eval.probes.toys import NEURONS, toy, toy_with_zeros

GRADIENT_PROBES = [PolarityProbe(5), MagnitudeProbe(5), TreeProbe(n_estimators=5)]
ALL_PROBES = [*GRADIENT_PROBES, ActivationProbe(5), LogisticProbe(), LMProb()]


def test_tree_probe_is_a_forest_on_the_favoured_answer():
    g, gold = toy(4)
    forest = RandomForestClassifier(100, random_state=5).fit(g.argmax(axis=1)[:40], gold[:40])
    probe = TreeProbe(n_answers=4, random_state=5, n_jobs=2).fit(encode(g[:40]), gold[:40])
    assert (probe.predict(encode(g[40:])) == forest.predict(g.argmax(axis=1)[40:])).all()


def test_logistic_probe_standardises_first():
    rng = np.random.default_rng(0)
    gold = rng.integers(3, size=60)
    a = (rng.normal(size=(60, 5)) + gold[:, None]) * [1, 1000, 1e-3, 0, 1]
    expected = make_pipeline(StandardScaler(), LogisticRegression(C=0.1)).fit(a[:40], gold[:40])
    probe = LogisticProbe(C=0.1).fit(a[:40], gold[:40])
    assert (probe.predict(a[40:]) == expected.predict(a[40:])).all()
    assert probe.score(a[40:], gold[40:]) > 0.6


def test_lm_prob_is_the_likeliest_answer():
    probabilities = np.array([[0.1, 0.3, 0.2], [0.2, 0.1, 0.2]], np.float32)
    assert LMProb().fit(probabilities, [0, 1]).predict(probabilities).tolist() == [1, 0]


@pytest.mark.parametrize("probe", ALL_PROBES, ids=lambda probe: type(probe).__name__)
def test_probes_are_scikit_learn_classifiers(probe):
    g, gold = toy(3)
    x = encode(g) if probe in GRADIENT_PROBES else np.abs(g).sum(axis=1)
    x = x[:, :3] if isinstance(probe, LMProb) else x
    copy = clone(probe)
    assert copy is not probe
    assert copy.get_params() == probe.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(x)
    fitted = copy.fit(x, gold)
    assert fitted is copy
    assert fitted.classes_.tolist() == [0, 1, 2]
    assert 0 <= fitted.score(x, gold) <= 1
    assert (clone(probe).fit(x, gold).predict(x) == fitted.predict(x)).all()
    assert len(cross_val_score(clone(probe), x, gold, cv=3)) == 3
    with pytest.raises(ValueError, match="features"):
        fitted.predict(x[:, 1:])


# LM-Prob is not among them: its columns are the answers, and so as many as there are classes.
@parametrize_with_checks(
    [
        PolarityProbe(1),
        PolarityProbe(1, centred=True),
        MagnitudeProbe(1),
        TreeProbe(n_estimators=5),
        ActivationProbe(1),
        LogisticProbe(),
    ],
    # Nothing is expected to fail. Probes of codes say by their tags that X is categorical, and
    # that the blobs which the checks feed them, being no codes, need not be told apart.
    expected_failed_checks=lambda _: {},
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("kind", [PolarityProbe, MagnitudeProbe])
def test_grid_search_and_pipelines_on_codes(kind):
    g, gold = toy(4, prompts=80)
    codes = encode(g)
    groups = np.arange(80) // 2
    search = GridSearchCV(
        make_pipeline(kind(n_answers=4)),
        {f"{kind.__name__.lower()}__n_neurons": [1, 5, 30]},
        cv=GroupKFold(4),
    ).fit(codes, gold, groups=groups)
    by_hand = {
        k: cross_validate(kind(k, n_answers=4), codes, gold, groups=groups, cv=GroupKFold(4))
        for k in (1, 5, 30)
    }
    expected = [by_hand[k]["test_score"].mean() for k in (1, 5, 30)]
    assert search.cv_results_["mean_test_score"].tolist() == pytest.approx(expected)
    assert search.best_estimator_.score(codes, gold) > 0.4


def test_other_labels_than_indices_are_answers_in_their_order():
    g, gold = toy(3)
    codes, named = encode(g), np.array(["left", "middle", "right"])
    for probe in (PolarityProbe(5), MagnitudeProbe(5), TreeProbe(n_estimators=5)):
        plain, words = clone(probe).fit(codes, gold), clone(probe).fit(codes, named[gold])
        assert words.predict(codes).tolist() == named[plain.predict(codes)].tolist()
        assert words.classes_.tolist() == named.tolist()
    with pytest.raises(ValueError, match="answer indices"):
        PolarityProbe(5, n_answers=3).fit(codes, named[gold])


def test_a_stated_answer_that_training_lacks_keeps_its_index():
    g, gold = toy(4)
    codes, known = encode(g), gold != 2
    for kind in (PolarityProbe, MagnitudeProbe):
        probe = kind(5, n_answers=4).fit(codes[known], gold[known])
        assert probe.classes_.tolist() == [0, 1, 2, 3]
        assert (probe.predict(codes) == 2).any()
    forest = TreeProbe(n_estimators=5, n_answers=4).fit(codes[known], gold[known])
    assert set(forest.predict(codes)) <= {0, 1, 3}
    shares = forest.predict_proba(codes)
    assert shares.shape == (60, 4)
    assert (shares[:, 2] == 0).all()
    assert np.allclose(shares.sum(axis=1), 1)


@pytest.mark.parametrize("probe", GRADIENT_PROBES, ids=lambda probe: type(probe).__name__)
def test_gradients_are_read_as_their_codes_are(probe):
    g, gold = toy_with_zeros(4)
    codes = encode(g)
    coded = clone(probe).set_params(n_answers=4).fit(codes[:40], gold[:40])
    plain = clone(probe).fit(g[:40], gold[:40])
    for test in (codes[40:], g[40:], g[40:].astype(np.float64), torch.from_numpy(g[40:])):
        assert (plain.predict(test) == coded.predict(codes[40:])).all()
    assert plain.n_features_in_ == NEURONS
    assert len(cross_val_score(make_pipeline(clone(probe)), g, gold, cv=3)) == 3
    with pytest.raises(ValueError, match="gradients of 3 answers, not of 4"):
        plain.predict(g[:, :3])
    with pytest.raises(ValueError, match="gradients of 4 answers, not of 3"):
        clone(probe).set_params(n_answers=3).fit(g, gold)
    with pytest.raises(ValueError, match="NaN"):
        plain.predict(np.where(g > 2, np.nan, g))
    with pytest.raises(ValueError, match="features"):
        plain.predict(g[:, :, 1:])


def test_gradients_state_the_number_of_answers():
    g, gold = toy(4)
    known = gold != 3
    probe = MagnitudeProbe(5).fit(g[known], gold[known])
    assert probe.classes_.tolist() == [0, 1, 2, 3]
    assert (probe.predict(g) == 3).any()
    with pytest.raises(ValueError, match="answer indices"):
        MagnitudeProbe(5).fit(g, np.array(list("abcd"))[gold])


@pytest.mark.parametrize("probe", ALL_PROBES, ids=lambda probe: type(probe).__name__)
def test_one_class_is_refused(probe):
    with pytest.raises(ValueError, match="one class"):
        clone(probe).fit(np.zeros((4, 6), np.uint16), [1, 1, 1, 1])


@pytest.mark.parametrize("kind", [PolarityProbe, MagnitudeProbe, ActivationProbe])
def test_number_of_neurons_may_change_after_fitting(kind):
    g, gold = toy(3)
    x = g[:, 0] if kind is ActivationProbe else encode(g)
    fitted = kind(2).fit(x, gold)
    for k in (1, 9, 30):
        assert (fitted.set_params(n_neurons=k).predict(x) == kind(k).fit(x, gold).predict(x)).all()
    everyone = fitted.predict(x)
    assert (fitted.set_params(n_neurons=31).predict(x) == everyone).all()
    assert (kind().fit(x, gold).predict(x) == everyone).all()
    with pytest.raises(ValueError, match="0 neurons requested"):
        fitted.set_params(n_neurons=0).predict(x)


@pytest.mark.parametrize("probe", GRADIENT_PROBES, ids=lambda probe: type(probe).__name__)
def test_what_is_no_code_is_refused(probe):
    with pytest.raises(ValueError, match="codes"):
        clone(probe).fit(np.array([[0.5], [1.5]]), [0, 1])
    with pytest.raises(ValueError, match="codes"):
        clone(probe).fit(np.array([[0], [60000]]), [0, 1])


def test_labels_beyond_the_answers_are_refused():
    with pytest.raises(ValueError, match="label 3"):
        PolarityProbe(1, n_answers=3).fit(np.zeros((2, 4), np.uint16), [0, 3])
