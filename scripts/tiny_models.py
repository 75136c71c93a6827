"""Tiny random models of any of transformers' classes, made from the class's default config.

Every size is replaced by a small one, sub-configs too. Of the layers, the first of each kind is
kept (attention with and without a window, dense and sparse, recurrent), so that a tiny model has
every kind of block that the real one has. Weights are drawn so large that no error hides in noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PretrainedConfig, PreTrainedTokenizerFast

VOCABULARY = 128
HEADS, HEAD_DIM = 4, 8
WIDTH = HEADS * HEAD_DIM
LAYERS = 2
WINDOW = 16
_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers", "decoder_layers")
_SMALL = {
    VOCABULARY: "vocab_size vocab_size_per_layer_input unpadded_vocab_size codebook_size",
    WIDTH: """hidden_size d_model n_embd dim emb_dim embed_dim embedding_size word_embed_proj_dim
        out_hidden_size text_hidden_size projection_dim encoder_hidden_size
        lru_width attention_hidden_size image_text_hidden_size output_dim embedding_dim
        projector_hidden_size vision_output_dim adapter_out_dim decoder_hidden_size
        patch_embed_hidden_size cross_attention_hidden_size pooler_hidden_size
        max_source_positions prediction_head_size""",
    48: """intermediate_size ffn_hidden_size n_inner ffn_dim hidden_dim decoder_ffn_dim
        encoder_ffn_dim dff d_inner dim_ff d_ff mlp_dim intermediate_size_mlp
        dense_intermediate_size shared_intermediate_size expert_ffn_hidden_size""",
    24: """moe_intermediate_size shared_expert_intermediate_size shared_experts_intermediate_size
        moe_shared_expert_intermediate_size""",
    HEADS: """num_attention_heads n_head num_heads n_heads decoder_attention_heads
        encoder_attention_heads attention_heads swa_num_attention_heads index_n_heads
        linear_num_value_heads linear_num_heads resampler_n_heads mamba_n_heads mamba_num_heads
        n_mamba_heads num_experts num_local_experts n_routed_experts moe_num_experts""",
    1: "topk_group",
    2: """num_key_value_heads num_kv_heads kv_n_heads swa_num_key_value_heads num_experts_per_tok
        linear_num_key_heads moe_topk moe_k moe_top_k num_experts_per_token encoder_layers depth
        num_encoder_layers num_decoder_layers n_group num_expert_group mamba_n_groups n_groups
        type_vocab_size num_blocks resampler_depth""",
    HEAD_DIM: """head_dim v_head_dim qk_nope_head_dim qk_rope_head_dim linear_key_head_dim
        linear_value_head_dim linear_head_dim swa_head_dim index_head_dim dim_head d_head d_kv
        attention_head_dim mamba_d_state state_size ssm_state_size
        kv_channels hidden_size_per_layer_input laurel_rank global_head_dim resampler_head_dim
        rotary_dim mamba_chunk_size chunk_size index_topk q_lora_rank kv_lora_rank o_lora_rank
        mamba_dt_rank time_step_rank""",
    WINDOW: """mamba_d_head mamba_head_dim sliding_window window_size local_attention
        sliding_window_size attention_chunk_size attention_window_size""",
    256: "max_position_embeddings n_positions n_ctx max_seq_len max_target_positions",
}
SIZES = {name: size for size, names in _SMALL.items() for name in names.split()}
_KEYS = (
    ("num_key_value_heads", "num_attention_heads"),
    ("swa_num_key_value_heads", "swa_num_attention_heads"),
    ("linear_num_key_heads", "linear_num_value_heads"),
)
_DERIVED = ("head_dim", "num_key_value_heads")
"""Sizes that a class may compute from others."""
_SPECIAL = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "mask_token_id": 3}
_RESERVED = 10
"""Token ids of no text."""


def tiny_config(default: PretrainedConfig, **changes: Any) -> PretrainedConfig:
    """Make a config of the same class with small sizes.

    Parameters
    ----------
    default
        A config of real sizes.
    changes
        What this class needs besides; a dictionary for a sub-config.
    """
    fields = {name: value for name, value in vars(default).items() if not name.startswith("_")}
    small = {name: SIZES[name] for name, value in fields.items() if _sized(name, value)}
    for own, all_heads in _KEYS:  # without grouped queries there, there are none here
        if own in small and fields[own] == fields.get(all_heads):
            small[own] = small[all_heads]
    small |= {name: _token(name, value) for name, value in fields.items() if _is_token(name, value)}
    small |= _few_layers(fields)
    for name, value in fields.items():
        if isinstance(value, PretrainedConfig):
            small[name] = tiny_config(value, **changes.pop(name, {}))
    if isinstance(rope := fields.get("rope_parameters"), dict):
        small["rope_parameters"] = _rope(rope)
    return type(default)(**small | changes)


def _sized(name: str, value: Any) -> bool:
    if value is None:
        return name in _DERIVED
    return name in SIZES and isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_token(name: str, value: Any) -> bool:
    ends = name.endswith(("_token_id", "_token_index", "_token_ids"))
    return name in _SPECIAL or (ends and type(value) is int and value >= _RESERVED)


def _token(name: str, value: Any) -> int:
    return _SPECIAL[name] if name in _SPECIAL else VOCABULARY - 1 - value % 16


def _few_layers(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the first layer of every kind, at least two, and their entries of lists by layer."""
    names = [name for name in _LAYERS if isinstance(fields.get(name), int)]
    if not names:
        return {}
    count = fields[names[0]]
    lists = {n: v for n, v in fields.items() if isinstance(v, list | tuple) and len(v) == count > 4}
    kinds = [str([values[layer] for values in lists.values()]) for layer in range(count)]
    kept = sorted({kinds.index(kind) for kind in kinds})[:4]
    kept += [layer for layer in range(count) if layer not in kept][: max(LAYERS - len(kept), 0)]
    few: dict[str, Any] = {n: [values[layer] for layer in kept] for n, values in lists.items()}
    return few | dict.fromkeys(names, len(kept))


def _rope(rope: Mapping[str, Any]) -> dict[str, Any]:
    if any(isinstance(value, dict) for value in rope.values()):
        return {n: _rope(v) if isinstance(v, dict) else v for n, v in rope.items()}
    small = dict(rope)
    if "mrope_section" in small:
        small["mrope_section"] = [2, 1, 1]
    for name in ("short_factor", "long_factor"):
        if name in small:
            small[name] = [1.0] * (HEAD_DIM // 2)
    return small


def draw(model: Any, seed: int = 0, spread: float = 0.5) -> None:
    """Draw every matrix of a model anew, with one standard deviation for all."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                parameter.normal_(0, spread, generator=generator)


def tokenizer() -> PreTrainedTokenizerFast:
    """One token per ASCII character and one for each of ` A` to ` C`, after ten reserved ids."""
    special = ["<pad>", "<s>", "</s>", "[MASK]", *(f"<{n}>" for n in range(4, _RESERVED))]
    words = [*special, *map(chr, range(32, 127)), "\n", " A", " B", " C"]
    bpe = models.BPE({w: i for i, w in enumerate(words)}, [(" ", c) for c in "ABC"])
    inner = Tokenizer(bpe)
    inner.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    names = {"pad_token": special[0], "eos_token": special[2], "mask_token": special[3]}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **names)
