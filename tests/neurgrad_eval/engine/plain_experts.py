"""Tiny mixtures of experts, and gradients of their neurons by each family's own forward pass.

Nothing here knows the engine. Moving neuron i of an expert by z for a token that is sent to it is
adding z times column i of its down-projection to what the expert gives that token; so what the
family's own experts give is added to, full sequences are run without cache or copies, and z is
differentiated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForCausalLM

from neurgrad_eval.neuron_model import NeuronModel

COMMON = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 128,
    "max_position_embeddings": 256,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
FOUR = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 12}
LOCAL = {"num_local_experts": 4, "num_experts_per_tok": 2}
LATENT = {
    "q_lora_rank": 8,
    "kv_lora_rank": 8,
    "qk_rope_head_dim": 4,
    "qk_nope_head_dim": 4,
    "v_head_dim": 4,
    "num_key_value_heads": 4,
}
SHARED = {"n_shared_experts": 1, "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1}
CONFIGS: dict[str, dict[str, Any]] = {
    "mixtral": COMMON | LOCAL,
    "qwen3_moe": COMMON | FOUR | {"head_dim": 4},
    "qwen2_moe": COMMON | FOUR | {"shared_expert_intermediate_size": 20},
    "olmoe": COMMON | FOUR,
    "gpt_oss": COMMON | LOCAL | {"head_dim": 4},
    "deepseek_v3": COMMON | LATENT | SHARED | FOUR | {"n_routed_experts": 8},
    "granitemoeshared": COMMON | LOCAL | {"shared_intermediate_size": 20},
    "llama4_text": COMMON
    | {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 4}
    | {"interleave_moe_layer_step": 1},
    "longcat_flash": COMMON
    | LATENT
    | {"num_hidden_layers": 4, "n_routed_experts": 4, "zero_expert_num": 2, "moe_topk": 3}
    | {"expert_ffn_hidden_size": 12, "ffn_hidden_size": 24, "head_dim": 4},
    "jetmoe": COMMON | LOCAL | {"kv_channels": 4},
    "dbrx": {
        **{"d_model": 16, "n_heads": 4, "n_layers": 2, "vocab_size": 128, "max_seq_len": 256},
        "ffn_config": {
            **{"ffn_hidden_size": 24, "hidden_size": 16},
            **{"moe_num_experts": 4, "moe_top_k": 2},
        },
        "attn_config": {"kv_n_heads": 2, "rope_theta": 10000.0, "clip_qkv": 8.0},
    },
}
FAMILIES = list(CONFIGS)
UNGATED = {"gpt_oss"}
"""Whose experts' h is no activation(gate) · up."""
ANSWERS = [" A", " B", " C"]
QUESTIONS = [
    "Choose.\n\nWhat is red?\nAnswer:",
    "Choose.\n\nWho?\nAnswer:",
    "Choose.\n\nWhat is the colour of the sea?\nAnswer:",
]


def make_model(family: str, **options: Any) -> Any:
    """A tiny random model with no weight near 0."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **CONFIGS[family])
    model = AutoModelForCausalLM.from_config(config, **options).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0, 0.3)
    return model


@dataclass
class Moved:
    """Zeros z of one place at the last token, and what is seen there."""

    z: Tensor
    """[neuron], expert after expert."""
    hidden: Tensor
    """h of the neurons; 0 of experts that are not chosen."""


def down(module: Any, expert: int) -> Tensor:
    """Down-projection of an expert [neuron, column]."""
    if hasattr(module, "mlp"):  # DBRX
        size = module.ffn_hidden_size
        return module.mlp.w2[expert * size : (expert + 1) * size]
    if hasattr(module, "output_linear"):  # JetMoE
        return module.output_linear.weight[expert].T
    weight = module.down_proj[expert]
    return weight if weight.shape[1] == 16 and transposed(module) else weight.T


def transposed(module: Any) -> bool:
    """Whether weights are [expert, in, out]."""
    return type(module).__name__ in ("GptOssExperts", "Llama4TextExperts")


def hidden(module: Any, expert: int, x: Tensor) -> Tensor:
    """h of an expert for one token, from the family's modelling code."""
    if hasattr(module, "mlp"):
        size = module.ffn_hidden_size
        rows = slice(expert * size, (expert + 1) * size)
        return nn.functional.silu(module.mlp.w1[rows] @ x) * (module.mlp.v1[rows] @ x)
    if hasattr(module, "input_linear"):
        gate, up = (module.input_linear.weight[expert] @ x).chunk(2)
        return nn.functional.silu(gate) * up
    weight = module.gate_up_proj[expert]
    projected = x @ weight if transposed(module) else weight @ x
    if hasattr(module, "alpha"):  # gpt-oss
        projected = projected + module.gate_up_proj_bias[expert]
        gate, up = projected[::2].clamp(max=module.limit), projected[1::2]
        return (up.clamp(-module.limit, module.limit) + 1) * gate * (gate * module.alpha).sigmoid()
    gate, up = projected.chunk(2)
    return nn.functional.silu(gate) * up


