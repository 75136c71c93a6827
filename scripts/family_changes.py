"""What a tiny model of single families needs besides small sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DECODING = frozenset(
    [
        *("bert", "bert-generation", "big_bird", "camembert", "data2vec-text", "electra", "ernie"),
        *("megatron-bert", "reformer", "rembert", "roberta", "roberta-prelayernorm", "roc_bert"),
        *("roformer", "xlm-roberta", "xlm-roberta-xl", "xmod"),
    ]
)
"""Encoders that are causal where their config says so."""
_CAUSAL = {"flaubert": {"causal": True}, "xlm": {"causal": True}}
"""The same, in words of their own."""
_ROPE = {"rope_type": "default", "rope_theta": 10_000.0}
_PLANES = {"text_config": {"rope_parameters": _ROPE | {"mrope_section": [2, 1, 1]}}}
_ALL_PLANES = {
    "text_config": {
        "rope_parameters": _ROPE | {"mrope_section": [2, 1, 1], "partial_rotary_factor": 1.0}
    }
}
_BY_WINDOW = {"full_attention": _ROPE, "sliding_attention": _ROPE}
_TWO_WINDOWS = {
    "layer_types": ["sliding_attention", "full_attention"],
    "rope_parameters": _BY_WINDOW,
}
_SHARED_KEYS = {
    "num_hidden_layers": 4,
    "layer_types": ["sliding_attention", "full_attention"] * 2,
    "intermediate_size": [48] * 4,
    "activation_sparsity_pattern": [0.5, 0.0, 0.5, 0.0],
    "num_kv_shared_layers": 2,
}
_INDEXER = {
    "indexer_n_heads": 4,
    "indexer_kv_heads": 1,
    "indexer_head_dim": 8,
    "indexer_budget": 16,
    "indexer_compress_ratio": 2,
}
_EVERY_SECOND = ["linear_attention", "hybrid"] * 2
_REFORMER = {
    "attn_layers": ["local", "lsh"],
    "axial_pos_embds": False,
    "num_buckets": 4,
    "hash_seed": 0,
    "feed_forward_size": 48,
    "attention_head_size": 8,
}
_CHANGES: Mapping[str, Mapping[str, Any]] = {
    "bamba": {"attn_layer_indices": [1]},
    "chameleon": {"vocabulary_map": {"<image>": 120}},
    "cohere_compass": {"text_config": _TWO_WINDOWS},
    "cohere_compass_text": _TWO_WINDOWS,
    "dbrx": {"attn_config": {"rope_theta": 10_000.0, "kv_n_heads": 2, "clip_qkv": 8.0}},
    "deepseek_v2": {"num_experts_per_tok": 2},
    "deepseek_ocr2": {
        "text_config": {"mlp_layer_types": ["dense", "sparse"], "num_experts_per_tok": 2}
    },
    "diffusion_gemma": {
        "text_config": {"num_experts": 4, "top_k_experts": 2, "moe_intermediate_size": 24}
    },
    "dots1": {"n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 2},
    "dots3_note_text": {
        "num_hidden_layers": 2,
        "layer_types": ["indexed_attention"] * 2,
        "mlp_layer_types": ["dense", "sparse"],
    },
    "emu3": {"vocabulary_map": {"<image>": 120}},
    "ernie4_5_vl_moe": {"text_config": {"rope_parameters": _ROPE | {"mrope_section": [1, 1, 2]}}},
    "esm": {"vocab_size": 128, "mask_token_id": 3, "pad_token_id": 0},
    "falcon_h1": {"mamba_d_ssm": 64},
    "gemma3n_text": _SHARED_KEYS,
    "glm46v": _ALL_PLANES,
    "glm4v": _ALL_PLANES,
    "glm4v_moe": _ALL_PLANES,
    "glm5_next": {"text_config": {"index_topk": 16}},
    "glm_ocr": _ALL_PLANES,
    "glmga": _ALL_PLANES,
    "granitemoehybrid": {"layer_types": ["linear_attention", "full_attention"]},
    "hunyuan_vl": _PLANES,
    "jamba": {"num_hidden_layers": 4, "attn_layer_period": 4, "attn_layer_offset": 2},
    "led": {"attention_window": 8},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"], "num_dense_layers": 1},
    "longt5": {"local_radius": 11, "global_block_size": 8},
    "mamba2": {"head_dim": 16, "n_groups": 2},
    "mistral4": {"head_dim": 16},
    "molmo2": {"adapter_config": {"vision_feature_layer": [-1, -2]}},
    "nemotron_h_omni": {"vision_config": {"video_temporal_patch_size": 2}},
    "neomme": {
        "rope_parameters": {name: _ROPE | {"partial_rotary_factor": 0.5} for name in _BY_WINDOW}
    },
    "paddleocr_vl": _PLANES,
    "pegasus_x": {"block_size": 8},
    "perceiver": {
        "num_latents": 8,
        "d_latents": 32,
        "num_self_attends_per_block": 2,
        "num_self_attention_heads": 4,
        "num_cross_attention_heads": 4,
    },
    "qwen2_5_omni_thinker": _PLANES,
    "qwen2_5_vl": _PLANES,
    "qwen2_vl": _PLANES,
    "qwen4_exp": {"text_config": _INDEXER},
    "qwen4_exp_text": _INDEXER,
    "recurrent_gemma": {"num_hidden_layers": 3},
    "reformer": _REFORMER,
    "step3p7": {"text_config": {"sliding_window": 16}},
    "t5gemma": {"decoder_start_token_id": 1},
    "xmod": {"default_language": "en_XX"},
    "zamba": {
        "num_hidden_layers": 4,
        "layers_block_type": _EVERY_SECOND,
        "attention_hidden_size": 64,
        "attention_head_dim": 16,
    },
    "zamba2": {
        "num_hidden_layers": 4,
        "layers_block_type": _EVERY_SECOND,
        "hybrid_layer_ids": [1, 3],
        "attention_hidden_size": 64,
        "attention_head_dim": 16,
        "mamba_headdim": 16,
    },
    "zaya": {"num_experts_per_tok": 1},
}


def changes_of(kind: str, family: str) -> dict[str, Any]:
    """Fields of a family's config; those of sub-configs as dictionaries."""
    decodes: dict[str, Any] = {"decoder_start_token_id": 0} if kind == "seq2seq" else {}
    if kind == "causal":
        decodes = {"is_decoder": True} if family in _DECODING else _CAUSAL.get(family, {})
    return decodes | {
        name: dict(value) if isinstance(value, dict) else value
        for name, value in _CHANGES.get(family, {}).items()
    }
