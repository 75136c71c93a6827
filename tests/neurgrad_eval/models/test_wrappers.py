"""Adapters, quantised weights and compiled models: looked through, or refused with the reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertForMaskedLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
)

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.models.loading import kind_of_model
from neurgrad_eval.models.wrappers import adapter_base
from neurgrad_eval.neuron_model import NeuronModel

PROMPTS = ["Choose.\n\nWhat is red?\nAnswer:", "Choose.\n\nWho?\nAnswer:"]
ANSWERS = [" A", " B", " C"]
LINEAR = ["q_proj", "v_proj", "gate_proj", "up_proj", "down_proj"]


def plain(model: Any, tokenizer: Any, downs: list[nn.Module], text: str) -> list[Tensor]:
    """Gradients [answer, neuron] by layer: zeros added to what enters `downs`, differentiated."""
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    answers = [tokenizer(answer)["input_ids"][0] for answer in ANSWERS]
    zeros: list[Tensor] = []

    def hook(_module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        zeros.append(torch.zeros(args[0].shape[-1], dtype=args[0].dtype, requires_grad=True))
        last = torch.arange(args[0].shape[-2]) == args[0].shape[-2] - 1
        return (args[0] + last[:, None] * zeros[-1],)

    handles = [down.register_forward_pre_hook(hook) for down in downs]
    p = model(input_ids=ids).logits[0, -1].softmax(-1)[answers]
    for handle in handles:
        handle.remove()
    slopes = [torch.autograd.grad(one, zeros, retain_graph=True) for one in p]
    return [torch.stack(layer) for layer in zip(*slopes, strict=True)]


def assert_gradients(model: NeuronModel, downs: list[nn.Module], within: float = 1e-5) -> None:
    found = model.answer_gradients(PROMPTS, ANSWERS)
    for row, text in enumerate(PROMPTS):
        expected = plain(model.model, model.tokenizer, downs, text)
        for layer, gradient in enumerate(expected):
            own = found.gradients[layer][row].double()
            assert float((own - gradient).norm() / gradient.norm()) < within


def randomised(model: Any) -> Any:
    """Adapters start as the identity: make them matter."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if any(word in name for word in ("lora_", "ia3_", "prompt_")):
                parameter.add_(0.3 * torch.randn_like(parameter))
    return model.double()


