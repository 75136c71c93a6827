"""Several neurons at once: packed joint shifts against patched layers, predictions by hand."""

from __future__ import annotations

import json
import math
import sys
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BloomConfig,
    BloomForCausalLM,
    PreTrainedTokenizerFast,
)

from mceval8k.errors import DataError, UsageError
from neurgrad_eval import cli
from neurgrad_eval.control import command, findings
from neurgrad_eval.control.measure import DIRECTIONS, control_question
from neurgrad_eval.control.settings import ControlSettings
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.sweeps.joint import NOTHING, JointShift, log_odds, shift_jointly
from neurgrad_eval.sweeps.measure import sweep
from neurgrad_eval.sweeps.question import ask, ask_each

PROMPT, ANSWER = "Choose.\n\nWhat is red?\nAnswer:", " B"
SETTINGS = ControlSettings(numbers=(1, 3, 40), shifts=(0.25, 1.0), measured=3)


@pytest.fixture(scope="module")
def bloom(tiny: NeuronModel) -> NeuronModel:
    """A model whose copies cannot be packed."""
    torch.manual_seed(0)
    config = BloomConfig(hidden_size=16, n_layer=2, n_head=2, vocab_size=128)
    config.initializer_range = 0.5
    return NeuronModel.from_model(BloomForCausalLM(config).double(), tiny.tokenizer)


@pytest.fixture(scope="module")
def bert(tiny: NeuronModel) -> NeuronModel:
    inner = tiny.tokenizer.backend_tokenizer
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, mask_token="[MASK]", unk_token="~")
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = BertConfig(**sizes, intermediate_size=24, vocab_size=128, initializer_range=0.5)
    return NeuronModel.from_model(BertForMaskedLM(config), tokenizer)


def patched(
    model: NeuronModel, moved: dict[tuple[int, int], float], space: str = "hidden"
) -> torch.Tensor:
    """Probabilities of all tokens by a whole forward pass, each layer's own code patched.

    `moved` holds what is added to each neuron at the last position.
    """
    layers = model.model.model.layers

    def forward(mlp, layer):
        def run(x: torch.Tensor) -> torch.Tensor:
            gate, up = mlp.act_fn(mlp.gate_proj(x)), mlp.up_proj(x)
            hidden = None if space == "up" else gate * up
            for (there, index), amount in moved.items():
                if there == layer:
                    (up if space == "up" else hidden)[0, -1, index] += amount
            return mlp.down_proj(gate * up if space == "up" else hidden)

        return run

    ids = torch.tensor([model.tokenizer(PROMPT)["input_ids"]])
    for number, layer in enumerate(layers):
        layer.mlp.forward = forward(layer.mlp, number)
    try:
        with torch.no_grad():
            return model.model(input_ids=ids).logits[0, -1].softmax(-1)
    finally:
        for layer in layers:
            del layer.mlp.forward


def token(model: NeuronModel, answer: str) -> int:
    return model.tokenizer(answer)["input_ids"][0]


SETS = [{}, {(0, 3): 1.0}, {(0, 3): 1.0, (0, 4): -2.0, (1, 5): 0.5, (2, 23): 2.0}, {(2, 7): -1.0}]


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("copies", [1, 3, 256])
def test_joint_shifts_are_those_of_patched_layers(tiny, space, copies) -> None:
    """In `up`, a later layer's gate is the one that the earlier layers' shifts have moved."""
    shifts = [
        JointShift(
            np.array([layer for layer, _ in moved], dtype=np.int64),
            np.array([index for _, index in moved], dtype=np.int64),
            np.array(list(moved.values()), dtype=np.float32),
        )
        for moved in SETS
    ]
    answers = [token(tiny, letter) for letter in (" A", " C")]
    logs = shift_jointly(
        ask(tiny, PROMPT, ANSWER), shifts, answers=answers, space=space, copies=copies
    )
    expected = torch.stack([patched(tiny, moved, space)[answers] for moved in SETS])
    np.testing.assert_allclose(np.exp(logs), expected.numpy(), rtol=1e-4)
    assert np.ptp(logs, axis=0).min() > 0.01


def test_log_odds() -> None:
    assert log_odds(np.log([0.5, 0.9])).tolist() == pytest.approx([0.0, math.log(9)])
    assert log_odds(np.array([0.0, -1e-20])).tolist() == pytest.approx([36.7, 36.7], abs=0.1)


