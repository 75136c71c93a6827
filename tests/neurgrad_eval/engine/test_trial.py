"""No model gives a wrong number: the strategy that is found, and its gradients, for many families.

Each is a tiny random model in float64. What is found is compared with every prompt by itself, every
token with gradients, no cache and no padding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    PreTrainedTokenizerFast,
)

from mceval8k.errors import UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.joint_shifts import NOTHING, JointShift, shift_jointly
from neurgrad_eval.engine.question import ask
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.engine.strategies import (
    EQUAL_LENGTHS,
    ONE_PIECE,
    PACKED,
    REPEATED,
    WHOLE,
    WHOLE_PADDED,
    Strategy,
)
from neurgrad_eval.models.precision import exact_arithmetic
from neurgrad_eval.neuron_model import NeuronModel

LLAMA: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 256,
    "vocab_size": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
BERT = LLAMA | {"type_vocab_size": 2}
BART: dict[str, Any] = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "decoder_attention_heads": 4,
    "decoder_ffn_dim": 24,
    "max_position_embeddings": 256,
    "vocab_size": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 0,
    "is_decoder": True,
    "is_encoder_decoder": False,
}
DELTA = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 2,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "layer_types": ["linear_attention", "full_attention"],
}
MAMBA = {
    "mamba_d_head": 8,
    "mamba_n_heads": 8,
    "mamba_d_state": 4,
    "mamba_n_groups": 1,
    "mamba_chunk_size": 8,
    "mamba_expand": 2,
}
FAMILIES: dict[str, tuple[Strategy, str, dict[str, Any]]] = {
    "llama": (PACKED, "llama", LLAMA),
    "gemma3 with a window": (
        REPEATED,
        "gemma3_text",
        LLAMA | {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 16},
    ),
    "mpt": (REPEATED, "mpt", {"d_model": 32, "n_heads": 4, "n_layers": 2, "vocab_size": 128}),
    # Positions that do not come from position_ids.
    "bart": (EQUAL_LENGTHS, "bart", BART),
    **{
        name: (EQUAL_LENGTHS, name, BART)
        for name in ("marian", "mbart", "pegasus", "plbart", "blenderbot")
    },
    "trocr": (EQUAL_LENGTHS, "trocr", BART | {"hidden_size": 32}),
    "whisper": (EQUAL_LENGTHS, "whisper", BART | {"max_target_positions": 256}),
    "git": (PACKED, "git", BERT | {"vision_config": {"num_hidden_layers": 1}}),
    "roformer": (EQUAL_LENGTHS, "roformer", BERT | {"is_decoder": True}),
    "roberta": (EQUAL_LENGTHS, "roberta", BERT | {"is_decoder": True}),
    # Layers with a state.
    "qwen3.5": (EQUAL_LENGTHS, "qwen3_5_text", LLAMA | DELTA),
    "qwen3-next": (EQUAL_LENGTHS, "qwen3_next", LLAMA | DELTA | {"mlp_only_layers": [0, 1]}),
    "olmo-hybrid": (EQUAL_LENGTHS, "olmo_hybrid", LLAMA | DELTA),
    "lfm2": (
        EQUAL_LENGTHS,
        "lfm2",
        LLAMA | {"num_hidden_layers": 3, "layer_types": ["conv", "full_attention", "conv"]},
    ),
    "granite 4": (
        EQUAL_LENGTHS,
        "granitemoehybrid",
        LLAMA
        | MAMBA
        | {
            "num_hidden_layers": 3,
            "layer_types": ["mamba", "attention", "mamba"],
            "num_local_experts": 0,
            "num_experts_per_tok": 0,
            "shared_intermediate_size": 24,
        },
    ),
    "falcon-h1": (EQUAL_LENGTHS, "falcon_h1", LLAMA | MAMBA | {"mamba_d_ssm": 64}),
    "jamba": (
        ONE_PIECE,
        "jamba",
        LLAMA
        | {
            "num_hidden_layers": 4,
            "attn_layer_period": 2,
            "attn_layer_offset": 1,
            "num_experts": 1,
            "num_experts_per_tok": 1,
            "mamba_d_state": 4,
        },
    ),
    "bamba": (WHOLE, "bamba", LLAMA | MAMBA | {"num_hidden_layers": 3, "attn_layer_indices": [1]}),
    # No cache, state in the modules, attention to later tokens.
    "openai-gpt": (
        WHOLE,
        "openai-gpt",
        {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256, "vocab_size": 128},
    ),
    "recurrent-gemma": (
        WHOLE,
        "recurrent_gemma",
        LLAMA | {"num_hidden_layers": 3, "lru_width": 32, "attention_window_size": 64},
    ),
    "bidirectional llama": (WHOLE, "llama", LLAMA | {"is_causal": False}),
    # Masked: padding that leaks, through convolution, a Fourier transform, landmarks, hashes.
    "bert": (WHOLE_PADDED, "bert", BERT),
    "convbert": (WHOLE, "convbert", BERT | {"embedding_size": 32}),
    "fnet": (WHOLE, "fnet", BERT),
    "nystromformer": (WHOLE, "nystromformer", BERT),
    "yoso": (WHOLE, "yoso", BERT),
}
MASKED = ("bert", "convbert", "fnet", "nystromformer", "yoso")
ANSWERS = [" A", " B", " C"]
QUESTIONS = [
    "Choose.\n\nWhat is red?\nAnswer:",
    "Choose.\n\nWho?\nAnswer:",
    "Choose.\n\nWhat is the colour of the sea?\nAnswer:",
    "Choose.\n\nWhere is red?\nAnswer:",
]


def make_model(model_type: str, settings: dict[str, Any], *, masked: bool = False) -> Any:
    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **settings)
    model = (AutoModelForMaskedLM if masked else AutoModelForCausalLM).from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim >= 2:
                parameter.normal_(0, 0.5)
    return model.double()


def tokenizer() -> PreTrainedTokenizerFast:
    """One token per ASCII character and one for each of ` A` to ` C`, after four special ones."""
    words = ["<pad>", "<s>", "</s>", "[MASK]", *map(chr, range(32, 127)), "\n", " A", " B", " C"]
    bpe = models.BPE({w: i for i, w in enumerate(words)}, [(" ", c) for c in "ABC"])
    inner = Tokenizer(bpe)
    inner.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=inner, mask_token="[MASK]", pad_token="<pad>")


@cache
def load(name: str) -> NeuronModel:
    _, model_type, settings = FAMILIES[name]
    masked = name in MASKED
    model = make_model(model_type, settings, masked=masked)
    kind = "masked" if masked else "causal"
    return NeuronModel.from_model(model, tokenizer(), name=name, kind=kind)


def prompts(name: str) -> list[str]:
    return [f"{q}[MASK]. So" if name in MASKED else q for q in QUESTIONS]


def largest_error(found: AnswerGradients, expected: AnswerGradients) -> float:
    pairs = [
        *zip(found.gradients, expected.gradients, strict=True),
        *zip(found.activations, expected.activations, strict=True),
        (found.probabilities, expected.probabilities),
    ]
    return max(float((a - b).norm() / b.norm()) for a, b in pairs)


@pytest.mark.parametrize("name", FAMILIES)
def test_prompts_in_batches_equal_each_by_itself(name: str) -> None:
    model, texts = load(name), prompts(name)
    assert model.strategy(40) == FAMILIES[name][0]
    for space in model.spaces:
        found = model.answer_gradients(texts, ANSWERS, space=space)
        expected = plain_answer_gradients(model, texts, ANSWERS, space=space, batch_size=1)
        assert largest_error(found, expected) < 3e-5


@pytest.mark.parametrize("name", ["llama", "bart", "granite 4", "jamba", "openai-gpt", "fnet"])
def test_joint_shifts_in_one_pass_equal_each_by_itself(name: str) -> None:
    model = load(name)
    question = ask(model, prompts(name)[1], ANSWERS)
    shifts = [NOTHING, JointShift.of([3, 20, 30], [0.5, -1.0, 2.0], model.widths)]
    alone = torch.tensor([shift_jointly(question, [shift])[0].tolist() for shift in shifts])
    together = torch.tensor(shift_jointly(question, shifts * 3).tolist())
    torch.testing.assert_close(together, alone.repeat(3, 1), rtol=1e-4, atol=1e-4)
    assert (alone[0] - alone[1]).abs().max() > 1e-3


@pytest.mark.parametrize("name", ["llama", "bart", "granite 4", "jamba", "openai-gpt"])
def test_edits_at_the_last_position(name: str) -> None:
    model, texts = load(name), prompts(name)
    rest = model.answer_gradients(texts, ANSWERS)
    with model.intervene(add={(0, 3): 2.0, (1, 5): -3.0}):
        found = model.answer_gradients(texts, ANSWERS)
        expected = plain_answer_gradients(model, texts, ANSWERS, batch_size=1)
    assert largest_error(found, expected) < 3e-5
    assert largest_error(found, rest) > 1e-3


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", ["llama", "mpt", "bart", "qwen3.5", "convbert"])
def test_16_bits_do_not_hide_an_error(name: str, dtype: torch.dtype) -> None:
    expected, model_type, settings = FAMILIES[name]
    model = make_model(model_type, settings, masked=name in MASKED).to(dtype)
    found = NeuronModel.from_model(model, tokenizer(), kind=load(name).kind).reading
    assert found.strategy == load(name).reading.strategy == expected
    assert found.error < 2e-5


def test_exact_arithmetic_is_that_of_a_float32_copy() -> None:
    model = make_model("llama", LLAMA).bfloat16().eval()
    ids = torch.tensor([[5, 60, 7, 80]])
    with torch.no_grad():
        rounded = model(ids).logits
        with exact_arithmetic(model):
            found = model(ids).logits
        expected = model.float()(ids).logits
    assert rounded.dtype == torch.bfloat16
    assert torch.equal(found, expected)
    assert not torch.equal(rounded.float(), expected)


@pytest.mark.parametrize("model_type", ["bert", "roberta", "electra"])
def test_models_that_are_not_causal(model_type: str) -> None:
    with pytest.raises(UsageError, match=r"^model m: \w+ is not causal: .* kind='masked'$"):
        NeuronModel.from_model(make_model(model_type, BERT), tokenizer(), name="m", kind="causal")


def test_layouts_that_are_not_known() -> None:
    """XLNet has tokens before rows."""
    sizes = {"d_model": 32, "n_layer": 2, "n_head": 4, "d_inner": 24, "vocab_size": 128}
    with pytest.raises(UsageError, match=r"^model model: the model holds tokens before rows"):
        NeuronModel.from_model(make_model("xlnet", sizes), tokenizer())


def test_layers_without_gradients() -> None:
    """Reformer's layers are reversible: what flows back goes past the neurons."""
    sizes = LLAMA | {
        "attn_layers": ["local", "lsh"],
        "axial_pos_embds": False,
        "num_buckets": 4,
        "feed_forward_size": 48,
        "attention_head_size": 8,
        "is_decoder": True,
    }
    with pytest.raises(UsageError, match=r"^model m: the model gives its neurons no gradient: its"):
        NeuronModel.from_model(make_model("reformer", sizes), tokenizer(), name="m")