@pytest.mark.parametrize("kind", ["lora", "dora", "ia3"])
def test_adapters(
    kind: str, tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    """Neurons enter the wrapped down-projection, whose adapter sees a shift of them, too."""
    peft = pytest.importorskip("peft")
    if kind == "ia3":
        config = peft.IA3Config(target_modules=LINEAR, feedforward_modules=["down_proj"])
    else:
        config = peft.LoraConfig(r=4, target_modules=LINEAR, use_dora=kind == "dora")
    adapted = randomised(peft.get_peft_model(make_tiny_llama(), config).eval())
    model = NeuronModel.from_model(adapted, tiny.tokenizer)
    assert model.widths == (24, 24, 24)
    assert model.spaces == ("hidden", "up")
    layers = adapted.base_model.model.model.layers
    assert_gradients(model, [layer.mlp.down_proj for layer in layers])
    other = tiny.answer_gradients(PROMPTS, ANSWERS).gradients[0]
    assert not torch.allclose(model.answer_gradients(PROMPTS, ANSWERS).gradients[0], other)
    hidden, up = (model.answer_gradients(PROMPTS, ANSWERS, space=space) for space in model.spaces)
    for a, b, x, y in zip(
        hidden.activations, up.activations, hidden.gradients, up.gradients, strict=True
    ):
        torch.testing.assert_close(a[:, None] * x, b[:, None] * y, rtol=1e-4, atol=1e-7)


def test_adapters_of_conv1d(tiny: NeuronModel) -> None:
    peft = pytest.importorskip("peft")
    torch.manual_seed(0)
    gpt2 = GPT2LMHeadModel(GPT2Config(n_embd=16, n_layer=2, n_head=4, n_inner=40, vocab_size=128))
    config = peft.LoraConfig(r=4, target_modules=["c_fc", "c_proj"], fan_in_fan_out=True)
    adapted = randomised(peft.get_peft_model(gpt2, config).eval())
    model = NeuronModel.from_model(adapted, tiny.tokenizer)
    assert model.widths == (40, 40)
    blocks = adapted.base_model.model.transformer.h
    assert_gradients(model, [block.mlp.c_proj for block in blocks])


@pytest.mark.parametrize("kind", ["lora", "dora", "prompt tuning"])
def test_a_folder_with_an_adapter(
    kind: str, tmp_path: Path, tiny_folder: Path, tiny: NeuronModel
) -> None:
    peft = pytest.importorskip("peft")
    base = LlamaForCausalLM.from_pretrained(tiny_folder)
    if kind == "prompt tuning":
        config = peft.PromptTuningConfig(num_virtual_tokens=3, task_type="CAUSAL_LM")
    else:
        options = {"target_modules": LINEAR, "use_dora": kind == "dora"}
        config = peft.LoraConfig(r=4, task_type="CAUSAL_LM", **options)
    adapted = randomised(peft.get_peft_model(base, config).eval()).float()
    adapted.save_pretrained(tmp_path / "adapter")
    loaded = NeuronModel.from_pretrained(tmp_path / "adapter")
    expected = NeuronModel.from_model(adapted, tiny.tokenizer).answer_gradients(PROMPTS, ANSWERS)
    found = loaded.answer_gradients(PROMPTS, ANSWERS)
    for a, b in zip(found.gradients, expected.gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-7)
    unadapted = NeuronModel.from_pretrained(tiny_folder)
    assert unadapted.fingerprint != loaded.fingerprint
    assert not torch.allclose(
        unadapted.answer_gradients(PROMPTS, ANSWERS).gradients[0], found.gradients[0]
    )


def test_adapters_leave_a_model_masked() -> None:
    peft = pytest.importorskip("peft")
    sizes = {"hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 2, "vocab_size": 16}
    bert = BertForMaskedLM(BertConfig(num_attention_heads=4, **sizes))
    adapted = peft.get_peft_model(bert, peft.LoraConfig(target_modules=["query"]))
    assert kind_of_model(adapted) == "masked"


def test_adapters_of_fused_experts(tiny: NeuronModel) -> None:
    """They equal the model that they are merged into."""
    peft = pytest.importorskip("peft")
    sizes = {"hidden_size": 16, "intermediate_size": 8, "num_hidden_layers": 2, "vocab_size": 128}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "num_local_experts": 4}
    model = MixtralForCausalLM(MixtralConfig(**sizes, **heads, experts_implementation="eager"))
    fused = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]
    config = peft.LoraConfig(r=4, target_modules=["q_proj"], target_parameters=fused)
    adapted = randomised(peft.get_peft_model(model, config).eval())
    found = NeuronModel.from_model(adapted, tiny.tokenizer).answer_gradients(PROMPTS, ANSWERS)
    merged = NeuronModel.from_model(adapted.merge_and_unload(), tiny.tokenizer)
    expected = merged.answer_gradients(PROMPTS, ANSWERS)
    for a, b in zip(found.gradients, expected.gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-7)


def test_adapters_that_name_no_model(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    file = tmp_path / "adapter_config.json"
    for content in ("{", "[]", "{}", '{"base_model_name_or_path": ""}'):
        file.write_text(content)
        with pytest.raises(DataError, match=r"adapter_config\.json"):
            adapter_base(str(tmp_path))
    file.write_text(json.dumps({"base_model_name_or_path": "a/b"}))
    assert adapter_base(str(tmp_path)) == "a/b"
    (tmp_path / "config.json").write_text("{}")
    assert adapter_base(str(tmp_path)) is None


def test_an_adapter_of_the_hub(tmp_path: Path, tiny_folder: Path) -> None:
    """It lies in the cache at its commit; its base is a model of its own."""
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(r=4, target_modules=LINEAR, task_type="CAUSAL_LM")
    adapted = peft.get_peft_model(LlamaForCausalLM.from_pretrained(tiny_folder), config)
    cached, commit = tmp_path / "hub" / "models--some--adapter", "a" * 40
    adapted.save_pretrained(cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "v1").write_text(commit)
    home = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "neurgrad_eval", "describe", "some/adapter", "--json"]
    done = subprocess.run(
        [*command, "--model-revision", "v1"], env=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["architecture"], len(found["layers"])) == ("LlamaForCausalLM", 3)
    assert found["model"] == "some/adapter"


