"""Which models are taken, where their neurons are found, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn
from transformers import (
    LlamaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    Qwen2MoeConfig,
    Qwen2MoeForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from mceval8k.errors import UsageError
from neurgrad_eval.models.gates import find_gate
from neurgrad_eval.models.sites import find_sites
from neurgrad_eval.neuron_model import NeuronModel

SMALL = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
}


def test_llama_neurons(tiny: NeuronModel) -> None:
    assert [site.name for site in tiny.sites] == [
        f"model.layers.{layer}.mlp.down_proj" for layer in range(3)
    ]
    assert tiny.widths == (24, 24, 24)
    assert all(site.gate is not None for site in tiny.sites)


def test_experts_are_refused() -> None:
    model = MixtralForCausalLM(MixtralConfig(**SMALL, num_local_experts=2))
    with pytest.raises(UsageError, match="mixtures of experts"):
        find_sites(model)


def test_compiled_models_are_refused(tiny: NeuronModel) -> None:
    with pytest.raises(UsageError, match="compiled"):
        find_sites(torch.compile(tiny.model))


def test_a_dead_layer_is_refused(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    model = make_tiny_llama()
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight.zero_()
    with pytest.raises(UsageError, match=r"layers\.1\.mlp\.down_proj changes no logit"):
        NeuronModel.from_model(model, tiny.tokenizer)


def test_encoder_decoders_are_refused() -> None:
    config = T5Config(d_model=16, d_ff=24, num_layers=2, num_heads=4, d_kv=4, vocab_size=128)
    with pytest.raises(UsageError, match="encoder-decoder"):
        find_sites(T5ForConditionalGeneration(config))


def test_experts_beside_other_names_are_refused() -> None:
    changes = {"num_experts": 2, "moe_intermediate_size": 8, "shared_expert_intermediate_size": 8}
    model = Qwen2MoeForCausalLM(Qwen2MoeConfig(**SMALL, **changes))
    with pytest.raises(UsageError, match="mixtures of experts"):
        find_sites(model)


def test_models_compiled_in_place_are_refused(
    make_tiny_llama: Callable[..., LlamaForCausalLM],
) -> None:
    model = make_tiny_llama()
    model.model.layers[1].mlp.compile()
    with pytest.raises(UsageError, match="compiled"):
        find_sites(model)


def test_kernels_of_the_hub_are_refused(make_tiny_llama: Callable[..., LlamaForCausalLM]) -> None:
    model = make_tiny_llama()
    model._use_kernels = True
    with pytest.raises(UsageError, match="kernels"):
        find_sites(model)


def test_a_layer_that_passes_its_module_by_is_refused(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    model = make_tiny_llama()
    mlp = model.model.layers[1].mlp
    mlp.forward = lambda x: x @ mlp.up_proj.weight.T @ mlp.down_proj.weight.T
    with pytest.raises(UsageError, match=r"layers\.1\.mlp\.down_proj is passed by"):
        NeuronModel.from_model(model, tiny.tokenizer)


class Feedforward(nn.Module):
    """A gated layer with what its hidden vector is made of chosen by the test."""

    def __init__(self, hidden: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 6), nn.Linear(8, 6)
        self.act, self.down = nn.SiLU(), nn.Linear(6, 8)
        self.hidden = hidden

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        down: torch.Tensor = self.down(self.hidden(self.first(x), self.second(x)))
        return down


def test_gates_are_found_by_what_they_do() -> None:
    torch.manual_seed(0)
    first = Feedforward(lambda a, b: nn.functional.silu(a) * b)
    second = Feedforward(lambda a, b: nn.functional.silu(b) * a)
    assert (gate := find_gate(first, first.down, 6)) is not None
    assert (gate.gate, gate.up) == (first.first, first.second)
    assert (gate := find_gate(second, second.down, 6)) is not None
    assert (gate.gate, gate.up) == (second.second, second.first)


def test_a_normalised_product_is_not_a_gate() -> None:
    """Its rescaling would not be exact, so the model has no space "up"."""
    layer = Feedforward(lambda a, b: nn.functional.normalize(nn.functional.silu(a) * b, dim=-1))
    assert find_gate(layer, layer.down, 6) is None
