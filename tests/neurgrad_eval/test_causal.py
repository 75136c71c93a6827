"""Ranked neurons shifted on items: against patched layers, by hand, and as a command."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mceval8k.errors import DataError, UsageError
from neurgrad_eval import cli
from neurgrad_eval.causal import command
from neurgrad_eval.causal.findings import measure_all, summarise
from neurgrad_eval.causal.items import AskedItem
from neurgrad_eval.causal.matched import draw_matched
from neurgrad_eval.causal.measure import ItemEffects, Sets, choose_sets, shift_item
from neurgrad_eval.causal.moving import deviations, moves
from neurgrad_eval.causal.ranked import RankedNeurons, check_origin, read_ranked
from neurgrad_eval.causal.settings import CausalSettings
from neurgrad_eval.interactions import command as interactions_command
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.neurons import from_flat
from neurgrad_eval.sweeps.question import ask

PROMPT = "Choose.\n\nWhat is red?\nAnswer:"
ANSWERS = (" A", " B", " C")
SETTINGS = CausalSettings(numbers=(2, 5), shifts=(0.5, 2.0), draws=2)
RANKED = RankedNeurons(np.array([3, 30, 27, 70, 4]), np.array([1.0, -1.0, 1.0, 1.0, -1.0]))


def patched(model: NeuronModel, moved: dict[int, float]) -> torch.Tensor:
    """Probabilities by a whole forward pass with neurons [flat] moved by the layers' own code."""
    layers = model.model.model.layers

    def forward(mlp, start):
        def run(x: torch.Tensor) -> torch.Tensor:
            hidden = mlp.act_fn(mlp.gate_proj(x)) * mlp.up_proj(x)
            for flat, amount in moved.items():
                if start <= flat < start + 24:
                    hidden[0, -1, flat - start] += amount
            return mlp.down_proj(hidden)

        return run

    ids = torch.tensor([model.tokenizer(PROMPT)["input_ids"]])
    for number, layer in enumerate(layers):
        layer.mlp.forward = forward(layer.mlp, 24 * number)
    try:
        with torch.no_grad():
            return model.model(input_ids=ids).logits[0, -1].softmax(-1)
    finally:
        for layer in layers:
            del layer.mlp.forward


def asked(model: NeuronModel, label: int = 0) -> AskedItem:
    tokens = tuple(model.tokenizer(answer)["input_ids"][0] for answer in ANSWERS)
    question = ask(model, PROMPT, ANSWERS[0])
    return AskedItem(0, {"label": label, "group": "g", "id": "i"}, question, tokens)


def chosen(model: NeuronModel, draws: int = 2) -> Sets:
    flat = choose_sets(RANKED, model.widths, draws=draws, seed=0)
    return Sets(flat, RANKED.orientation, np.linspace(0.5, 1.5, flat.size).reshape(flat.shape))


@pytest.mark.parametrize("sign", ["magnitude", "signed"])
@pytest.mark.parametrize("copies", [4, 256])
def test_every_condition_is_a_patched_forward(tiny, sign, copies) -> None:
    settings = CausalSettings(numbers=(2, 5), shifts=(0.5, 2.0), draws=2, sign=sign)
    sets, item = chosen(tiny), asked(tiny)
    found = shift_item(item, sets, settings, copies=copies)
    resting = tiny.answer_gradients([PROMPT], ANSWERS).activations
    resting = torch.cat([layer[0] for layer in resting]).numpy()
    np.testing.assert_allclose(found.base, patched(tiny, {})[list(item.answers)], rtol=1e-4)
    at = 0
    for neurons, scales in zip(sets.flat, sets.scales, strict=True):
        for number in (2, 5):
            for way in (1, -1):
                for shift in (0.5, 2.0):
                    own = neurons[:number]
                    amounts = way * shift * scales[:number] * sets.orientation[:number]
                    if sign == "magnitude":
                        amounts = amounts * np.sign(resting[own])
                    after = patched(tiny, dict(zip(own.tolist(), amounts.tolist(), strict=True)))
                    expected = after[list(item.answers)].numpy()
                    np.testing.assert_allclose(found.shifted[at], expected, rtol=1e-4)
                    at += 1
    assert at == len(found.shifted)
    assert np.ptp(found.shifted, axis=0).min() > 1e-3


def test_the_right_answer_is_not_looked_at(tiny) -> None:
    first, second = (shift_item(asked(tiny, label), chosen(tiny), SETTINGS) for label in (0, 2))
    assert (first.shifted == second.shifted).all()


