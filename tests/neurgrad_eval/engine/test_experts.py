"""Mixtures of experts: neurons by layer, expert and index, against plain passes of each family."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import neurgrad_eval as ng
from mceval8k.errors import UsageError
from neurgrad_eval.engine.joint_shifts import NOTHING, JointShift, shift_jointly
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.experiments.sweep import SweepOptions, SweepPrompts
from neurgrad_eval.models.experts import find_experts
from neurgrad_eval.models.precision import _Float32
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import ROUTING, to_flat
from neurgrad_eval.runs.runner import run
from tests.neurgrad_eval.engine.plain_experts import (
    ANSWERS,
    FAMILIES,
    QUESTIONS,
    UNGATED,
    make_model,
    plain,
)


@pytest.fixture(scope="module")
def load(tiny: NeuronModel) -> Callable[[str], NeuronModel]:
    """Function that makes a family's model in float64, once."""

    @cache
    def loaded(family: str) -> NeuronModel:
        # transformers' default for experts, grouped_mm, takes no float64.
        model = make_model(family, experts_implementation="eager").double()
        return NeuronModel.from_model(model, tiny.tokenizer, name=family)

    return loaded


def assert_close(found: Tensor, expected: Tensor, tolerance: float = 1e-5) -> None:
    assert expected.any()
    assert float((found.double() - expected).norm() / expected.norm()) < tolerance


@pytest.mark.parametrize("family", FAMILIES)
def test_gradients_and_activations(load: Callable[[str], NeuronModel], family: str) -> None:
    model = load(family)
    found = model.answer_gradients(QUESTIONS, ANSWERS)
    for row, text in enumerate(QUESTIONS):
        p, gradients, activations = plain(model, text)
        assert_close(found.probabilities[row], p)
        for site in model.sites:
            own = slice(site.start, site.start + site.width)
            assert_close(found.gradients[site.layer][row, :, own], gradients[site.name])
            assert_close(found.activations[site.layer][row, own], activations[site.name])


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_not_chosen_is_zero(load: Callable[[str], NeuronModel], family: str) -> None:
    """As many experts have neurons that are not 0 as the router chooses, and exactly these."""
    model = load(family)
    found = model.answer_gradients(QUESTIONS, ANSWERS)
    for site in model.sites:
        if site.experts is None:
            continue
        own = slice(site.start, site.start + site.width)
        shape = (-1, site.experts.weights.count, site.experts.weights.size)
        active = found.activations[site.layer][:, own].reshape(shape).ne(0).any(-1)
        moving_ones = found.gradients[site.layer][:, 0, own].reshape(shape).ne(0).any(-1)
        assert torch.equal(active, moving_ones)
        chosen = active.sum(-1).tolist()
        assert all(n == 2 for n in chosen) if family != "longcat_flash" else max(chosen) <= 3


@pytest.mark.parametrize("family", [name for name in FAMILIES if name not in UNGATED])
def test_up_space_is_a_rescaling(load: Callable[[str], NeuronModel], family: str) -> None:
    """h = act(gate)·up, so a_hidden·∂p/∂h = a_up·∂p/∂up."""
    model = load(family)
    in_hidden, in_up = (model.answer_gradients(QUESTIONS, ANSWERS, space=s) for s in model.spaces)
    for layer in range(model.n_layers):
        torch.testing.assert_close(
            in_hidden.activations[layer][:, None] * in_hidden.gradients[layer],
            in_up.activations[layer][:, None] * in_up.gradients[layer],
            rtol=1e-4,
            atol=1e-7,
        )
        assert not torch.allclose(in_hidden.activations[layer], in_up.activations[layer])


def test_experts_that_multiply_otherwise_have_no_up_space(
    load: Callable[[str], NeuronModel],
) -> None:
    assert load("gpt_oss").spaces == ("hidden",)
    with pytest.raises(UsageError, match="'up' needs gated"):
        load("gpt_oss").answer_gradients(QUESTIONS, ANSWERS, space="up")


