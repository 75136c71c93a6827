"""Pairs of neurons: toy networks whose interactions are known, patched layers, and float noise."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from neurgrad_eval.causal.items import AskedItem
from neurgrad_eval.causal.measure import Sets
from neurgrad_eval.interactions.findings import classify, summarise
from neurgrad_eval.interactions.measure import Effects, pairs, shift_pairs
from neurgrad_eval.interactions.settings import InteractionSettings
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.sweeps.question import ask

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"
HIDDEN = torch.tensor([0.5, -1.0, 2.0, 1.0])
WEIGHTS = torch.tensor([1.0, 2.0, -0.5, 0.25])


class Toy:
    """Two layers of two neurons; logits (f(h), 0), so that f is the log-odds of token 0."""

    answer = 0

    def __init__(self, product: float) -> None:
        self.product = product
        """f(h) = w·h + product·h0·h2."""
        self.model = SimpleNamespace(sites=[None, None], widths=(2, 2))

    def zeros(self, _layer, copies=1):
        return torch.zeros(1, copies, 2)

    def logits(self, deltas, copies, _space="hidden"):
        h = HIDDEN + torch.cat([delta[0].expand(copies, 2) for delta in deltas], dim=1)
        f = h @ WEIGHTS + self.product * h[:, 0] * h[:, 2]
        hidden = {0: HIDDEN[None, None, :2], 1: HIDDEN[None, None, 2:]}
        return torch.stack([f, torch.zeros(copies)], dim=1), SimpleNamespace(hidden=hidden)

    def read(self, deltas, copies):
        logits, readings = self.logits(deltas, copies)
        return logits.softmax(-1)[:, 0], readings


def toy_pairs(product: float, **changes):
    settings = InteractionSettings(neurons=3, draws=1, shifts=(1.0, 2.0), **changes)
    flat = np.array([[0, 2, 3], [1, 3, 2]])
    sets = Sets(flat, np.array([1.0, -1.0, 1.0]), np.ones(flat.shape))
    item = AskedItem(4, {"label": 0, "group": "g"}, Toy(product), (0, 1))
    return shift_pairs(item, sets, settings, copies=5), settings


def test_an_additive_network_has_no_interaction() -> None:
    found, _ = toy_pairs(0.0, sign="signed")
    effects = found.scales["log_odds"]
    assert effects.joint.shape == (2, 2, 3)
    # Pairs of the first set at shift 1: h0 + 1 with h2 − 1, h0 + 1 with h3 + 1, h2 − 1 with h3 + 1.
    assert effects.first[0, 0].tolist() == pytest.approx([1.0, 1.0, 0.5], abs=1e-5)
    assert effects.second[0, 0].tolist() == pytest.approx([0.5, 0.25, 0.25], abs=1e-5)
    assert effects.joint[0, 0].tolist() == pytest.approx([1.5, 1.25, 0.75], abs=1e-5)
    np.testing.assert_allclose(effects.interaction, 0, atol=1e-5)
    assert not classify(effects, 0.01)["interacting"].any()
    sigma = lambda x: 1 / (1 + np.exp(-x))  # noqa: E731
    f = float(HIDDEN @ WEIGHTS)
    expected = sigma(f + 1.5) - sigma(f + 1.0) - sigma(f + 0.5) + sigma(f)
    assert found.scales["probability"].interaction[0, 0, 0] == pytest.approx(expected, abs=1e-6)


def test_a_product_interacts_by_what_it_is() -> None:
    """c·h0·h2 with h0 + 1 and h2 − 1 gives −c, with 2 and −2 gives −4c; no other pair interacts."""
    found, _ = toy_pairs(0.3, sign="signed")
    effects = found.scales["log_odds"]
    assert effects.interaction[0, 0].tolist() == pytest.approx([-0.3, 0, 0], abs=1e-5)
    assert effects.interaction[1, 0].tolist() == pytest.approx([-1.2, 0, 0], abs=1e-5)
    np.testing.assert_allclose(effects.interaction[:, 1], 0, atol=1e-5)
    assert classify(effects, 0.05)["interacting"].sum() == 2
    # Single changes 1 + 0.3·2 and 0.5 − 0.3·0.5: one sign, and jointly less than their sum.
    kinds = classify(effects, 0.05)
    assert kinds["redundancy"][0, 0].tolist() == [True, False, False]
    assert not kinds["synergy"].any()


def test_magnitude_shifts_go_by_the_activation() -> None:
    found, _ = toy_pairs(0.0, sign="magnitude")
    second_set = found.scales["log_odds"].first[0, 1]  # h1 = −1 is moved by −1
    assert second_set.tolist() == pytest.approx([-2.0, -2.0, -0.25], abs=1e-5)


def test_pairs_are_those_of_single_forward_passes(tiny: NeuronModel) -> None:
    flat = np.array([[3, 30, 70, 60], [5, 31, 71, 61]])
    sets = Sets(flat, np.array([1.0, -1.0, 1.0, 1.0]), np.ones(flat.shape))
    settings = InteractionSettings(neurons=4, draws=1, shifts=(1.5,), sign="signed")
    question = ask(tiny, PROMPT, ANSWER)
    item = AskedItem(0, {"label": 1, "group": "g"}, question, (7, question.answer))
    effects = shift_pairs(item, sets, settings, copies=6).scales["probability"]

    def alone(moved):
        layers = tiny.model.model.layers
        handles = []
        for number, layer in enumerate(layers):

            def hook(_module, args, start=24 * number):
                hidden = args[0].clone()
                for neuron, amount in moved.items():
                    if start <= neuron < start + 24:
                        hidden[0, -1, neuron - start] += amount
                return (hidden,)

            handles.append(layer.mlp.down_proj.register_forward_pre_hook(hook))
        ids = torch.tensor([tiny.tokenizer(PROMPT)["input_ids"]])
        with torch.no_grad():
            logits = tiny.model(input_ids=ids).logits[0, -1]
        for handle in handles:
            handle.remove()
        return float(logits.softmax(-1)[question.answer])

    base = alone({})
    for s, neurons in enumerate(flat):
        amounts = dict(zip(neurons.tolist(), (1.5 * sets.orientation).tolist(), strict=True))
        for p, (i, j) in enumerate(pairs(4)):
            one, two = int(neurons[i]), int(neurons[j])
            both = alone({one: amounts[one], two: amounts[two]}) - base
            first, second = (alone({n: amounts[n]}) - base for n in (one, two))
            assert effects.joint[0, s, p] == pytest.approx(both, abs=1e-6)
            assert effects.first[0, s, p] == pytest.approx(first, abs=1e-6)
            assert effects.second[0, s, p] == pytest.approx(second, abs=1e-6)
    assert np.abs(effects.interaction).max() > 1e-4


def test_every_shift_is_read_twice(tiny: NeuronModel) -> None:
    counts = {"tokens": 0, "passes": 0}

    def count(_module, args, _output) -> None:
        counts["tokens"] += args[0].numel()
        counts["passes"] += 1

    flat = np.array([[3, 30, 70], [5, 31, 71]])
    sets = Sets(flat, np.ones(3), np.ones(flat.shape))
    settings = InteractionSettings(neurons=3, draws=1)
    handle = tiny.model.get_input_embeddings().register_forward_hook(count)
    question = ask(tiny, PROMPT, ANSWER)
    item = AskedItem(0, {"label": 0, "group": "g"}, question, (question.answer,))
    found = shift_pairs(item, sets, settings)
    handle.remove()
    length = len(tiny.tokenizer(PROMPT)["input_ids"])
    jobs = 1 + 2 * (3 + 3)
    assert counts == {"tokens": length - 1 + 1 + 2 * jobs, "passes": 1 + 1 + 2}
    assert float(found.scales["log_odds"].floor.max()) < 1e-6  # float64


def effects(first, second, joint, noise):
    shaped = (np.array(v, dtype=float).reshape(1, 2, -1) for v in (first, second, joint, noise))
    return Effects(*shaped)


def test_kinds_of_pairs_by_hand() -> None:
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


def test_the_summary_by_hand() -> None:
    settings = InteractionSettings(neurons=2, draws=1)
    found = [
        SimpleNamespace(scales=dict.fromkeys(("log_odds", "probability"), one))
        for one in (
            effects([1, 1, 1, 1], [1, 1, 1, 1], [3, 2, 2, 2], [0.1, 0, 0, 0]),
            effects([1, 1, 1, 1], [1, 1, 1, 1], [3, 1, 2, 2], [0.3, 0, 0, 0]),
        )
    ]
    items = [{"group": "a"}, {"group": "b"}]
    result = summarise(found, items, np.array([0, 3]), settings)
    assert result.pairs == 2
    assert result.floor["log_odds"] == pytest.approx(0.2)
    rows = {(r.scale, r.measure, r.distance): r for r in result.rows}
    assert {distance for _, _, distance in rows} == {"all", "0", "2 to 4"}
    every = rows["log_odds", "interacting", "all"]
    assert every.skill.value == 0.75
    assert (every.skill.low, every.skill.high) == (0.5, 1.0)
    assert every.random.value == 0
    assert every.difference.value == 0.75
    assert (every.pairs, rows["log_odds", "interacting", "0"].pairs) == (2, 1)
    assert rows["log_odds", "synergy", "0"].skill.value == 1.0
    assert rows["log_odds", "redundancy", "2 to 4"].skill.value == 0.5
    assert rows["log_odds", "relative_size", "all"].skill.value == pytest.approx(
        (1 / 4 + 2 / 4) / 2
    )


@pytest.mark.model
def test_smollm2_has_a_noise_floor(smollm2) -> None:
    """Pairs within a layer add up but for the norms; noise is far below the changes."""
    model = NeuronModel.from_pretrained(smollm2)
    gradients = model.answer_gradients(["The capital of France is"], [" Paris"]).gradients
    slopes = torch.cat([g[0, 0] for g in gradients]).abs().numpy()
    flat = np.argsort(-slopes)[:8].reshape(2, 4)
    sets = Sets(flat, np.ones(4), np.ones(flat.shape))
    question = ask(model, "The capital of France is", " Paris")
    item = AskedItem(0, {"label": 0, "group": "g"}, question, (question.answer,))
    found = shift_pairs(item, sets, InteractionSettings(neurons=4, draws=1, shifts=(0.2,)))
    effects = found.scales["log_odds"]
    assert 0 < effects.floor.max() < 1e-4
    assert np.median(np.abs(effects.joint)) > 100 * effects.floor.max()
    assert np.corrcoef(effects.joint.ravel(), (effects.first + effects.second).ravel())[0, 1] > 0.9