def sent(module: Any, args: tuple[Any, ...], count: int) -> list[tuple[int, Tensor, Any]]:
    """Experts of the last token, what each is given, and its weight."""
    if len(args) == 3:
        tokens, chosen, weights = args
        x = tokens.reshape(-1, tokens.shape[-1])[-1]
        pairs = zip(chosen[-1].tolist(), weights[-1], strict=True)
        return [(expert, x, weight) for expert, weight in pairs if expert < count]
    if hasattr(module, "router"):  # JetMoE: logits are the router's last output
        x = args[0].reshape(-1, args[0].shape[-1])
        best = module.router(x)[-1][-1].topk(2)
        weights = best.values.softmax(0)
        return [(e, x[-1], w) for e, w in zip(best.indices.tolist(), weights, strict=True)]
    last = args[0].reshape(count, -1, args[0].shape[-1])[:, -1]  # Llama 4: weights multiply inputs
    return [(e, last[e], 1.0) for e in range(count) if last[e].any()]


@contextmanager
def moving(model: NeuronModel, values: dict[str, Tensor]) -> Iterator[dict[str, Moved]]:
    """Add `values`, zeros where none are given, to the neurons at the last token, by place."""
    found: dict[str, Moved] = {}
    with ExitStack() as stack:
        for site in model.sites:
            z = values.get(site.name, torch.zeros(site.width, dtype=torch.float64))
            one = found[site.name] = Moved(z.requires_grad_(), torch.zeros_like(z))
            if site.experts is None:
                hook: Any = dense_hook(one)
                stack.callback(site.module.register_forward_pre_hook(hook).remove)
            else:
                hook = experts_hook(one, site.experts.weights.count)
                stack.callback(site.module.register_forward_hook(hook).remove)
        yield found


def dense_hook(moved: Moved) -> Any:
    def hook(_module: nn.Module, args: tuple[Any, ...]) -> tuple[Any, ...]:
        rows = args[0].reshape(-1, args[0].shape[-1])
        moved.hidden = rows[-1].detach()
        return (torch.cat([rows[:-1], rows[-1:] + moved.z]).reshape(args[0].shape), *args[1:])

    return hook


def experts_hook(moved: Moved, count: int) -> Any:
    def hook(module: nn.Module, args: tuple[Any, ...], output: Tensor) -> Tensor:
        by_expert = moved.z.reshape(count, -1)
        seen = torch.zeros_like(by_expert)
        rows = output.reshape(-1, output.shape[-1])
        for expert, x, weight in sent(module, args, count):
            seen[expert] = hidden(module, expert, x).detach()
            where = torch.zeros(len(rows), 1, dtype=rows.dtype)
            every = len(args) == 1 and not hasattr(module, "router")
            where[(expert + 1) * (len(rows) // count) - 1 if every else -1] = 1
            rows = rows + where * (weight * by_expert[expert] @ down(module, expert))
        moved.hidden = seen.flatten()
        return rows.reshape(output.shape)

    return hook


def plain(
    model: NeuronModel, text: str, values: dict[str, Tensor] | None = None
) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
    """Probabilities of the answers; gradients [answer, neuron] and h [neuron] by place."""
    ids = torch.tensor([model.tokenizer(text)["input_ids"]])
    answers = [model.tokenizer(answer)["input_ids"][0] for answer in ANSWERS]
    with moving(model, values or {}) as moved:
        p = model.model(input_ids=ids, use_cache=False).logits[0, -1].softmax(-1)[answers]
        leaves = [one.z for one in moved.values()]
        slopes = [torch.autograd.grad(one, leaves, retain_graph=True) for one in p]
    gradients = {
        name: torch.stack([slope[number] for slope in slopes]) for number, name in enumerate(moved)
    }
    return p.detach(), gradients, {name: one.hidden for name, one in moved.items()}