def test_an_output_that_is_not_finite_is_named(tiny) -> None:
    jobs = [JointShift.single(0, 3, float("inf"))]
    with pytest.raises(DataError, match="no finite output"):
        shift_jointly(ask(tiny, PROMPT, ANSWER), jobs)


def test_one_neuron_is_a_sweep(tiny) -> None:
    found = sweep(tiny, PROMPT, ANSWER, neurons=[(1, 5)], shifts=[-1.5, 1.5], sign="signed")
    jobs = [NOTHING, JointShift.single(1, 5, -1.5), JointShift.single(1, 5, 1.5)]
    probability = np.exp(shift_jointly(ask(tiny, PROMPT, ANSWER), jobs)[:, 0])
    np.testing.assert_allclose(probability[1:] - probability[0], found.output_shifts[0], rtol=1e-4)


@pytest.mark.parametrize("space", ["hidden", "up"])
@pytest.mark.parametrize("sign", ["magnitude", "signed"])
def test_what_is_moved_and_predicted(tiny, space, sign) -> None:
    """Every set, direction and shift, by patched layers and from gradients and sweeps alone."""
    settings = ControlSettings(
        numbers=(1, 3, 40), shifts=(0.25, 1.0), measured=3, space=space, sign=sign
    )
    found = control_question(ask(tiny, PROMPT, ANSWER), 7, settings)
    gradients = tiny.answer_gradients([PROMPT], [ANSWER], space=space)
    slopes = torch.cat([g[0, 0] for g in gradients.neurgrad(sign)]).numpy()
    activations = torch.cat([a[0] for a in gradients.activations]).numpy()
    orders = {
        "random": np.random.default_rng([0, 7]).permutation(72),
        "top": np.argsort(-np.abs(slopes), kind="stable"),
    }
    keys = product(enumerate(orders), enumerate((1, 3, 40)), enumerate(DIRECTIONS))
    for (s, selection), (n, number), (d, way) in keys:
        own = orders[selection][:number]
        neurons = [(int(i) // 24, int(i) % 24) for i in own]
        known = slopes[own]
        if number <= 3:
            known = sweep(tiny, PROMPT, ANSWER, neurons=neurons, space=space, sign=sign).neg
            known = known.numpy()
        towards = np.sign(known)
        direction = np.sign(activations[own]) if sign == "magnitude" else np.ones(number)
        for h, shift in enumerate((0.25, 1.0)):
            moved = dict(zip(neurons, way * shift * towards * direction, strict=True))
            after = patched(tiny, moved, space)[token(tiny, ANSWER)]
            at = (s, n, d, h)
            assert found.measured[at] == pytest.approx(float(after) - found.base, abs=2e-6)
            assert found.by_neurgrad[at] == pytest.approx(
                float(way * shift * (towards @ slopes[own])), rel=1e-4
            )
            if number <= 3:
                expected = way * shift * np.abs(known).sum()
                assert found.by_neg[at] == pytest.approx(float(expected), rel=1e-4)
            else:
                assert math.isnan(found.by_neg[at])
    assert np.abs(found.measured).min() > 0


def test_small_sets_and_shifts_are_predicted(tiny) -> None:
    """The sum of gradients is exact in the limit."""
    settings = ControlSettings(numbers=(1, 8, 72), shifts=(1e-3,), measured=0)
    found = control_question(ask(tiny, PROMPT, ANSWER), 0, settings)
    np.testing.assert_allclose(found.measured, found.by_neurgrad, rtol=0.1, atol=1e-6)


@pytest.mark.parametrize(("name", "prompt"), [("bloom", PROMPT), ("bert", "Is [MASK] red?")])
def test_models_that_cannot_be_packed(request, name, prompt) -> None:
    model = request.getfixturevalue(name)
    assert not model.packed
    question = ask(model, prompt, ANSWER)
    jobs = [NOTHING, JointShift.of([3, 20, 30], [0.5, -1.0, 2.0], model.widths)]
    alone = [shift_jointly(question, [job]) for job in jobs]
    np.testing.assert_allclose(shift_jointly(question, jobs), np.concatenate(alone), rtol=1e-5)
    assert abs(alone[1] - alone[0]).max() > 1e-3


@pytest.mark.parametrize("name", ["tiny", "bloom", "bert"])
def test_many_prompts_are_asked_as_if_alone(request, name) -> None:
    model = request.getfixturevalue(name)
    texts = (
        ["Say. Is [MASK] red?", "Say. Is it [MASK]"] if name == "bert" else [PROMPT, "Choo", "C"]
    )
    jobs = [NOTHING, JointShift.of([3, 20], [1.0, 1.0], model.widths)]
    each = list(ask_each(model, texts, [" A", " B"]))
    assert len(each) == len(texts)
    for text, (question, answers) in zip(texts, each, strict=True):
        for place, answer in enumerate((" A", " B")):
            found = shift_jointly(question, jobs, answers=answers)[:, [place]]
            np.testing.assert_allclose(
                found, shift_jointly(ask(model, text, answer), jobs), rtol=1e-4
            )


def test_the_prompt_runs_once(tiny) -> None:
    """Then the last token: for gradients, at rest and per swept shift, and per joint shift."""
    counts = {"tokens": 0, "passes": 0}

    def count(_module, args, _output) -> None:
        counts["tokens"] += args[0].numel()
        counts["passes"] += 1

    handle = tiny.model.get_input_embeddings().register_forward_hook(count)
    control_question(ask(tiny, PROMPT, ANSWER), 0, SETTINGS)
    handle.remove()
    length = len(tiny.tokenizer(PROMPT)["input_ids"])
    joint = 1 + 2 * 3 * 2 * 2
    swept = 2 * (1 + 3 * 20)
    assert counts == {"tokens": length - 1 + 1 + swept + joint, "passes": 1 + 1 + 2 * 2 + 1}
    assert not [m for m in tiny.model.modules() if m._forward_pre_hooks or m._forward_hooks]


def controlled(measured, predicted):
    """Prompts with one selection, number and shift; along and against."""
    return [
        SimpleNamespace(
            base=0.5,
            measured=np.array(m, dtype=float).reshape(1, 1, 2, 1),
            by_neurgrad=np.array(p, dtype=float).reshape(1, 1, 2, 1),
            by_neg=np.full((1, 1, 2, 1), np.nan),
        )
        for m, p in zip(measured, predicted, strict=True)
    ]


def test_scores_by_hand() -> None:
    settings = ControlSettings(numbers=(2,), shifts=(1.0,), selections=("random",), measured=0)
    found = findings.find(
        controlled([(0.1, -0.1), (0.4, 0.1)], [(0.2, -0.2), (0.4, -0.4)]), settings
    )
    both, along, against, *in_log_odds = found.scores
    assert (both.direction, along.direction, against.direction) == ("both", "along", "against")
    assert both.points == 4
    assert both.error.value == pytest.approx((0.1 + 0.1 + 0 + 0.5) / 4)
    assert both.sign_agreement.value == 0.75
    assert both.slope.value == pytest.approx((0.02 + 0.02 + 0.16 - 0.04) / 0.4)
    x, y = np.array([0.2, -0.2, 0.4, -0.4]), np.array([0.1, -0.1, 0.4, 0.1])
    assert both.pearson.value == pytest.approx(np.corrcoef(x, y)[0, 1])
    # ranks 3 2 4 1 of the predictions, 2.5 1 4 2.5 of the measurements
    assert both.spearman.value == pytest.approx(np.corrcoef([3, 2, 4, 1], [2.5, 1, 4, 2.5])[0, 1])
    assert along.pearson.value == pytest.approx(1.0)
    assert against.predicted == pytest.approx(0.3)
    assert both.error.low == pytest.approx(0.1)  # twice the first prompt
    assert both.error.high == pytest.approx(0.25)
    # A base of 1/2: the log-odds move by four times the sum.
    assert {one.prediction for one in in_log_odds} == {"neurgrad_log_odds"}
    expected = [1 / (1 + math.exp(-4 * d)) - 0.5 for d in (0.2, -0.2, 0.4, -0.4)]
    assert in_log_odds[0].error.value == pytest.approx(np.abs(expected - y).mean())


def test_a_constant_has_no_correlation() -> None:
    settings = ControlSettings(numbers=(2,), shifts=(1.0,), selections=("random",), measured=0)
    found = findings.find(controlled([(0.0, 0.0)], [(0.2, -0.2)]), settings)
    assert found.scores[0].pearson is None
    assert found.scores[0].to_dict()["pearson_low"] is None
    assert found.scores[0].sign_agreement.value == 0


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory, tiny, make_tiny_llama):
    folder = tmp_path_factory.mktemp("models") / "[bold]tiny"
    make_tiny_llama().float().save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def control(monkeypatch, capsys, model_folder, tmp_path):
    prompts = tmp_path / "prompts.jsonl"
    rows = [{"prompt": f"{word}?\nA:", "answer": "A"} for word in ("Who", "Where", "When")]
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def run(*more, **changes):
        options = {"model": model_folder, "prompts": prompts, "numbers": "1,4,72", "shifts": "1,2"}
        options |= {"measure": 4, "out": tmp_path / "out"} | changes
        words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["neurgrad", "control", *words, *more])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status or 0, said.out, said.err

    run.out = tmp_path / "out"
    return run


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_run_writes_all_its_files_and_goes_on(control, monkeypatch, tmp_path) -> None:
    status, out, err = control("--json")
    assert status == 0, err
    result = json.loads(out)
    # 2 selections, 3 numbers (2 of them with measured slopes too), 2 shifts, 3 directions
    assert len(result["scores"]) == 2 * (3 + 3 + 2) * 2 * 3
    rows = pq.read_table(control.out / "points.parquet").to_pylist()
    assert len(rows) == 3 * 2 * 3 * 2 * 2
    assert {row["by_neg"] is None for row in rows if row["neurons"] == 72} == {True}
    assert {row["by_neg"] is None for row in rows if row["neurons"] == 4} == {False}
    assert len(pq.read_table(control.out / "scores.parquet")) == len(result["scores"])
    page = (control.out / "control.html").read_text()
    assert page.count("<figure ") == 5
    assert "[bold]tiny" in page
    whole = content(control.out)

    real, calls = command.control_question, []

    def failing(question, number, settings):
        calls.append(number)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(question, number, settings)

    monkeypatch.setattr(command, "control_question", failing)
    partial = tmp_path / "partial"
    with pytest.raises(RuntimeError, match="killed"):
        control(out=partial)
    assert control(out=partial)[0] == 0
    assert calls == [0, 1, 1, 2]
    assert content(partial) == whole
    status, _, err = control(shifts="1,3")
    assert status == 2
    assert "shifts is [1.0, 2.0], not [1.0, 3.0]" in err
    (control.out / "shards" / "000001.parquet").write_bytes(b"no")
    status, _, err = control()
    assert status == 1
    assert "000001.parquet" in err.replace("\n", "")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"numbers": 0}, "at least 1 neuron"),
        ({"numbers": 73}, "73 neurons are asked; the model has 72"),
        ({"numbers": "many"}, "'many' is no number of neurons"),
        ({"shifts": "0,1"}, "above 0"),
        ({"shifts": "x"}, "shifts: 'x' is no list of numbers"),
        ({"select": "bottom"}, "'bottom'"),
        ({"measure": -1}, "measured -1"),
        ({"seed": -1}, "seed -1"),
    ],
)
def test_bad_options_are_named_in_one_line(control, changes, words) -> None:
    status, out, err = control(**changes)
    assert (status, out) == (2, "")
    assert words in err.splitlines()[-1]


@pytest.mark.parametrize(
    "changes", [{"numbers": ()}, {"numbers": (1, 1)}, {"shifts": ()}, {"selections": ()}]
)
def test_bad_settings_are_refused(changes) -> None:
    with pytest.raises(UsageError):
        ControlSettings(**changes)


@pytest.mark.model
def test_smollm2_answers_to_joint_shifts(smollm2) -> None:
    """Few neurons and small shifts add up; thousands do not."""
    model = NeuronModel.from_pretrained(smollm2)
    settings = ControlSettings(numbers=(1, 16, 4096), shifts=(0.1, 2.0), measured=1)
    found = control_question(ask(model, "The capital of France is", " Paris"), 0, settings)
    np.testing.assert_allclose(found.measured[:, 0, :, 0], found.by_neg[:, 0, :, 0], rtol=0.2)
    assert (np.sign(found.measured[:, 1, :, 0]) == [[1, -1], [1, -1]]).all()
    assert np.abs(found.by_neurgrad[:, 2, :, 1]).min() > 1  # no probability can change so much
