"""Pairs of neurons: toy networks whose interactions are known, patched layers, and float noise."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.experiments._interactions import Effects, classify, positions
from neurgrad_eval.experiments.pairs import Pairs, PairSettings, pairs, summary_rows
from neurgrad_eval.inputs.items import Item, Items, given_items
from neurgrad_eval.inputs.ranked import RankedNeurons

PROMPT, ANSWERS = "Choose.\n\nWhat is red?\nAnswer:", (" A", " B")
HIDDEN = torch.tensor([0.5, -1.0, 2.0, 1.0])
WEIGHTS = torch.tensor([1.0, 2.0, -0.5, 0.25])
ITEM = Item(4, "i", "", (), 0, "g", "")


class Toy:
    """Two layers of two neurons; logits (f(h), 0), so that f is the log-odds of token 0."""

    answers = (0, 1)

    def __init__(self, product):
        self.product = product
        """f(h) = w·h + product·h0·h2."""
        self.model = SimpleNamespace(sites=[None, None], widths=(2, 2))

    tokens = 1

    def logits(self, shifts, copies, _space="hidden"):
        h = HIDDEN.repeat(copies, 1)
        for layer, shift in shifts.items():
            h[shift.copies, 2 * layer + shift.neurons] += shift.amounts
        f = h @ WEIGHTS + self.product * h[:, 0] * h[:, 2]
        hidden = {0: HIDDEN[None, None, :2], 1: HIDDEN[None, None, 2:]}
        there = {layer: torch.ones_like(values) for layer, values in hidden.items()}
        readings = SimpleNamespace(hidden=hidden, there=there)
        return torch.stack([f, torch.zeros(copies)], dim=1), readings


def effects_of(table, shape):
    """Effects on each scale, from an item's table."""
    columns = {name: table[name].to_numpy().reshape(shape) for name in table.column_names[6:]}
    return {
        scale: Effects(*(columns[f"{scale}_{n}"] for n in ("first", "second", "joint", "noise")))
        for scale in ("log_odds", "probability")
    }


def toy_pairs(monkeypatch, product, sign):
    """Neurons 0, 2 and 3 of the toy, and 1, 3 and 2 in their place, by shifts of 1 and 2."""
    settings = PairSettings(neurons=3, draws=1, shifts=(1.0, 2.0), sign=sign)
    flat = np.array([0, 2, 3]), np.array([[1, 3, 2]])
    monkeypatch.setattr("neurgrad_eval.experiments._sets.draw_matched", lambda *_, **__: flat[1])
    ranked = RankedNeurons(flat[0], np.array([1.0, -1.0, 1.0]), np.array([1.0, 1.0, -1.0, 1.0]))
    question = Toy(product)
    made = Pairs(settings, question.model, ranked, Items((ITEM,), {}), copies=5)
    made.asker = SimpleNamespace(ask=lambda _: question)
    return effects_of(made.measure(ITEM)["pairs"], (2, 2, 3))


def test_an_additive_network_has_no_interaction(monkeypatch):
    found = toy_pairs(monkeypatch, 0.0, "signed")
    effects = found["log_odds"]
    # Pairs of the first set at shift 1: h0 + 1 with h2 − 1, h0 + 1 with h3 + 1, h2 − 1 with h3 + 1.
    assert effects.first[0, 0].tolist() == pytest.approx([1.0, 1.0, 0.5], abs=1e-5)
    assert effects.second[0, 0].tolist() == pytest.approx([0.5, 0.25, 0.25], abs=1e-5)
    assert effects.joint[0, 0].tolist() == pytest.approx([1.5, 1.25, 0.75], abs=1e-5)
    np.testing.assert_allclose(effects.interaction, 0, atol=1e-5)
    assert not classify(effects, 0.01)["interacting"].any()
    sigma = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    f = float(HIDDEN @ WEIGHTS)
    expected = sigma(f + 1.5) - sigma(f + 1.0) - sigma(f + 0.5) + sigma(f)
    assert found["probability"].interaction[0, 0, 0] == pytest.approx(expected, abs=1e-6)


def test_a_product_interacts_by_what_it_is(monkeypatch):
    """c·h0·h2 with h0 + 1 and h2 − 1 gives −c, with 2 and −2 gives −4c; no other pair interacts."""
    effects = toy_pairs(monkeypatch, 0.3, "signed")["log_odds"]
    assert effects.interaction[0, 0].tolist() == pytest.approx([-0.3, 0, 0], abs=1e-5)
    assert effects.interaction[1, 0].tolist() == pytest.approx([-1.2, 0, 0], abs=1e-5)
    np.testing.assert_allclose(effects.interaction[:, 1], 0, atol=1e-5)
    kinds = classify(effects, 0.05)
    assert kinds["interacting"].sum() == 2
    # Single changes 1 + 0.3·2 and 0.5 − 0.3·0.5: one sign, and jointly less than their sum.
    assert kinds["redundancy"][0, 0].tolist() == [True, False, False]
    assert not kinds["synergy"].any()