def chosen_neurons(model: NeuronModel, layer: int, count: int) -> list[tuple[int, int]]:
    """Neurons of the first prompt that are not silent, spread over a layer."""
    activations = model.answer_gradients(QUESTIONS[:1], ANSWERS).activations[layer][0]
    there = activations.nonzero()[:, 0]
    return [(layer, int(i)) for i in there[:: max(len(there) // count, 1)][:count]]


@pytest.mark.parametrize("family", FAMILIES)
def test_sweeps(load: Callable[[str], NeuronModel], family: str) -> None:
    """Each shifted copy is a full pass with the experts' own output moved by hand."""
    model, text = load(family), QUESTIONS[0]
    neurons = [*chosen_neurons(model, 0, 3), *chosen_neurons(model, 1, 3)]
    found = sweep(model, text, ANSWERS[0], neurons=neurons, shifts=(-1.0, 0.5))
    rest = plain(model, text)[0][0]
    hiddens = plain(model, text)[2]
    for number, (layer, index) in enumerate(neurons):
        site = next(
            s for s in model.sites if s.layer == layer and s.start <= index < s.start + s.width
        )
        for column, shift in enumerate((-1.0, 0.5)):
            z = torch.zeros(site.width, dtype=torch.float64)
            z[index - site.start] = shift * hiddens[site.name][index - site.start].sign()
            moved = plain(model, text, {site.name: z})[0][0] - rest
            assert found.output_shifts[number, column] == pytest.approx(float(moved), abs=2e-6)


@pytest.mark.parametrize("family", ["qwen2_moe", "llama4_text", "jetmoe"])
def test_a_shift_of_what_is_not_chosen_does_nothing(
    load: Callable[[str], NeuronModel], family: str
) -> None:
    model = load(family)
    activations = model.answer_gradients(QUESTIONS[:1], ANSWERS).activations[1][0]
    silent = int((activations == 0).nonzero()[0])
    found = sweep(
        model, QUESTIONS[0], " A", neurons=[(1, silent)], shifts=(-1.0, 1.0), sign="signed"
    )
    assert found.output_shifts.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("family", ["qwen2_moe", "gpt_oss", "llama4_text", "jetmoe"])
def test_edits(load: Callable[[str], NeuronModel], family: str) -> None:
    """An edit at the last position is the move by hand that gives the same activations."""
    model, text = load(family), QUESTIONS[0]
    neurons = [*chosen_neurons(model, 0, 4), *chosen_neurons(model, 1, 4)]
    hiddens = plain(model, text)[2]
    values = {site.name: torch.zeros(site.width, dtype=torch.float64) for site in model.sites}
    for layer, index in neurons:
        for site in model.sites:
            if site.layer == layer and site.start <= index < site.start + site.width:
                own = index - site.start
                values[site.name][own] = 0.5 - hiddens[site.name][own] if layer == 0 else 0.25
    expected = plain(model, text, values)[0]
    edits = {
        "set": {neuron: 0.5 for neuron in neurons if neuron[0] == 0},
        "add": {neuron: 0.25 for neuron in neurons if neuron[0] == 1},
    }
    with model.intervene(**edits):
        found = model.answer_gradients([text], ANSWERS)
        ids = torch.tensor([model.tokenizer(text)["input_ids"]])
        logits = model.model(input_ids=ids).logits[0, -1]
    assert_close(found.probabilities[0], expected)
    answers = [model.tokenizer(answer)["input_ids"][0] for answer in ANSWERS]
    assert_close(logits.softmax(-1)[answers], expected)
    for layer, index in neurons:
        if layer == 0:
            assert float(found.activations[layer][0, index]) == pytest.approx(0.5)
    assert not left_behind(model)


def left_behind(model: NeuronModel) -> list[nn.Module]:
    """Modules with a hook or a forward pass of ours."""
    return [
        module
        for module in model.model.modules()
        if module._forward_hooks or module._forward_pre_hooks or "forward" in vars(module)
    ]


def test_nothing_stays_behind(
    load: Callable[[str], NeuronModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    model = load("qwen2_moe")
    monkeypatch.setattr(torch.autograd, "grad", fail)
    with pytest.raises(ZeroDivisionError):
        model.answer_gradients(QUESTIONS, ANSWERS)
    assert not left_behind(model)


@pytest.mark.parametrize("family", ["mixtral", "gpt_oss", "deepseek_v3", "llama4_text"])
def test_default_kernels_in_single_precision(
    load: Callable[[str], NeuronModel], tiny: NeuronModel, family: str
) -> None:
    """What transformers runs by default (grouped_mm) is replaced by what agrees with it."""
    exact = load(family).answer_gradients(QUESTIONS, ANSWERS)
    model = NeuronModel.from_model(make_model(family).float(), tiny.tokenizer)
    found = model.answer_gradients(QUESTIONS, ANSWERS)
    for a, b in zip(found.gradients, exact.gradients, strict=True):
        assert_close(a, b.double(), 1e-3)


@pytest.mark.parametrize("family", ["qwen3_moe", "gpt_oss", "llama4_text"])
def test_16_bits_are_widened_expert_by_expert(
    load: Callable[[str], NeuronModel],
    tiny: NeuronModel,
    monkeypatch: pytest.MonkeyPatch,
    family: str,
) -> None:
    """No tensor of all experts becomes float32, and none of one expert is kept so."""
    exact = load(family).answer_gradients(QUESTIONS, ANSWERS)
    model = NeuronModel.from_model(
        make_model(family, experts_implementation="eager").half(), tiny.tokenizer
    )
    experts = {
        weight.numel(): len(weight)
        for name, weight in model.model.named_parameters()
        if ".experts." in name and weight.ndim == 3
    }
    widened, kept = set(), set()
    widen, pack = _Float32._widen, _Float32.pack

    def watch(self: _Float32, value: Any) -> Any:
        if isinstance(value, Tensor) and value.dtype == torch.float16:
            widened.add(value.numel())
        return widen(self, value)

    def watch_kept(self: _Float32, saved: Tensor) -> Any:
        packed = pack(self, saved)
        if isinstance(packed, Tensor):
            kept.add(packed.numel())
        return packed

    monkeypatch.setattr(_Float32, "_widen", watch)
    monkeypatch.setattr(_Float32, "pack", watch_kept)
    found = model.answer_gradients(QUESTIONS, ANSWERS)
    of_one = {size // count for size, count in experts.items()}
    assert of_one <= widened
    assert not widened & set(experts)
    assert not kept & (of_one | set(experts))
    for a, b in zip(found.gradients, exact.gradients, strict=True):
        assert_close(a, b.double(), 0.05)


@pytest.mark.parametrize("family", ["qwen3_moe", "deepseek_v3"])
def test_offloaded_experts(load: Callable[[str], NeuronModel], tiny: Any, family: str) -> None:
    accelerate = pytest.importorskip("accelerate")
    expected = load(family).answer_gradients(QUESTIONS, ANSWERS)
    model = make_model(family, experts_implementation="eager").double()
    accelerate.cpu_offload(model, execution_device=torch.device("cpu"))
    found = NeuronModel.from_model(model, tiny.tokenizer).answer_gradients(QUESTIONS, ANSWERS)
    for a, b in zip(found.gradients, expected.gradients, strict=True):
        assert_close(a, b.double())


class Unknown(nn.Module):
    """Experts whose hidden vectors are normalised, as no known family's are."""

    def __init__(self) -> None:
        super().__init__()
        self.gate_up_proj = nn.Parameter(torch.randn(4, 24, 16))
        self.down_proj = nn.Parameter(torch.randn(4, 16, 12))
        self.act_fn = nn.SiLU()

    def forward(self, tokens: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        out = torch.zeros_like(tokens)
        for row, (experts, scales) in enumerate(zip(chosen, weights, strict=True)):
            for expert, scale in zip(experts, scales, strict=True):
                gate, up = (self.gate_up_proj[expert] @ tokens[row]).chunk(2)
                product = nn.functional.normalize(self.act_fn(gate) * up, dim=0)
                out[row] += scale * (self.down_proj[expert] @ product)
        return out


def test_experts_that_compute_otherwise_are_refused(
    tiny: NeuronModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    assert find_experts(Unknown()) is None
    monkeypatch.setattr(Unknown, "forward", find_plain(Unknown.forward))
    assert find_experts(Unknown()) is not None
    monkeypatch.undo()
    model = make_model("qwen3_moe")
    model.model.layers[1].mlp.experts = Unknown()
    with pytest.raises(UsageError, match=r"experts of this kind.*layers\.1\.mlp\.experts"):
        NeuronModel.from_model(model, tiny.tokenizer)


def find_plain(forward: Any) -> Any:
    """The same without normalising, which is a known way."""

    def run(self: Any, tokens: Tensor, chosen: Tensor, weights: Tensor) -> Tensor:
        out: Tensor
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nn.functional, "normalize", lambda values, dim: values)
            out = forward(self, tokens, chosen, weights)
        return out

    return run


def test_neurons_are_named_by_expert(load: Callable[[str], NeuronModel], tiny: NeuronModel) -> None:
    model = load("deepseek_v3")
    assert model.experts.plain() == [[1, 0, 8, 12]]
    assert model.experts.neuron(1, 7, 3) == (1, 87)
    with pytest.raises(UsageError, match="no neuron 12 of expert 0 in layer 1"):
        model.experts.neuron(1, 0, 12)
    table = model.answer_gradients(QUESTIONS[:1], ANSWERS).to_pandas(" A")
    assert list(table)[:4] == ["layer", "neuron", "expert", "expert_neuron"]
    routed = table.dropna(subset="expert")
    assert (routed["layer"] == 1).all()
    assert (12 * routed["expert"] + routed["expert_neuron"] == routed["neuron"]).all()
    assert len(table) - len(routed) == 24 + 12  # the dense layer, and the shared expert
    swept = sweep(model, QUESTIONS[0], " A", neurons=[(1, 87), (1, 96)]).to_pandas()
    assert swept["expert"].tolist()[:1] + swept["expert_neuron"].tolist()[:1] == [7, 3]
    assert swept["expert"].isna().tolist() == [False] * 20 + [True] * 20
    assert "expert" not in tiny.answer_gradients(QUESTIONS[:1], ANSWERS).top(" A")


LABELS = [0, 1, 2] * 6


def test_rankings_and_probes(load: Callable[[str], NeuronModel]) -> None:
    """Experts that were not chosen have no say, and tables name the experts."""
    model = load("qwen2_moe")
    prompts = [f"Choose.\n\nWhat is {word}?\nAnswer:" for word in "abcdefghijklmnopqr"]
    found = ng.collect(model, prompts, ANSWERS, LABELS)
    gradients = model.answer_gradients(prompts, ANSWERS)
    scores = torch.cat(gradients.neurgrad(), dim=2)
    gold = scores[torch.arange(18), LABELS][:, None]
    expected = (gold - scores).sign().sum((0, 1))
    table = ng.rank(found, score="magnitude").to_pandas("neurons")
    flat = (table["neuron"] + model.widths[0] * table["layer"]).tolist()
    assert table["score"].tolist() == expected[flat].tolist()
    assert table["expert"].max() == 3
    assert table["expert"].isna().sum() == 2 * 20
    result = ng.probe(found, found, probes=("magnitude", "polarity"), neurons=(8,), null_draws=20)
    assert {"expert", "expert_neuron"} <= set(result.to_pandas("neurons"))


def test_causal(load: Callable[[str], NeuronModel]) -> None:
    """A joint shift of a ranking's best neurons is the same move by hand."""
    model, text = load("qwen2_moe"), QUESTIONS[0]
    neurons = [*chosen_neurons(model, 0, 5), *chosen_neurons(model, 1, 5), (1, 0), (1, 13), (1, 25)]
    values = {site.name: torch.zeros(site.width, dtype=torch.float64) for site in model.sites}
    hiddens = plain(model, text)[2]
    for layer, index in neurons:
        for site in model.sites:
            own = index - site.start
            if site.layer == layer and 0 <= own < site.width:
                values[site.name][own] = 0.7 * hiddens[site.name][own].sign()
    expected = plain(model, text, values)[0]
    amounts = [
        0.7 * float(model.answer_gradients([text], ANSWERS).activations[layer][0, index].sign())
        for layer, index in neurons
    ]
    flat = to_flat(*zip(*neurons, strict=True), model.widths)
    question = ask(model, text, ANSWERS)
    logs = shift_jointly(question, [NOTHING, JointShift.of(flat, amounts, model.widths)])
    assert_close(torch.from_numpy(logs[1]).exp(), expected)
    assert abs(logs[1] - logs[0]).max() > 1e-3


def test_an_experiment_names_experts_and_says_what_a_shift_does(
    tiny: NeuronModel, tmp_path: Path
) -> None:
    make_model("qwen2_moe").save_pretrained(tmp_path / "model")
    tiny.tokenizer.save_pretrained(tmp_path / "model")
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Who? A:", "answer": "A"}\n')
    asked = SweepOptions(model=str(tmp_path / "model"), prompts=prompts, neurons=20, step=1.0)
    result = run(SweepPrompts.open(asked, None))
    assert result.warnings == (ROUTING,)
    assert result.about["experts"] == [[0, 0, 4, 12], [1, 0, 4, 12]]
    for name in ("neurons", "points", "curves"):
        table = result.to_pandas(name)
        routed = table["neuron"] < 48
        assert (table["expert"].notna() == routed).all()
        assert (table["expert"] == table["neuron"] // 12)[routed].all()
        assert (table["expert_neuron"] == table["neuron"] % 12)[routed].all()