def test_adapters_are_looked_through() -> None:
    peft = pytest.importorskip("peft")
    config = peft.LoraConfig(
        r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False, task_type="CAUSAL_LM"
    )
    adapted = peft.get_peft_model(make_model("llama", LLAMA), config).double()
    model = NeuronModel.from_model(adapted, tokenizer())
    found = model.answer_gradients(QUESTIONS, ANSWERS)
    assert model.reading.strategy == PACKED
    assert (
        largest_error(found, plain_answer_gradients(model, QUESTIONS, ANSWERS, batch_size=1)) < 1e-5
    )
    assert largest_error(found, load("llama").answer_gradients(QUESTIONS, ANSWERS)) > 1e-2


def forward_of(model: Any, change: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    forward = model.forward
    monkeypatch.setattr(model, "forward", lambda *args, **given: change(forward, *args, **given))
    return model


def test_a_state_in_the_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []

    def remember(forward: Callable[..., Any], **given: Any) -> Any:
        found = forward(**given)
        seen.append(0.01)
        found.logits = found.logits * (1 + sum(seen))
        return found

    model = forward_of(make_model("llama", LLAMA), remember, monkeypatch)
    with pytest.raises(UsageError, match="is read by no strategy as plainly"):
        NeuronModel.from_model(model, tokenizer())


@pytest.mark.parametrize("argument", ["attention_mask", "position_ids", "past_key_values"])
def test_arguments_that_are_ignored(argument: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def ignore(forward: Callable[..., Any], **given: Any) -> Any:
        return forward(**{name: value for name, value in given.items() if name != argument})

    model = NeuronModel.from_model(
        forward_of(make_model("llama", LLAMA), ignore, monkeypatch), tokenizer()
    )
    expected = {"attention_mask": EQUAL_LENGTHS, "position_ids": EQUAL_LENGTHS}
    assert model.reading.strategy == expected.get(argument, WHOLE)
    found = model.answer_gradients(QUESTIONS, ANSWERS)
    assert largest_error(found, load("llama").answer_gradients(QUESTIONS, ANSWERS)) < 1e-5


def test_whatever_a_model_raises_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_forward: Callable[..., Any], **_given: Any) -> Any:
        raise KeyError("no\nsuch thing")

    model = forward_of(make_model("llama", LLAMA), fail, monkeypatch)
    match = (
        r"^model m: LlamaForCausalLM fails on a plain forward and backward pass .*no.*such thing"
    )
    with pytest.raises(UsageError, match=match) as caught:
        NeuronModel.from_model(model, tokenizer(), name="m")
    assert len(str(caught.value).splitlines()) == 1


def test_memory_that_is_full_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_forward: Callable[..., Any], **_given: Any) -> Any:
        raise torch.cuda.OutOfMemoryError("on purpose")

    model = forward_of(make_model("llama", LLAMA), fail, monkeypatch)
    with pytest.raises(torch.cuda.OutOfMemoryError):
        NeuronModel.from_model(model, tokenizer())


@pytest.mark.parametrize("threads", [1, 2])
def test_rounding_does_not_cost_a_real_model_its_cache(smollm2, threads):
    """Kernels go by the number of threads: with two, a gradient is 1.6e-4 off for one prompt."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        model = NeuronModel.from_pretrained(smollm2, device="cpu")
        assert model.reading.strategy == PACKED
    finally:
        torch.set_num_threads(before)