def test_magnitude_shifts_go_by_the_activation(monkeypatch):
    found = toy_pairs(monkeypatch, 0.0, "magnitude")
    second_set = found["log_odds"].first[0, 1]  # h1 = −1 is moved by −1
    assert second_set.tolist() == pytest.approx([-2.0, -2.0, 0.25], abs=1e-5)


def measured(model, copies, **settings):
    every = np.random.default_rng(0).choice([-1.0, 1.0], 72)
    flat = np.array([3, 30, 70, 60])
    ranked = RankedNeurons(flat, every[flat], every)
    made = Pairs(
        PairSettings(neurons=4, draws=1, **settings),
        model,
        ranked,
        given_items(model, [PROMPT], ANSWERS, [1]),
        copies=copies,
    )
    table = made.measure(made.items.whole[0])["pairs"]
    return made, effects_of(table, (1, 2, 6))


def test_pairs_are_those_of_single_forward_passes(tiny, patched):
    made, found = measured(tiny, 6, shifts=(1.5,), sign="signed")
    token = tiny.tokenizer(" B")["input_ids"][0]
    effects = found["probability"]

    def alone(moved):
        return float(patched(tiny, PROMPT, moved)[token])

    base = alone({})
    for s, moved in enumerate(made.sets):
        places = [(int(flat) // 24, int(flat) % 24) for flat in moved.flat]
        amounts = dict(zip(places, (1.5 * moved.orientation).tolist(), strict=True))
        for p, (i, j) in enumerate(positions(4)):
            one, two = places[i], places[j]
            both = alone({one: amounts[one], two: amounts[two]}) - base
            first, second = (alone({n: amounts[n]}) - base for n in (one, two))
            assert effects.joint[0, s, p] == pytest.approx(both, abs=1e-6)
            assert effects.first[0, s, p] == pytest.approx(first, abs=1e-6)
            assert effects.second[0, s, p] == pytest.approx(second, abs=1e-6)
    assert np.abs(effects.interaction).max() > 1e-4


def test_every_shift_is_read_twice(tiny, run_tokens):
    _, found = measured(tiny, 1024)
    jobs = 1 + 2 * (4 + 6)
    assert run_tokens == [len(PROMPT) - 1, 1, jobs, jobs]
    assert float(found["log_odds"].floor.max()) < 1e-6  # float64


def effects(first, second, joint, noise):
    shaped = (np.array(v, dtype=float).reshape(1, 2, -1) for v in (first, second, joint, noise))
    return Effects(*shaped)


def test_kinds_of_pairs_by_hand():
    """Noise floor 0.01, threshold a tenth; the second set is all still."""
    still = [0.0] * 7
    one = effects(
        [1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, *still],
        [1.0, 1.0, -1.0, 0.005, -1.0, -1.0, -1.0, *still],
        [2.5, 1.5, 0.5, 1.008, -2.1, -2.5, -1.5, *still],
        [0.01, 0, 0, 0, 0, 0, 0, *still],
    )
    kinds = {name: kind[0, 0].tolist() for name, kind in classify(one, 0.1).items()}
    assert kinds["detectable"] == [True, True, True, False, True, True, True]
    assert kinds["interacting"] == [True, True, True, False, False, True, True]
    assert kinds["synergy"] == [True, False, False, False, False, True, False]
    assert kinds["redundancy"] == [False, True, False, False, False, False, True]


KINDS = ["ranked", "random"]


def test_the_summary_by_hand():
    found = [
        effects([1, 1, 1, 1], [1, 1, 1, 1], [3, 2, 2, 2], [0.1, 0, 0, 0]),
        effects([1, 1, 1, 1], [1, 1, 1, 1], [3, 1, 2, 2], [0.3, 0, 0, 0]),
    ]
    settings = PairSettings(neurons=2, draws=1)
    summary = summary_rows("log_odds", found, np.array([0, 3]), KINDS, ["a", "b"], settings)
    rows = {(row["measure"], row["distance"]): row for row in summary}
    assert {distance for _, distance in rows} == {"all", "0", "2 to 4"}
    every = rows["interacting", "all"]
    assert every["ranked"].value == 0.75
    assert np.isnan(every["ranked"].low)  # of two groups
    assert every["random"].value == 0
    assert every["difference_random"].value == 0.75
    assert (every["pairs"], rows["interacting", "0"]["pairs"]) == (2, 1)
    assert rows["synergy", "0"]["ranked"].value == 1.0
    assert rows["redundancy", "2 to 4"]["ranked"].value == 0.5
    assert rows["relative_size", "all"]["ranked"].value == pytest.approx((1 / 4 + 2 / 4) / 2)


FIRST = [3, 30, 27, 70]
TABLE = pd.DataFrame({"flat": [*FIRST, *(set(range(72)) - set(FIRST))]})
TABLE["layer"], TABLE["neuron"] = TABLE["flat"] // 24, TABLE["flat"] % 24
TABLE["score"] = [9, -5.0, 2, 3, *np.where(np.arange(68) % 3, 1, -1)]


def test_ranked_neurons_come_as_a_table(tiny):
    prompts = [PROMPT, "Choose.\n\nWho?\nAnswer:"]
    result = pairs(tiny, TABLE, prompts, ANSWERS, [0, 1], number=3, unit="sd", shifts=[0.5, 1.0])
    assert (result.facts["items"], result.facts["pairs"]) == (2, 3)
    neurons = result.to_pandas("neurons")
    assert neurons[["layer", "neuron"]].head(3).to_numpy().tolist() == [[0, 3], [1, 6], [1, 3]]
    flat = 24 * neurons["layer"] + neurons["neuron"]
    own = np.sign(TABLE.set_index("flat")["score"])
    assert (neurons["orientation"].to_numpy() == own[flat].to_numpy()).all()
    assert neurons["draw"].fillna(-1).tolist() == [-1] * 3 + [0] * 3 + [1] * 3
    resting = torch.cat(tiny.answer_gradients(prompts, ANSWERS).activations, dim=1)
    flat = (24 * neurons["layer"] + neurons["neuron"]).to_numpy()
    expected = resting.double().numpy()[:, flat].std(0)
    np.testing.assert_allclose(neurons["scale"], expected, rtol=1e-5)
    table = result.to_pandas("pairs")
    assert len(table) == 2 * 2 * 3 * 3
    first = table.query("shift == 0.5")
    scatter = result.to_pandas("scatter")
    assert scatter["set"].value_counts().to_dict() == {"random neurons": 12, "ranked neurons": 6}
    by_hand = first[first["draw"].isna()]
    own = scatter.query("set == 'ranked neurons'")
    assert own["joint"].tolist() == by_hand["log_odds_joint"].tolist()
    additive = by_hand["log_odds_first"] + by_hand["log_odds_second"]
    assert own["additive"].tolist() == additive.tolist()
    floors = (
        table.query("shift == 0.5").groupby("item")["log_odds_noise"].agg(lambda n: n.abs().max())
    )
    assert result.facts["floor_log_odds"] == floors.median()
    assert len(result.sections()) == 1 + 1 + 2 * 2 * 2
    assert result.to_pandas()["random"].notna().all()
    first = pairs(tiny, TABLE.head(3), prompts, ANSWERS, [0, 1])
    assert "give the whole ranking" in first.warnings[0]
    assert first.to_pandas()["random"].isna().all()
    assert first.table("pairs")["draw"].null_count == first.table("pairs").num_rows


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": 1}, "neurons 1: at least 2"),
        ({"number": 73}, "73 neurons requested; 72 of"),
        ({"threshold": -1.0}, "threshold -1"),
        ({"shifts": []}, "shifts: at least one value"),
        ({"unit": "metre"}, "'metre'"),
    ],
)
def test_bad_settings_are_named(tiny, changes, words):
    with pytest.raises(UsageError, match=words):
        pairs(tiny, TABLE, [PROMPT], ANSWERS, [0], **changes)


@pytest.mark.model
def test_smollm2_has_a_noise_floor(real):
    """Pairs within a layer add up but for the norms; noise is far below the changes."""
    prompt = "The capital of France is"
    top = real.answer_gradients([prompt], [" Paris"]).top(k=sum(real.widths))
    top["orientation"] = 1
    result = pairs(real, top, [prompt], [" Paris"], [0], number=4, draws=1, shifts=[0.2])
    table = result.to_pandas("pairs")
    assert 0 < result.facts["floor_log_odds"] < 1e-4
    joint, ranked = table["log_odds_joint"], table["draw"].isna()
    assert joint[ranked].abs().median() > 100 * result.facts["floor_log_odds"]
    additive = table["log_odds_first"] + table["log_odds_second"]
    assert np.corrcoef(joint, additive)[0, 1] > 0.9
