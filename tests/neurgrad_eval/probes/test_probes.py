from itertools import combinations

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
from neurgrad_eval.probes.ranking import hash_order, label_splits
from neurgrad_eval.probes.voting import decide

NEURONS = 30


def sign(x):
    return int(x > 0) - int(x < 0)


def toy(answers, prompts=60, seed=0):
    """Gradients [prompt, answer, neuron] that lean to or from the gold answer, and labels."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(answers, size=prompts)
    g = rng.normal(size=(prompts, answers, NEURONS))
    g[np.arange(prompts), gold] += np.linspace(-1, 1, NEURONS)
    return g.astype(np.float32), gold


def toy_with_zeros(answers, prompts=60, seed=0):
    g, gold = toy(answers, prompts, seed)
    silent = np.random.default_rng(seed + 1).random((prompts, NEURONS)) < 0.1
    return np.where(silent[:, None], 0, g), gold


def scores(g, gold, one):
    return [sum(one(g[p, :, i], gold[p]) for p in range(len(gold))) for i in range(NEURONS)]


def first(values, k):
    drawn = hash_order(len(values), 0).tolist()
    return sorted(range(len(values)), key=lambda i: (-abs(values[i]), drawn.index(i)))[:k]


def winners(votes):
    return [k for k in range(len(votes)) if votes[k] == max(votes)]


def polarity_of(g, gold):
    return 2 * sign(g[gold]) - sum(sign(x) for x in g)


def magnitude_of(g, gold):
    return sum(sign(g[gold] - x) for x in g)


def magnitude_vote(g, orientation, k):
    if orientation == 0:
        return 0
    best = winners([orientation * x for x in g])
    return 1 / len(best) if k in best else 0


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_polarity_probe_is_the_formula(answers, k):
    g, gold = toy_with_zeros(answers)
    train, test = slice(0, 40), slice(40, None)
    probe = PolarityProbe(k, n_answers=answers).fit(encode(g[train]), gold[train])
    found = probe.decide(encode(g[test]))
    score = scores(g[train], gold[train], polarity_of)
    for row, values in enumerate(g[test]):
        votes, weighted = (
            [sum(w(i) * sign(values[a, i]) for i in first(score, k)) for a in range(answers)]
            for w in (lambda i: sign(score[i]), lambda i: score[i])
        )
        check(found, row, votes, weighted)


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_magnitude_probe_is_the_formula(answers, k):
    g, gold = toy_with_zeros(answers)
    train, test = slice(0, 40), slice(40, None)
    probe = MagnitudeProbe(k, n_answers=answers).fit(encode(g[train]), gold[train])
    found = probe.decide(encode(g[test]))
    score = scores(g[train], gold[train], magnitude_of)
    for row, values in enumerate(g[test]):
        votes, weighted = (
            [
                round(
                    60
                    * sum(
                        w(i) * magnitude_vote(values[:, i], sign(score[i]), a)
                        for i in first(score, k)
                    )
                )
                for a in range(answers)
            ]
            for w in (lambda i: 1, lambda i: abs(score[i]))
        )
        check(found, row, votes, weighted)


def check(found, row, votes, weighted):
    best = winners(votes)
    assert found.tied[row] == (len(best) > 1)
    best = [a for a in best if weighted[a] == max(weighted[b] for b in best)]
    assert found.answers[row] in best


@pytest.mark.parametrize("k", [1, 7, 30])
@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_activation_probe_is_the_definition(answers, k):
    rng = np.random.default_rng(0)
    gold = rng.integers(answers, size=80)
    a = rng.normal(size=(80, NEURONS)) + gold[:, None] * np.linspace(-1, 1, NEURONS)
    train, test = slice(0, 50), slice(50, None)
    probe = ActivationProbe(k).fit(a[train], gold[train])
    found = probe.decide(a[test])
    for row, values in enumerate(a[test]):
        left = set(range(answers))
        while len(left) > 1:
            split = label_splits(left)[0]
            low, high = (a[train][np.isin(gold[train], side)] for side in (split.low, split.high))
            mean = np.concatenate([low, high]).mean(axis=0)
            score = ((low <= mean).mean(axis=0) + (high > mean).mean(axis=0)) / 2 - 0.5
            top = first(score.tolist(), k)
            margin = sum(sign(score[i]) * (1 if values[i] > mean[i] else -1) for i in top)
            if margin == 0:
                margin = sum(score[i] * (1 if values[i] > mean[i] else -1) for i in top)
                assert found.tied[row]
            left = set(split.high if margin > 0 else split.low)
        assert found.answers[row] == left.pop()


def test_an_activation_at_the_mean_votes_low():
    probe = ActivationProbe(1).fit([[0.0], [2.0]], [0, 1])
    assert probe.predict([[0.9], [1.0], [1.1]]).tolist() == [0, 0, 1]


def test_worked_vote():
    # Two neurons for the gold answer, one against it; three prompts that each say it plainly.
    g = np.array([[[1, 2, -1], [-1, -2, 1]], [[-1, -1, 2], [1, 1, -3]]], np.float32)
    codes = encode(g)
    for kind in (PolarityProbe, MagnitudeProbe):
        probe = kind(3).fit(codes, [0, 1])
        assert probe.ranking_.orientation.tolist() == [1, 1, -1]
        assert probe.predict(codes).tolist() == [0, 1]
        # The third neuron is outvoted.
        assert probe.predict(encode(-g[:1] * np.array([1, 1, -1]))).tolist() == [1]


def test_silent_neurons_favour_no_answer():
    g, gold = toy(4)
    g[:, :, 9:] = 0
    codes = encode(g)
    few = MagnitudeProbe(9, n_answers=4).fit(codes, gold)
    all_ = clone(few).set_params(n_neurons=NEURONS).fit(codes, gold)
    assert few.ranking_.top(9).tolist() == all_.ranking_.top(9).tolist()
    assert (few.predict(codes) == all_.predict(codes)).all()


def test_ties_go_to_the_heavier_votes_then_to_a_fair_draw():
    votes = np.array([[2, 2, 1], [2, 2, 1], [1, 2, 0]])
    weighted = np.array([[1, 5, 9], [4, 4, 9], [9, 1, 1]])
    found = decide(votes, weighted, np.zeros(3, np.uint64))
    assert found.tied.tolist() == [True, True, False]
    assert found.answers[[0, 2]].tolist() == [1, 1]
    assert found.answers[1] in (0, 1)


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
@pytest.mark.parametrize("kind", ["in turn", "uniform"])
def test_any_answers_that_are_tied_are_drawn_alike(answers, kind):
    count = 20000
    salt = np.arange(count, dtype=np.uint64)
    if kind == "uniform":
        salt = np.random.default_rng(0).integers(2**64, size=count, dtype=np.uint64)
    for size in range(2, answers + 1):
        for tied in combinations(range(answers), size):
            votes = np.zeros((count, answers))
            votes[:, tied] = 1
            shares = np.bincount(decide(votes, votes, salt).answers, minlength=answers) / count
            assert shares[list(tied)] == pytest.approx([1 / size] * size, abs=0.015)


def test_draws_favour_no_answer():
    codes = encode(np.random.default_rng(0).normal(size=(4000, 4, NEURONS)).astype(np.float32))
    probe = PolarityProbe(1, n_answers=4).fit(codes[:4], [0, 1, 2, 3])
    probe.ranking_ = type(probe.ranking_).of(np.zeros(NEURONS))  # nothing is known: all are tied
    shares = np.bincount(probe.predict(codes), minlength=4) / 4000
    assert shares == pytest.approx([0.25] * 4, abs=0.03)


def test_a_prompt_is_answered_alike_in_any_company():
    g, gold = toy_with_zeros(4)
    codes = encode(g)
    probe = PolarityProbe(2, n_answers=4).fit(codes, gold)
    alone = [probe.predict(codes[i : i + 1])[0] for i in range(len(codes))]
    assert probe.predict(codes).tolist() == alone
    assert probe.predict(codes[::-1]).tolist() == alone[::-1]


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


GRADIENT_PROBES = [PolarityProbe(5), MagnitudeProbe(5), TreeProbe(n_estimators=5)]
ALL_PROBES = [*GRADIENT_PROBES, ActivationProbe(5), LogisticProbe(), LMProb()]


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
def test_the_type_of_activations_does_not_decide_ties():
    a = np.random.default_rng(0).normal(size=(40, NEURONS)).astype(np.float16)
    probe = ActivationProbe(2).fit(a, np.arange(40) % 3)
    (short, salt), (wide, other) = (probe.read(x) for x in (a, a.astype(np.float32)))
    assert (short.dtype, wide.dtype) == (np.float16, np.float32)
    assert (salt == other).all()
    found, expected = (probe.decide(x) for x in (a, a.astype(np.float32)))
    assert (found.answers == expected.answers).all()


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


def test_centred_polarity_probe_passes_over_neurons_that_always_say_the_same():
    g, gold = toy(4)
    g[:, :, 4] = [1, 1, 1, -1]  # one pattern throughout: the uncentred score is 60·(4 − 2)·−½
    codes = encode(g)
    counts = np.bincount(gold, minlength=4)
    expected = []
    for i in range(NEURONS):
        terms = [[polarity_of(g[p, :, i], k) for k in range(4)] for p in range(60)]
        chance = sum(counts[k] / 60 * terms[p][k] for p in range(60) for k in range(4))
        expected.append(sum(terms[p][gold[p]] for p in range(60)) - chance)
    found = PolarityProbe(5, n_answers=4, centred=True).fit(codes, gold).ranking_
    assert found.scores.tolist() == pytest.approx(expected, abs=1e-9)
    assert found.scores[4] == 0
    assert found.order[-1] == 4
    assert PolarityProbe(5, n_answers=4).fit(codes, gold).ranking_.scores[4] != 0


def test_features_that_are_all_zero_favour_no_answer():
    codes = encode(np.zeros((400, 4, NEURONS), np.float32))
    gold = np.arange(400) % 4
    for probe in (PolarityProbe(5), MagnitudeProbe(5)):
        probe.fit(codes, gold)
        assert (probe.ranking_.orientation == 0).all()
        assert len(set(probe.predict(codes).tolist())) == 1  # the same features, the same answer
    for probe in (ActivationProbe(5), LogisticProbe()):
        probe.fit(np.zeros((400, NEURONS)), gold)
        assert probe.score(np.zeros((400, NEURONS)), gold) == 0.25


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


def test_the_first_of_tied_answers_wins_by_the_papers_code():
    votes = np.array([[0, 3, 3, 1], [2, 0, 2, 2]])
    found = decide(votes, votes * [1, 1, 9, 1], np.arange(2, dtype=np.uint64), "paper")
    assert found.answers.tolist() == [1, 0]
    assert found.tied.all()
    assert decide(votes, votes * [1, 1, 9, 1], np.zeros(2, np.uint64)).answers.tolist() == [2, 2]
