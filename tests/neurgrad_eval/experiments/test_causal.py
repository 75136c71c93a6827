"""Ranked neurons shifted on items: against patched layers, by hand, and from a task's run."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.experiments.causal import (
    Causal,
    CausalOptions,
    CausalSettings,
    causal,
    measure_all,
    summary_rows,
)
from neurgrad_eval.inputs.items import given_items
from neurgrad_eval.inputs.ranked import RankedNeurons
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.runner import run

PROMPT = "Choose.\n\nWhat is red?\nAnswer:"
PROMPTS = [PROMPT, "Choose.\n\nWho?\nAnswer:"]
ANSWERS = (" A", " B", " C")
FLAT, ORIENTATION = np.array([3, 30, 27, 70, 4]), np.array([1.0, -1.0, 1.0, 1.0, -1.0])
EVERY = np.random.default_rng(3).choice([-1.0, 0.0, 1.0], 72)
EVERY[FLAT] = ORIENTATION
RANKED = RankedNeurons(FLAT, ORIENTATION, EVERY)


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
    for one in made.sets:
        unit = resting[:, one.flat].std(0) * one.orientation
        if sign == "magnitude":
            unit = unit * np.sign(resting[0, one.flat])
        for shift in (0.5, 2.0, -0.5, -2.0):
            places = [(int(flat) // 24, int(flat) % 24) for flat in one.flat]
            moved = dict(zip(places, shift * unit, strict=True))
            expected.append(patched(tiny, PROMPT, moved)[tokens].numpy())
    np.testing.assert_allclose(found[1:], expected, rtol=1e-4)
    assert np.ptp(found, axis=0).min() > 1e-4


def test_random_neurons_go_their_own_way(tiny):
    """Of the same layers, not ranked, each along an orientation that it has itself."""
    sets = [one for one in experiment(tiny, draws=9).sets if one.kind == "random"]
    assert [one.draw for one in sets] == [draw for draw in range(9) for _ in range(2)]
    for small, large in zip(sets[::2], sets[1::2], strict=True):
        assert (large.flat // 24 == FLAT // 24).all()
        assert not set(large.flat) & set(FLAT)
        assert (large.orientation == EVERY[large.flat]).all()
        assert (large.orientation != 0).all()
        assert (small.flat == large.flat[:2]).all()
    assert any((one.orientation != ORIENTATION).any() for one in sets[1::2])


def test_shuffled_sets_are_the_ranked_neurons_turned(tiny):
    sets = [one for one in experiment(tiny, draws=9).sets if one.kind == "shuffled"]
    for one in sets:
        count = len(one.flat)
        assert (one.flat == FLAT[:count]).all()
        assert one.orientation.sum() == ORIENTATION[:count].sum()
    assert any((one.orientation != ORIENTATION).any() for one in sets[1::2])


def test_without_the_whole_ranking_there_is_no_selection_null(tiny):
    ranking = pd.DataFrame({"layer": FLAT // 24, "neuron": FLAT % 24, "orientation": ORIENTATION})
    result = causal(tiny, ranking, PROMPTS, ANSWERS, [0, 1], draws=2, shifts=[1.0])
    assert "give the whole ranking" in result.warnings[0]
    summary = result.to_pandas()
    for name in ("random", "random_low", "difference_random", "random_highest", "p_random"):
        assert summary[name].isna().all()
    assert summary[["ranked", "shuffled", "p_shuffled"]].notna().all(axis=None)
    bands = [trace.name for trace in result.plot().data if trace.fill]
    assert bands == ["shuffled sets"]
    alike = causal(tiny, ranking.query("orientation == 1"), PROMPTS, ANSWERS, [0, 1], draws=1)
    assert "one orientation" in alike.warnings[1]


def test_a_result_is_taken_as_it_is(tiny):
    order = np.concatenate([FLAT, np.setdiff1d(np.arange(72), FLAT)])
    whole = pa.table(
        {
            "ranking": ["centred"] * 72 + ["polarity"] * 72,
            "layer": np.tile(order // 24, 2),
            "neuron": np.tile(order % 24, 2),
            "orientation": np.concatenate([EVERY[order], -EVERY[order]]),
            "rank": np.tile(np.arange(72), 2),
        }
    )
    of = Result("rank", {"neurons": whole}, {"space": "hidden"})
    given = {"numbers": [5], "draws": 2, "shifts": [1.0]}
    result = causal(tiny, of, PROMPTS, ANSWERS, [0, 1], **given)
    assert result.warnings == ()
    bands = [trace.name for trace in result.plot().data if trace.fill]
    assert bands == ["random sets", "shuffled sets"]
    made = experiment(tiny, numbers=(5,), shifts=(1.0,), unit="activation", labels=(0, 1))
    assert result.table("effects") == run(made).table("effects")
    other = causal(tiny, of, PROMPTS, ANSWERS, [0, 1], score="polarity", **given)
    assert result.table("effects") != other.table("effects")
    with pytest.raises(UsageError, match="the ranking's space is hidden, not up"):
        causal(tiny, of, PROMPTS, ANSWERS, [0, 1], space="up", sign="signed")
    up = Result("rank", {"neurons": whole}, {"space": "up"})
    one, same = (causal(tiny, by, PROMPTS, ANSWERS, [0, 1], space="up", **given) for by in (of, up))
    assert one.table("effects") == same.table("effects") != result.table("effects")


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
    assert run_tokens == [shared, own, 1, 1 + 5 * 2 * 2 * 2]


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
    """Two items, five sets: ranked, two random and two shuffled ones."""
    settings = CausalSettings(numbers=(1,), shifts=(1.0,), draws=2)
    along = [[0.5, 0.3], [0.4, 0.3], [0.3, 0.2], [0.5, 0.4], [0.3, 0.3]]
    against = [[0.1, 0.5], [0.4, 0.4], [0.4, 0.3], [0.3, 0.3], [0.3, 0.4]]

    def rows(down):
        shifted = np.stack([along, down], axis=1).reshape(10, 2).T  # [item, set and shift]
        kinds = ["ranked", "random", "random", "shuffled", "shuffled"]
        return summary_rows({"gold_probability": shifted - 0.3}, kinds, ["a", "b"], settings)

    down, up = rows(against)
    assert (down["shift"], up["shift"]) == (-1, 1)
    assert up["ranked"].value == pytest.approx((0.2 + 0.0) / 2)
    assert np.isnan(up["ranked"].low)  # of two groups
    assert up["random"].value == pytest.approx((0.05 - 0.05) / 2)
    assert up["difference_random"].value == pytest.approx(0.1)
    assert up["shuffled"].value == pytest.approx((0.15 + 0.0) / 2)
    assert up["difference_shuffled"].value == pytest.approx(0.025)
    assert (up["shuffled_lowest"], up["shuffled_highest"]) == pytest.approx((0.0, 0.15))
    assert up["p_shuffled"] == pytest.approx(2 / 3)
    assert (up["random_lowest"], up["random_highest"]) == pytest.approx((-0.05, 0.05))
    assert up["p_random"] == pytest.approx(1 / 3)
    assert (up["p_random_holm"], up["p_shuffled_holm"]) == pytest.approx((2 / 3, 1.0))
    assert down["ranked"].value == pytest.approx((-0.2 + 0.2) / 2)
    assert down["p_random"] == pytest.approx(1 / 3)
    # The second random set lowers the second item as far as the ranked one lowers the first.
    down, _ = rows([against[0], against[1], against[0], *against[3:]])
    assert down["p_random"] == pytest.approx(2 / 3)


TABLE = pd.DataFrame({"layer": [0, 1, 1, 2], "neuron": [3, 6, 3, 22], "score": [9, -5.0, 0, 3]})


def test_ranked_neurons_come_as_a_table(tiny):
    result = causal(tiny, TABLE, PROMPTS, ANSWERS, [0, 2], draws=3, shifts=[1.0])
    summary = result.to_pandas()
    assert set(summary["neurons"]) == {3}  # one has no vote
    assert len(summary) == 3 * 2
    assert result.facts == {"items": 2}
    effects = result.to_pandas("effects")
    assert effects["set"].value_counts().to_dict() == {"shuffled": 12, "ranked": 4, "none": 2}
    base = effects.query("set == 'none'")["probabilities"]
    expected = np.mean([p[label] for p, label in zip(base, (0, 2), strict=True)])
    bases = result.to_pandas("base").set_index("measure")["mean"]
    assert bases["gold_probability"] == pytest.approx(expected)
    assert [section.heading for section in result.sections()[1:3]] == [
        "Change: accuracy",
        "Change: gold_probability",
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
    result = run(Causal.open(CausalOptions(**asked, unit="sd"), None), tmp_path / "run")
    assert (result.facts["items"], result.about["task"]) == (3, "agnews")
    page = (tmp_path / "run" / "index.html").read_text()
    assert page.count("<figure ") == 3
    more = run(
        Causal.open(CausalOptions(**asked | {"limit": 5}, unit="sd"), None), tmp_path / "run"
    )
    whole = run(Causal.open(CausalOptions(**asked | {"limit": 5}, unit="sd"), None))
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
        ({"numbers": (73,)}, "73 neurons requested"),
        ({"numbers": (60,)}, "too few to draw a set"),
        ({"space": "gate"}, "'gate'"),
    ],
)
def test_bad_settings_are_named(asked, changes, words):
    with pytest.raises(UsageError, match=words):
        Causal.open(CausalOptions(**asked | changes), None)


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
def test_smollm2_moves_with_its_neurons(real):
    """Neurons that raise an answer here, shifted along that, raise it; reversed, they lower it."""
    prompt = "The capital of France is"
    top = real.answer_gradients([prompt], [" Paris"]).top(k=32)
    top["score"] = top["neurgrad"]
    result = causal(real, top, [prompt], [" Paris"], [0], shifts=[0.1], draws=3)
    rows = result.to_pandas().query("measure == 'gold_probability'").set_index("shift")
    assert rows["ranked"][0.1] > 0.02
    assert rows["ranked"][-0.1] < -0.02
    ends = rows[["shuffled_lowest", "shuffled_highest"]].abs().to_numpy().max()
    assert ends < rows["ranked"].abs().min()
