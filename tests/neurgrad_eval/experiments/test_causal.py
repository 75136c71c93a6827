"""Ranked neurons shifted on items: against patched layers, by hand, and from a task's run."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.experiments.causal import (
    AskedCausal,
    Causal,
    CausalSettings,
    causal,
    measure_all,
    summary_rows,
)
from neurgrad_eval.inputs.items import given_items
from neurgrad_eval.inputs.ranked import RankedNeurons
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.runner import run

PROMPT = "Choose.\n\nWhat is red?\nAnswer:"
PROMPTS = [PROMPT, "Choose.\n\nWho?\nAnswer:"]
ANSWERS = (" A", " B", " C")
RANKED = RankedNeurons(np.array([3, 30, 27, 70, 4]), np.array([1.0, -1.0, 1.0, 1.0, -1.0]))


def experiment(model, copies=1024, labels=(0, 0), **changes):
    settings = CausalSettings(
        **{"numbers": (2, 5), "shifts": (0.5, 2.0), "draws": 2, "unit": "sd"} | changes
    )
    items = given_items(model, PROMPTS, ANSWERS, labels)
    return Causal(settings, model, RANKED, items, copies=copies)


def probabilities(table):
    return np.array(table["effects"]["probabilities"].to_pylist())


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
@pytest.mark.parametrize("copies", [4, 256])
def test_every_condition_is_a_patched_forward(tiny, patched, sign, copies):
    made = experiment(tiny, copies, sign=sign)
    item = made.items.whole[0]
    found = probabilities(made.measure(item))
    tokens = [tiny.tokenizer(answer)["input_ids"][0] for answer in ANSWERS]
    resting = tiny.answer_gradients(PROMPTS, ANSWERS).activations
    resting = torch.cat(resting, dim=1).numpy()
    np.testing.assert_allclose(found[0], patched(tiny, PROMPT, {})[tokens], rtol=1e-4)
    expected = []
    for neurons in made.flat:
        scales = resting[:, neurons].std(0)
        for number in (2, 5):
            own = neurons[:number]
            unit = scales[:number] * RANKED.orientation[:number]
            if sign == "magnitude":
                unit = unit * np.sign(resting[0, own])
            for shift in (0.5, 2.0, -0.5, -2.0):
                places = [(int(flat) // 24, int(flat) % 24) for flat in own]
                moved = dict(zip(places, shift * unit, strict=True))
                expected.append(patched(tiny, PROMPT, moved)[tokens].numpy())
    np.testing.assert_allclose(found[1:], expected, rtol=1e-4)
    assert np.ptp(found, axis=0).min() > 1e-4


def test_random_neurons_stand_in_for_ranked_ones(tiny):
    flat = experiment(tiny).flat
    assert flat.shape == (3, 5)
    assert (flat // 24 == RANKED.flat // 24).all()
    assert len(np.unique(flat[:2])) == 10


def test_the_right_answer_is_not_looked_at(tiny):
    first, second = (
        probabilities(made.measure(made.items.whole[0]))
        for made in (experiment(tiny), experiment(tiny, labels=(2, 1)))
    )
    assert (first == second).all()


def test_one_pass_reads_all_answers_of_all_conditions(tiny, run_tokens):
    made = experiment(tiny, unit="activation")
    made.measure(made.items.whole[0])
    shared = len("Choose.\n\nWh")
    own = len(PROMPT) - shared - 1
    assert run_tokens == [shared, own, 1, 1 + 3 * 2 * 2 * 2]


def test_an_item_does_not_depend_on_the_others(tiny):
    first, second = (experiment(tiny) for _ in range(2))
    forwards = [first.measure(item)["effects"] for item in first.items.whole]
    backwards = [second.measure(item)["effects"] for item in reversed(second.items.whole)]
    assert forwards == backwards[::-1]


def test_measures_by_hand():
    found = measure_all(np.array([[[0.2, 0.1, 0.1], [0.1, 0.1, 0.0]]]), np.array([0]))
    assert found["accuracy"].tolist() == [[1.0, 0.5]]
    assert found["gold_probability"].tolist() == [[0.2, 0.1]]
    assert found["gold_share"].tolist() == [[0.5, 0.5]]


def test_the_summary_by_hand():
    """Two items; the ranked set helps both, one of two random sets helps the second more."""
    settings = CausalSettings(numbers=(1,), shifts=(1.0,), draws=2)
    along, against = [[0.5, 0.3], [0.4, 0.3], [0.3, 0.2]], [[0.1, 0.5], [0.4, 0.4], [0.4, 0.3]]
    shifted = np.stack([along, against], axis=1).reshape(6, 2).T  # [item, condition]
    change = shifted - np.array([[0.3], [0.3]])
    down, up = summary_rows("gold_probability", change, ["a", "b"], settings)
    assert (down["shift"], up["shift"]) == (-1, 1)
    assert up["ranked"].value == pytest.approx((0.2 + 0.0) / 2)
    assert (up["ranked"].low, up["ranked"].high) == pytest.approx((0.0, 0.2))
    assert up["random"].value == pytest.approx((0.05 - 0.05) / 2)
    assert up["difference"].value == pytest.approx(0.1)
    assert (up["random_lowest"], up["random_highest"]) == pytest.approx((-0.05, 0.05))
    assert up["p"] == pytest.approx(1 / 3)
    assert down["ranked"].value == pytest.approx((-0.2 + 0.2) / 2)
    assert down["p"] == pytest.approx(1 / 3)
    # The second random set lowers the second item as far as the ranked one lowers the first.
    as_far = [[0.1, 0.5], [0.4, 0.4], [0.1, 0.5]]
    change = np.stack([along, as_far], axis=1).reshape(6, 2).T - 0.3
    down, _ = summary_rows("gold_probability", change, ["a", "b"], settings)
    assert down["p"] == pytest.approx(2 / 3)


TABLE = pd.DataFrame({"layer": [0, 1, 1, 2], "neuron": [3, 6, 3, 22], "score": [9, -5.0, 0, 3]})


def test_ranked_neurons_come_as_a_table(tiny):
    result = causal(tiny, TABLE, PROMPTS, ANSWERS, [0, 2], draws=3, shifts=[1.0])
    summary = result.to_pandas()
    assert set(summary["neurons"]) == {3}  # one has no vote
    assert len(summary) == 3 * 2
    assert result.facts == {"items": 2}
    effects = result.to_pandas("effects")
    assert effects["set"].value_counts().to_dict() == {"random": 12, "ranked": 4, "none": 2}
    base = effects.query("set == 'none'")["probabilities"]
    expected = np.mean([p[label] for p, label in zip(base, (0, 2), strict=True)])
    bases = result.to_pandas("base").set_index("measure")["value"]
    assert bases["gold_probability"] == pytest.approx(expected)
    assert [section.heading for section in result.sections()[1:3]] == [
        "Change: accuracy, 3",
        "Change: gold_probability, 3",
    ]


@pytest.fixture
def asked(tiny_folder, probing_edition, tmp_path):
    ranking = tmp_path / "ranking.csv"
    order = np.random.default_rng(0).permutation(72)
    orientation = np.random.default_rng(1).choice([-1, 1], 72)
    table = {"layer": order // 24, "neuron": order % 24, "orientation": orientation}
    pd.DataFrame(table).to_csv(ranking, index=False)
    return {
        "model": str(tiny_folder),
        "edition": str(probing_edition),
        "task": "agnews",
        "ranking": ranking,
        "numbers": (4,),
        "draws": 2,
        "train_size": 8,
        "validation_size": 0,
        "num_fewshot": 1,
        "limit": 3,
    }


def test_more_items_leave_those_that_are_there(asked, tmp_path):
    result = run(Causal.open(AskedCausal(**asked, unit="sd"), None), tmp_path / "run")
    assert (result.facts["items"], result.about["task"]) == (3, "agnews")
    page = (tmp_path / "run" / "index.html").read_text()
    assert page.count("<figure ") == 3
    more = run(Causal.open(AskedCausal(**asked | {"limit": 5}, unit="sd"), None), tmp_path / "run")
    whole = run(Causal.open(AskedCausal(**asked | {"limit": 5}, unit="sd"), None))
    assert more.table("effects") == whole.table("effects")
    rows = result.table("effects").num_rows
    assert more.table("effects").slice(0, rows) == result.table("effects")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"score": "activation"}, "score 'activation'"),
        ({"draws": 0}, "draws 0"),
        ({"shifts": (-1.0,)}, "above 0"),
        ({"limit": 0}, "limit 0"),
        ({"numbers": (0,)}, "neurons 0"),
        ({"numbers": (73,)}, "73 neurons are asked"),
        ({"numbers": (60,)}, "too few to draw a set"),
        ({"space": "gate"}, "'gate'"),
    ],
)
def test_bad_settings_are_named(asked, changes, words):
    with pytest.raises(UsageError, match=words):
        Causal.open(AskedCausal(**asked | changes), None)


def test_the_command(asked, neurgrad, tmp_path):
    more = {"neurons": "2,4", "shifts": "0.5,1", "unit": "sd", "score": "magnitude"}
    options = {name: value for name, value in asked.items() if name != "numbers"} | more
    status, out, err = neurgrad("causal", "--json", **options, out=tmp_path / "run")
    assert status == 0, err
    summary = json.loads(out)["tables"]["summary"]
    assert [row["shift"] for row in summary[:4]] == [-1.0, -0.5, 0.5, 1.0]
    assert {row["neurons"] for row in summary} == {2, 4}
    status, _, err = neurgrad("causal", **options | {"ranking": tmp_path / "none.csv"})
    assert (status, "none.csv: there is no such file" in err) == (2, True)


@pytest.mark.model
def test_smollm2_moves_with_its_neurons(smollm2):
    """Neurons that raise an answer here, shifted along that, raise it; reversed, they lower it."""
    model = NeuronModel.from_pretrained(smollm2)
    prompt = "The capital of France is"
    top = model.answer_gradients([prompt], [" Paris"]).top(k=32)
    top["score"] = top["neurgrad"]
    result = causal(model, top, [prompt], [" Paris"], [0], shifts=[0.1], draws=3)
    rows = result.to_pandas().query("measure == 'gold_probability'").set_index("shift")
    assert rows["ranked"][0.1] > 0.02
    assert rows["ranked"][-0.1] < -0.02
    ends = rows[["random_lowest", "random_highest"]].abs().to_numpy().max()
    assert ends < rows["ranked"].abs().min()
