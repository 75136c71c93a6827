"""Which models are taken, where their neurons are found, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from transformers import (
    AlbertConfig,
    AlbertForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    NemotronHConfig,
    NemotronHForCausalLM,
    PerceiverConfig,
    PerceiverForMaskedLM,
    Qwen2MoeConfig,
    Qwen2MoeForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
    XLMConfig,
    XLMWithLMHeadModel,
)
from transformers.models.llama.modeling_llama import LlamaMLP

from mceval8k.errors import UsageError
from neurgrad_eval.models.gates import find_gate
from neurgrad_eval.models.sites import check_hookable, expert_map, find_sites, widths
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


def test_fused_and_shared_experts() -> None:
    changes = {"num_experts": 4, "moe_intermediate_size": 8, "shared_expert_intermediate_size": 12}
    model = Qwen2MoeForCausalLM(
        Qwen2MoeConfig(**SMALL, **changes, decoder_sparse_step=2, num_experts_per_tok=2)
    )
    sites = find_sites(model)
    assert [(s.name.removeprefix("model.layers."), s.start, s.width) for s in sites] == [
        ("0.mlp.down_proj", 0, 24),
        ("1.mlp.experts", 0, 32),
        ("1.mlp.shared_expert.down_proj", 32, 12),
    ]
    assert widths(sites) == (24, 44)
    assert expert_map(sites).plain() == [[1, 0, 4, 8]]


def test_experts_one_by_one_are_refused(tiny: NeuronModel) -> None:
    """As before transformers 5; which token an expert is given cannot be told from outside it."""
    model = MixtralForCausalLM(MixtralConfig(**SMALL, num_local_experts=2))
    for layer in model.model.layers:
        layer.mlp.experts = nn.ModuleList(tiny_mlp() for _ in range(2))
    with pytest.raises(UsageError, match=r"experts of this kind.*0\.mlp\.experts\.0\.gate_proj"):
        find_sites(model)


def tiny_mlp() -> nn.Module:
    return LlamaMLP(LlamaConfig(**SMALL))


def test_blocks_without_feed_forward_layers_are_skipped() -> None:
    """A hybrid's layers keep their numbers; state-space and attention blocks have no neurons."""
    kinds = ["mamba", "mlp", "attention", "mlp"]
    config = NemotronHConfig(**SMALL | {"num_hidden_layers": 4}, **MAMBA, layers_block_type=kinds)
    sites = find_sites(NemotronHForCausalLM(config))
    assert widths(sites) == (0, 24, 0, 24)
    assert [site.name for site in sites][::2] == ["model.layers.0", "model.layers.2"]


MAMBA = {
    "mamba_num_heads": 4,
    "mamba_head_dim": 8,
    "ssm_state_size": 4,
    "n_groups": 1,
    "chunk_size": 8,
    "head_dim": 4,
}


def test_a_block_with_something_unknown_is_not_skipped(
    make_tiny_llama: Callable[..., LlamaForCausalLM],
) -> None:
    model = make_tiny_llama()
    mlp = nn.Sequential(nn.Linear(16, 24), nn.LayerNorm(24), nn.Linear(24, 20), nn.Linear(20, 16))
    model.model.layers[2].mlp = mlp
    match = (
        r"layers\.2 has no projection to the model's width of 16 .*mlp\.0 of 16 to 24 and 2 more$"
    )
    with pytest.raises(UsageError, match=match):
        find_sites(model)


def test_layers_are_known_by_what_they_do(
    make_tiny_llama: Callable[..., LlamaForCausalLM],
) -> None:
    """Where no name is that of a down-projection: up and down again, each token by itself."""
    model = make_tiny_llama()
    for layer in model.model.layers:
        layer.mlp = nn.Sequential(nn.Linear(16, 24), nn.GELU(), nn.Linear(24, 16)).double()
    assert [site.name for site in find_sites(model)] == [
        f"model.layers.{i}.mlp.2" for i in range(3)
    ]