def test_one_pass_reads_all_answers_of_all_conditions(tiny) -> None:
    counts = {"tokens": 0, "passes": 0}

    def count(_module, args, _output) -> None:
        counts["tokens"] += args[0].numel()
        counts["passes"] += 1

    handle = tiny.model.get_input_embeddings().register_forward_hook(count)
    shift_item(asked(tiny), chosen(tiny), SETTINGS)
    handle.remove()
    length = len(tiny.tokenizer(PROMPT)["input_ids"])
    assert counts == {"tokens": length - 1 + 1 + (1 + 3 * 2 * 2 * 2), "passes": 3}


def test_moves_by_hand() -> None:
    a, o, scale = np.array([2.0, -0.5, 0.0]), np.array([1.0, 1.0, -1.0]), np.array([1.0, 3.0, 1.0])
    assert moves(a, o, scale, "magnitude").tolist() == [1.0, -3.0, 0.0]
    assert moves(a, o, scale, "signed").tolist() == [1.0, 3.0, -1.0]
    assert deviations([np.array([1.0, 5.0]), np.array([3.0, 5.0])]).tolist() == [1.0, 0.0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_random_sets_have_the_layers_of_the_ranked_neurons(data) -> None:
    widths = data.draw(st.lists(st.integers(2, 9), min_size=1, max_size=4))
    pools = [range(sum(widths[:at]), sum(widths[:at]) + w) for at, w in enumerate(widths)]
    neurons = np.array(
        [
            flat
            for pool in pools
            for flat in data.draw(
                st.lists(st.sampled_from(pool), max_size=len(pool) // 2, unique=True)
            )
        ],
        dtype=np.int64,
    )
    neurons = neurons[data.draw(st.permutations(range(len(neurons))))] if len(neurons) else neurons
    drawn = draw_matched(neurons, widths, draws=3, seed=1)
    assert drawn.shape == (3, len(neurons))
    for one in drawn:
        assert (from_flat(one, widths)[0] == from_flat(neurons, widths)[0]).all()
        assert len(set(one) | set(neurons)) == 2 * len(neurons)
    assert (drawn == draw_matched(neurons, widths, draws=3, seed=1)).all()


def test_too_few_other_neurons_are_named() -> None:
    with pytest.raises(UsageError, match="layer 0 has 1 neurons beside the 2"):
        draw_matched(np.array([0, 2]), (3, 3), draws=1, seed=0)


def test_measures_by_hand() -> None:
    probabilities = np.array([[[0.2, 0.1, 0.1], [0.1, 0.1, 0.0]]])
    found = measure_all(probabilities, np.array([0]))
    assert found["accuracy"].tolist() == [[1.0, 0.5]]
    assert found["gold_probability"].tolist() == [[0.2, 0.1]]
    assert found["gold_share"].tolist() == [[0.5, 0.5]]


def test_the_summary_by_hand() -> None:
    """Two items; the ranked set helps both, one of two random sets helps the second more."""
    settings = CausalSettings(numbers=(1,), shifts=(1.0,), draws=2)
    along, against = [[0.5, 0.3], [0.4, 0.3], [0.3, 0.2]], [[0.1, 0.5], [0.4, 0.4], [0.4, 0.3]]
    effects = [
        ItemEffects(
            number,
            np.array([0.3, 0.4]),
            np.array([[a[number], 0.4] for pair in zip(along, against, strict=True) for a in pair]),
        )
        for number in range(2)
    ]
    items = [{"label": 0, "group": "a"}, {"label": 0, "group": "b"}]
    found = summarise(effects, items, settings)
    assert found.base["gold_probability"].value == pytest.approx(0.3)
    assert found.base["accuracy"].value == 0
    row = {(r.measure, r.direction): r for r in found.rows}
    up = row["gold_probability", "along"]
    assert up.skill.value == pytest.approx((0.2 + 0.0) / 2)
    assert (up.skill.low, up.skill.high) == pytest.approx((0.0, 0.2))
    assert up.random.value == pytest.approx((0.05 - 0.05) / 2)
    assert up.difference.value == pytest.approx(0.1)
    assert (up.random_low, up.random_high) == pytest.approx((-0.05, 0.05))
    assert up.p == pytest.approx(1 / 3)
    down = row["gold_probability", "reversed"]
    assert down.skill.value == pytest.approx((-0.2 + 0.2) / 2)
    assert down.p == pytest.approx(1 / 3)
    accuracy = row["accuracy", "along"]
    assert accuracy.skill.value == 0.5
    assert accuracy.random.value == pytest.approx(np.mean([0.5, 0.0, 0.0, 0.0]))


PLAIN = {
    "layer": [0, 1, 1, 2],
    "index": [3, 6, 7, 23],
    "score": [1.0, -9.0, 5.0, 0.0],
    "orientation": [1, -1, 1, 0],
    "rank": [2, 0, 1, 3],
}


def test_a_ranking_is_read_in_its_order(tmp_path) -> None:
    table = pa.table(PLAIN)
    pq.write_table(table, tmp_path / "a.parquet")
    rows = [
        ",".join(PLAIN),
        *(",".join(map(str, row)) for row in zip(*PLAIN.values(), strict=True)),
    ]
    (tmp_path / "a.csv").write_text("\n".join(rows))
    names = [n if n in ("layer", "index") else f"magnitude_{n}" for n in PLAIN]
    pq.write_table(table.rename_columns(names), tmp_path / "neurons.parquet")
    (tmp_path / "rank").mkdir()
    pq.write_table(table, tmp_path / "rank" / "magnitude.parquet")
    for path in (tmp_path / "a.parquet", tmp_path / "a.csv", tmp_path, tmp_path / "rank"):
        found = read_ranked(path, "magnitude", 3, (24, 24, 24))
        assert found.flat.tolist() == [30, 31, 3]
        assert found.orientation.tolist() == [-1, 1, 1]
    with pytest.raises(UsageError, match="4 neurons are asked; 3 of"):
        read_ranked(tmp_path / "a.csv", "magnitude", 4, (24, 24, 24))
    with pytest.raises(DataError, match="'polarity_orientation' is missing"):
        read_ranked(tmp_path, "polarity", 3, (24, 24, 24))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"index": [3, 6, 6, 23]}, DataError, "twice"),
        ({"index": [3, 6, 7, 24]}, DataError, "another model"),
        ({"orientation": [1, 2, 1, 1]}, DataError, "not -1, 0 or 1"),
        ({"rank": [0.5, 1, 2, 3]}, DataError, "'rank' is not of whole numbers"),
        ({"rank": [None, 1, 2, 3]}, DataError, "'rank' is not of whole numbers"),
    ],
)
def test_bad_rankings_are_named(tmp_path, changes, error, words) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(PLAIN | changes), path)
    with pytest.raises(error, match=words):
        read_ranked(path, "polarity", 2, (24, 24, 24))