class Packed(nn.Module):
    """A projection whose weight is int8 in another shape, as quantising libraries keep it."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        scale = linear.weight.abs().max() / 127
        self.weight = nn.Parameter(
            (linear.weight / scale).round().to(torch.int8).reshape(-1, 1), requires_grad=False
        )
        self.scale = float(scale)

    def forward(self, x: Tensor) -> Tensor:
        if not x.is_floating_point():
            raise TypeError("activations are not quantised")
        weight = self.weight.reshape(self.out_features, -1).to(x.dtype) * self.scale
        return nn.functional.linear(x, weight)


def test_packed_weights(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    quantised = make_tiny_llama()
    for layer in quantised.model.layers:
        for name in ("gate_proj", "up_proj", "down_proj"):
            setattr(layer.mlp, name, Packed(getattr(layer.mlp, name)))
    model = NeuronModel.from_model(quantised, tiny.tokenizer)
    assert (model.widths, model.spaces) == ((24, 24, 24), ("hidden", "up"))
    assert_gradients(model, [layer.mlp.down_proj for layer in quantised.model.layers])


class Inference(Packed):
    """A projection whose kernel has no backward pass, as that of int8 activations."""

    @torch.no_grad()
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x)


def test_kernels_without_a_backward_pass_are_refused(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    quantised = make_tiny_llama()
    for layer in quantised.model.layers:
        layer.mlp.down_proj = Inference(layer.mlp.down_proj)
    with pytest.raises(UsageError, match=r"^model m: the model gives its neurons no gradient: its"):
        NeuronModel.from_model(quantised, tiny.tokenizer, name="m")


def test_torchao(tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]) -> None:
    ao = pytest.importorskip("torchao.quantization")
    weights, activations = (make_tiny_llama(hidden_size=64).float().eval() for _ in range(2))
    ao.quantize_(weights, ao.Int8WeightOnlyConfig())
    model = NeuronModel.from_model(weights, tiny.tokenizer)
    assert model.spaces == ("hidden", "up")
    assert_gradients(model, [layer.mlp.down_proj for layer in weights.model.layers], 1e-4)
    ao.quantize_(activations, ao.Int8DynamicActivationInt8WeightConfig())
    with pytest.raises(UsageError, match="no gradient"):
        NeuronModel.from_model(activations, tiny.tokenizer)


@pytest.mark.parametrize(("kind", "within"), [("int8", 0.05), ("nf4", 1e-4)])
def test_bitsandbytes(
    kind: str,
    within: float,
    tiny: NeuronModel,
    make_tiny_llama: Callable[..., LlamaForCausalLM],
) -> None:
    """Kernels of int8 round activations according to the batch."""
    bnb = pytest.importorskip("bitsandbytes")
    quantised = make_tiny_llama(hidden_size=64, intermediate_size=128).float().eval()
    for layer in quantised.model.layers:
        for name in ("gate_proj", "up_proj", "down_proj"):
            setattr(layer.mlp, name, quantise(bnb.nn, getattr(layer.mlp, name), kind))
    model = NeuronModel.from_model(quantised, tiny.tokenizer)
    assert (model.widths, model.spaces) == ((128, 128, 128), ("hidden", "up"))
    assert_gradients(model, [layer.mlp.down_proj for layer in quantised.model.layers], within)


def quantise(bnb: Any, linear: nn.Module, kind: str) -> nn.Module:
    sizes: Any = linear.in_features, linear.out_features
    if kind == "nf4":
        found = bnb.Linear4bit(*sizes, bias=False, quant_type="nf4", compute_dtype=torch.float32)
        found.weight = bnb.Params4bit(linear.weight.data, requires_grad=False, quant_type="nf4")
    else:
        found = bnb.Linear8bitLt(*sizes, bias=False, has_fp16_weights=False)
        found.weight = bnb.Int8Params(linear.weight.data, requires_grad=False)
    module: nn.Module = found.to("cpu")
    return module


def test_compiled_models_are_unwrapped(tiny: NeuronModel) -> None:
    found = NeuronModel.from_model(torch.compile(tiny.model), tiny.tokenizer)
    assert found.model is tiny.model


def test_parts_compiled_in_place_are_refused(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    model = make_tiny_llama()
    model.model.layers[1].mlp.compile()
    with pytest.raises(UsageError, match=r"layers\.1\.mlp is compiled in place.*load it anew"):
        NeuronModel.from_model(model, tiny.tokenizer)
    model = make_tiny_llama()
    model.model.layers[1] = torch.compile(model.model.layers[1])
    with pytest.raises(UsageError, match=r"layers\.1 is compiled in place"):
        NeuronModel.from_model(model, tiny.tokenizer)
    model = make_tiny_llama()
    model.forward = torch.compile(model.forward)
    with pytest.raises(UsageError, match="LlamaForCausalLM is compiled in place"):
        NeuronModel.from_model(model, tiny.tokenizer)


def test_describe_an_adapter_without_its_model(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": 5}')
    command = [sys.executable, "-m", "neurgrad_eval.cli", "describe", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "base_model_name_or_path" in done.stderr
