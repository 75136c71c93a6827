"""How neurons vote: the formulas, ties and draws."""

from itertools import combinations

import numpy as np
import pytest
from sklearn.base import clone

from neurgrad_eval.features.codes import encode
from neurgrad_eval.probes import (
    ActivationProbe,
    LogisticProbe,
    MagnitudeProbe,
    PolarityProbe,
)
from neurgrad_eval.probes.ranking import hash_order, label_splits
from neurgrad_eval.probes.voting import decide
from tests.neurgrad_eval.probes.toys import NEURONS, toy, toy_with_zeros


def sign(x):
    return int(x > 0) - int(x < 0)


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


def test_the_type_of_activations_does_not_decide_ties():
    a = np.random.default_rng(0).normal(size=(40, NEURONS)).astype(np.float16)
    probe = ActivationProbe(2).fit(a, np.arange(40) % 3)
    (short, salt), (wide, other) = (probe.read(x) for x in (a, a.astype(np.float32)))
    assert (short.dtype, wide.dtype) == (np.float16, np.float32)
    assert (salt == other).all()
    found, expected = (probe.decide(x) for x in (a, a.astype(np.float32)))
    assert (found.answers == expected.answers).all()


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


def test_the_first_of_tied_answers_wins_by_the_papers_code():
    votes = np.array([[0, 3, 3, 1], [2, 0, 2, 2]])
    found = decide(votes, votes * [1, 1, 9, 1], np.arange(2, dtype=np.uint64), "paper")
    assert found.answers.tolist() == [1, 0]
    assert found.tied.all()
    assert decide(votes, votes * [1, 1, 9, 1], np.zeros(2, np.uint64)).answers.tolist() == [2, 2]