def test_what_is_no_ranking_is_named(tmp_path) -> None:
    (tmp_path / "a.parquet").write_text("no")
    (tmp_path / "a.txt").write_text("no")
    with pytest.raises(DataError, match=r"a\.parquet"):
        read_ranked(tmp_path / "a.parquet", "polarity", 2, (24,))
    with pytest.raises(UsageError, match=r"\.parquet or \.csv"):
        read_ranked(tmp_path / "a.txt", "polarity", 2, (24,))
    with pytest.raises(UsageError, match="no such file"):
        read_ranked(tmp_path, "polarity", 2, (24,))


def test_a_ranking_of_something_else_is_refused(tmp_path) -> None:
    known = {"weights": "abc", "space": "hidden", "sign": "magnitude"}
    check_origin(tmp_path, known)  # a folder without a record
    (tmp_path / "manifest.json").write_text(json.dumps({"about": known}))
    check_origin(tmp_path, known)
    with pytest.raises(UsageError, match="the ranking's sign is magnitude, not signed"):
        check_origin(tmp_path, known | {"sign": "signed"})
    (tmp_path / "manifest.json").write_text("[]")
    with pytest.raises(DataError, match=r"manifest\.json"):
        check_origin(tmp_path, known)


@pytest.fixture(scope="module")
def folders(tmp_path_factory, tiny, make_tiny_llama):
    """A model, an edition and a ranking on disk."""
    root = tmp_path_factory.mktemp("causal")
    make_tiny_llama(max_position_embeddings=4096).float().save_pretrained(root / "tiny")
    tiny.tokenizer.save_pretrained(root / "tiny")
    task = root / "edition" / "classification" / "agnews"
    task.mkdir(parents=True)
    for name, size in (("train", 40), ("valid", 4), ("test", 8)):
        rows = [{"text": f"{name} text number {i * i}", "label": i % 4} for i in range(size)]
        (task / f"{name}.json").write_text(json.dumps(rows))
    rng = np.random.default_rng(0)
    order = rng.permutation(72)
    ranking = {
        "layer": order // 24,
        "index": order % 24,
        "orientation": rng.choice([-1, 1], 72),
        "rank": np.arange(72),
    }
    pq.write_table(pa.table(ranking), root / "ranking.parquet")
    return root