def test_layers_that_share_their_weights(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    """The neurons of each layer are those of its own run of the module."""
    model, copy = make_tiny_llama(), make_tiny_llama()
    copy.model.layers[2].mlp.load_state_dict(model.model.layers[0].mlp.state_dict())
    model.model.layers[2].mlp = model.model.layers[0].mlp
    shared, apart = (NeuronModel.from_model(one, tiny.tokenizer) for one in (model, copy))
    for space in shared.spaces:
        found, expected = (
            one.answer_gradients(["Who?", "Is red?"], [" A", " B"], space=space)
            for one in (shared, apart)
        )
        for a, b in zip(found.gradients, expected.gradients, strict=True):
            torch.testing.assert_close(a, b)
    edits = {(2, 3): 1.5}
    with shared.intervene(set=edits), apart.intervene(set=edits):
        found, expected = (one.answer_gradients(["Who?"], [" A", " B"]) for one in (shared, apart))
    assert float(found.activations[2][0, 3]) == 1.5
    assert float(found.activations[0][0, 3]) != 1.5
    torch.testing.assert_close(found.probabilities, expected.probabilities)


ALBERT = {
    "hidden_size": 16,
    "embedding_size": 8,
    "intermediate_size": 24,
    "vocab_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
}


def test_one_block_that_is_every_layer() -> None:
    """Its neurons are those of its runs, one after the other."""
    sites = find_sites(AlbertForMaskedLM(AlbertConfig(**ALBERT)))
    assert widths(sites) == (24,) * 4
    assert len({site.module for site in sites}) == 1


def test_blocks_that_take_turns_are_refused() -> None:
    """Which of them is which layer cannot be told from outside."""
    config = AlbertConfig(**ALBERT, num_hidden_groups=2)
    with pytest.raises(UsageError, match=r"^AlbertForMaskedLM has no list of 4 blocks.*take turns"):
        find_sites(AlbertForMaskedLM(config))


def test_feed_forward_layers_in_a_list_beside_the_attentions() -> None:
    config = XLMConfig(emb_dim=16, n_layers=2, n_heads=4, vocab_size=128)
    sites = find_sites(XLMWithLMHeadModel(config))
    assert [site.name for site in sites] == [f"transformer.ffns.{i}.lin2" for i in range(2)]


def test_what_is_no_stack_of_blocks_is_refused() -> None:
    config = PerceiverConfig(d_latents=16, num_latents=4, d_model=16, vocab_size=128)
    with pytest.raises(UsageError, match=r"^PerceiverForMaskedLM is not a stack of transformer bl"):
        find_sites(PerceiverForMaskedLM(config))


def test_a_dead_layer_is_refused(
    tiny: NeuronModel, make_tiny_llama: Callable[..., LlamaForCausalLM]
) -> None:
    model = make_tiny_llama()
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight.zero_()
    with pytest.raises(UsageError, match=r"layers\.1\.mlp\.down_proj .* changes no logit"):
        NeuronModel.from_model(model, tiny.tokenizer)


@pytest.mark.parametrize(("encoder", "decoder"), [(2, 2), (2, 3), (3, 2)])
def test_neurons_of_an_encoder_decoder_are_the_decoders(encoder: int, decoder: int) -> None:
    sizes = {"d_model": 16, "d_ff": 24, "num_heads": 4, "d_kv": 4, "vocab_size": 128}
    config = T5Config(**sizes, num_layers=encoder, num_decoder_layers=decoder)
    sites = find_sites(T5ForConditionalGeneration(config).eval())
    names = [f"decoder.block.{n}.layer.2.DenseReluDense.wo" for n in range(decoder)]
    assert [site.name for site in sites] == names


def test_full_experts_that_drop_tokens_are_refused() -> None:
    model = T5ForConditionalGeneration(T5Config(d_model=16, d_ff=24, num_layers=1, vocab_size=128))
    check_hookable(model)
    model.config.moe_eval_capacity_token_fraction = 0.5
    with pytest.raises(UsageError, match="depends on its batch"):
        check_hookable(model)


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
    assert (gate := find_gate(first, first.down, 6, torch.float32)) is not None
    assert (gate.gate, gate.up) == (first.first, first.second)
    assert (gate := find_gate(second, second.down, 6, torch.float32)) is not None
    assert (gate.gate, gate.up) == (second.second, second.first)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
@pytest.mark.parametrize(
    "activation",
    [
        lambda a: nn.functional.gelu(a, approximate="tanh"),  # within 0.1 % of GELU
        lambda a: nn.functional.silu(a).clamp(max=10),  # a limit that few values reach
    ],
)
def test_other_activations_are_no_gate(dtype: torch.dtype, activation: Any) -> None:
    torch.manual_seed(0)
    layer = Feedforward(lambda a, b: activation(a) * b).to(dtype)
    assert find_gate(layer, layer.down, 6, dtype) is None
    layer.hidden = lambda a, b: nn.functional.silu(a) * b
    assert find_gate(layer, layer.down, 6, dtype) is not None


def test_a_normalised_product_is_not_a_gate() -> None:
    """Its rescaling would not be exact, so the model has no space "up"."""
    layer = Feedforward(lambda a, b: nn.functional.normalize(nn.functional.silu(a) * b, dim=-1))
    assert find_gate(layer, layer.down, 6, torch.float32) is None