@pytest.fixture
def neurgrad(monkeypatch, capsys, folders, tmp_path):
    def run(name, *more, **changes):
        options = {
            "model": folders / "tiny",
            "edition": folders / "edition",
            "task": "agnews",
            "ranking": folders / "ranking.parquet",
            "neurons": 4,
            "draws": 2,
            "train-size": 8,
            "validation-size": 0,
            "num-fewshot": 1,
            "limit": 3,
            "out": tmp_path / "out",
        } | changes
        words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["neurgrad", name, *words, *more])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status or 0, said.out, said.err

    run.out = tmp_path / "out"
    return run


def content(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    ("name", "module", "measure", "tables"),
    [
        ("causal", command, "shift_item", {"effects.parquet": 3 * (1 + 3 * 2 * 4)}),
        ("interactions", interactions_command, "shift_pairs", {"pairs.parquet": 3 * 3 * 6}),
    ],
)
def test_a_run_writes_all_its_files_and_goes_on(
    neurgrad, monkeypatch, tmp_path, name, module, measure, tables
) -> None:
    status, out, err = neurgrad(name, "--json")
    assert status == 0, err
    result = json.loads(out)
    assert (result["items"], result["task"]) == (3, "agnews")
    assert result["rows"]
    for table, rows in tables.items():
        assert len(pq.read_table(neurgrad.out / table)) == rows
    assert len(pq.read_table(neurgrad.out / "summary.parquet")) == len(result["rows"])
    assert (neurgrad.out / f"{name}.html").read_text().count("<figure ") == 3
    whole = content(neurgrad.out)

    real, calls = getattr(module, measure), []

    def failing(item, *rest):
        calls.append(item.number)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(item, *rest)

    monkeypatch.setattr(module, measure, failing)
    partial = tmp_path / "partial"
    with pytest.raises(RuntimeError, match="killed"):
        neurgrad(name, out=partial)
    assert neurgrad(name, out=partial)[0] == 0
    assert len(calls) == 4
    assert content(partial) == whole
    status, _, err = neurgrad(name, seed=1)
    assert status == 2
    assert "other settings" in err


def test_a_shift_in_standard_deviations(neurgrad) -> None:
    status, _, err = neurgrad("interactions", unit="sd", shifts="0.5", limit=1)
    assert status == 0, err
    scales = pq.read_table(neurgrad.out / "neurons.parquet")["scale"].to_numpy()
    assert len(scales) == 3 * 4
    assert scales.min() >= 0
    assert len(np.unique(scales)) > 5


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("causal", {"score": "activation"}, "score 'activation'"),
        ("causal", {"draws": 0}, "draws 0"),
        ("causal", {"shifts": "-1"}, "above 0"),
        ("causal", {"limit": 0}, "limit 0"),
        ("causal", {"ranking": "missing.csv"}, "missing.csv"),
        ("causal", {"task": "nothing"}, "nothing"),
        ("causal", {"neurons": 73}, "73 neurons are asked"),
        ("causal", {"neurons": 60}, "too few to draw a set"),
        ("interactions", {"neurons": 1}, "a pair needs 2"),
        ("interactions", {"threshold": -1}, "threshold -1"),
    ],
)
def test_bad_options_are_named_in_one_line(neurgrad, name, changes, words) -> None:
    status, out, err = neurgrad(name, **changes)
    assert (status, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert not neurgrad.out.exists()


@pytest.mark.model
def test_smollm2_moves_with_its_neurons(smollm2) -> None:
    """Neurons that raise an answer here, shifted along that, raise it; reversed, they lower it."""
    model = NeuronModel.from_pretrained(smollm2)
    prompt = "The capital of France is"
    gradients = model.answer_gradients([prompt], [" Paris"]).neurgrad()
    slopes = torch.cat([g[0, 0] for g in gradients]).numpy()
    top = np.argsort(-np.abs(slopes))[:32]
    ranked = RankedNeurons(top, np.sign(slopes[top]).astype(float))
    flat = choose_sets(ranked, model.widths, draws=3, seed=0)
    sets = Sets(flat, ranked.orientation, np.ones(flat.shape))
    question = ask(model, prompt, " Paris")
    item = AskedItem(0, SimpleNamespace(), question, (question.answer,))
    settings = CausalSettings(numbers=(32,), shifts=(0.1,), draws=3)
    found = shift_item(item, sets, settings)
    up, down, *random = found.shifted[:, 0] - found.base[0]
    assert up > 0.02
    assert down < -0.02
    assert max(map(abs, random)) < min(up, -down)
