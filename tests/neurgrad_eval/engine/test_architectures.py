"""One engine for many architectures: what it finds in each, and that its gradients are right.

Each is a tiny random model in float64. The plain way (every token with gradients, no cache) and
central differences (the down-projection's output moved by hand) are what results are compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    PreTrainedTokenizerFast,
)

from neurgrad_eval.engine import batching
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.gradients import batch_gradients
from neurgrad_eval.engine.last_token import Body
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.engine.strategies import PACKED, REPEATED
from neurgrad_eval.neuron_model import NeuronModel

LLAMA_LIKE = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 4,
    "max_position_embeddings": 256,
    "vocab_size": 128,
    "initializer_range": 0.5,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GPT2_LIKE = {
    "n_embd": 16,
    "n_layer": 2,
    "n_head": 4,
    "n_inner": 24,
    "n_positions": 256,
    "vocab_size": 128,
    "initializer_range": 0.5,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
FALCON_LIKE = {
    "hidden_size": 16,
    "ffn_hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
}


@dataclass(frozen=True)
class Architecture:
    """A model type, how to make it tiny, and what the engine finds in it."""

    model_type: str
    down: str
    """Name of the down-projection within the block list's entry."""
    changes: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=lambda: LLAMA_LIKE)
    gated: bool = True
    packed: bool = True
    masked: bool = False
    width: int = 24


def plain(model_type: str, down: str, **more: Any) -> Architecture:
    """Architecture without gates."""
    return Architecture(model_type, down, gated=False, **more)


def masked(model_type: str, down: str, **more: Any) -> Architecture:
    """Masked language model."""
    return Architecture(model_type, down, masked=True, packed=False, **{"gated": False} | more)


DOWN, NEOX = "mlp.down_proj", "mlp.dense_4h_to_h"
SLIDING = {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 64}
DISTIL = {"dim": 16, "hidden_dim": 24, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 256}

ARCHITECTURES = {
    "llama": Architecture("llama", DOWN),
    "smollm3": Architecture("smollm3", DOWN),
    "mistral": Architecture("mistral", DOWN, {"sliding_window": None}),
    "mistral-sliding": Architecture("mistral", DOWN, {"sliding_window": 8}),
    "qwen2": Architecture("qwen2", DOWN),
    "qwen3": Architecture("qwen3", DOWN),
    "gemma": Architecture("gemma", DOWN),
    "gemma2": Architecture("gemma2", DOWN, {**SLIDING, "query_pre_attn_scalar": 4}),
    "gemma2-sliding": Architecture("gemma2", DOWN, {**SLIDING, "sliding_window": 8}),
    "gemma3": Architecture("gemma3_text", DOWN, SLIDING),
    "gemma3-sliding": Architecture("gemma3_text", DOWN, {**SLIDING, "sliding_window": 8}),
    "phi": plain("phi", "mlp.fc2"),
    "phi3": Architecture("phi3", DOWN, {"sliding_window": None}),
    "phi3-sliding": Architecture("phi3", DOWN, {"sliding_window": 8}),
    "olmo": Architecture("olmo", DOWN),
    "olmo2": Architecture("olmo2", DOWN),
    "stablelm": Architecture("stablelm", DOWN),
    "granite": Architecture("granite", DOWN, {"residual_multiplier": 0.5, "logits_scaling": 2.0}),
    "cohere": Architecture("cohere", DOWN, {"logit_scale": 0.5}),
    "cohere2": Architecture("cohere2", DOWN, {**SLIDING, "logit_scale": 0.5}),
    "glm4": Architecture("glm4", DOWN),
    "nemotron": plain("nemotron", DOWN),
    "starcoder2": plain("starcoder2", "mlp.c_proj"),
    "gpt2": plain("gpt2", "mlp.c_proj", base=GPT2_LIKE),
    "gptj": plain("gptj", "mlp.fc_out", base=GPT2_LIKE, changes={"rotary_dim": 2}),
    "gpt_neox": plain("gpt_neox", NEOX),
    "gpt_neo": plain(
        "gpt_neo",
        "mlp.c_proj",
        changes={
            "num_layers": 2,
            "num_heads": 4,
            "attention_types": [[["global", "local"], 1]],
            "window_size": 8,
        },
        packed=False,
    ),
    "opt": plain("opt", "fc2", changes={"ffn_dim": 24, "word_embed_proj_dim": 16}),
    "bloom": plain("bloom", NEOX, changes={"n_layer": 2, "n_head": 4}, packed=False, width=64),
    "falcon-rotary": plain("falcon", NEOX, base=FALCON_LIKE),
    "falcon-alibi": plain(
        "falcon",
        NEOX,
        base=FALCON_LIKE,
        changes={"alibi": True, "multi_query": False, "parallel_attn": False},
        packed=False,
    ),
    "falcon-new": plain(
        "falcon",
        NEOX,
        base=FALCON_LIKE,
        changes={"new_decoder_architecture": True, "num_kv_heads": 2},
    ),
    "mpt": plain(
        "mpt",
        "ffn.down_proj",
        base={"d_model": 16, "n_heads": 4, "n_layers": 2, "vocab_size": 128},
        changes={"expansion_ratio": 2, "max_seq_len": 256},
        packed=False,
        width=64,
    ),
    "bert": masked("bert", "output.dense"),
    "roberta": masked("roberta", "output.dense"),
    "xlm-roberta": masked("xlm-roberta", "output.dense"),
    "electra": masked("electra", "output.dense", changes={"embedding_size": 8}),
    "distilbert": masked("distilbert", "ffn.lin2", changes=DISTIL),
    "modernbert": masked(
        "modernbert",
        "mlp.Wo",
        changes={
            "global_attn_every_n_layers": 2,
            "local_attention": 16,
            "cls_token_id": 1,
            "sep_token_id": 2,
        },
        gated=True,
    ),
}


ANSWERS = [" A", " B", " C"]
QUESTIONS = [
    "Choose.\n\nWhat is red?\nAnswer:",
    "Choose.\n\nWho?\nAnswer:",
    "Choose.\n\nWhat is the colour of the sea?\nAnswer:",
]
CAUSAL = [name for name, architecture in ARCHITECTURES.items() if not architecture.masked]
GATED = [name for name, architecture in ARCHITECTURES.items() if architecture.gated]


def make_model(architecture: Architecture, **changes: Any) -> Any:
    torch.manual_seed(0)
    settings = architecture.base | architecture.changes | changes
    config = AutoConfig.for_model(architecture.model_type, **settings)
    auto = AutoModelForMaskedLM if architecture.masked else AutoModelForCausalLM
    model = auto.from_config(config).double()
    with torch.no_grad():  # some initialisers ignore the range: no weight may be near 0
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.mul_(0.5 / parameter.std().clamp(min=1e-3))
    return model


def tokenizer() -> PreTrainedTokenizerFast:
    """One token per ASCII character, one for each of ` A` to ` E`, and a mask."""
    words = [*map(chr, range(32, 127)), "\n", " A", " B", " C", " D", " E"]
    bpe = models.BPE({w: i for i, w in enumerate(words)}, [(" ", c) for c in "ABCDE"])
    inner = Tokenizer(bpe)
    inner.pre_tokenizer = pre_tokenizers.Split("\n", "isolated")
    return PreTrainedTokenizerFast(tokenizer_object=inner, mask_token="[MASK]")


@cache
def load(name: str) -> NeuronModel:
    return NeuronModel.from_model(make_model(ARCHITECTURES[name]), tokenizer(), name=name)


def prompts(name: str) -> list[str]:
    return [f"{q}[MASK]. So" if ARCHITECTURES[name].masked else q for q in QUESTIONS]


def largest_error(found: AnswerGradients, expected: AnswerGradients) -> float:
    pairs = [
        *zip(found.gradients, expected.gradients, strict=True),
        *zip(found.activations, expected.activations, strict=True),
        (found.probabilities, expected.probabilities),
    ]
    return max(float((a - b).norm() / b.norm()) for a, b in pairs)


def hooks(model: nn.Module) -> list[nn.Module]:
    return [m for m in model.modules() if m._forward_pre_hooks or m._forward_hooks]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_is_found(name: str) -> None:
    expected, model = ARCHITECTURES[name], load(name)
    assert all(site.name.endswith(f".{i}.{expected.down}") for i, site in enumerate(model.sites))
    assert model.widths == (expected.width,) * 2
    assert all((site.gate is not None) == expected.gated for site in model.sites)
    assert model.reading.strategy.packs == expected.packed
    assert model.reading.error < 1e-5
    assert model.kind == ("masked" if expected.masked else "causal")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_equals_the_plain_way(name: str) -> None:
    model, texts = load(name), prompts(name)
    for space in ("hidden", "up") if ARCHITECTURES[name].gated else ("hidden",):
        fast = model.answer_gradients(texts, ANSWERS, space=space)
        plain_one = plain_answer_gradients(model, texts, ANSWERS, space=space)
        assert largest_error(fast, plain_one) < 1e-6
    assert not hooks(model.model)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_batches_and_padding_change_nothing(name: str) -> None:
    model, texts = load(name), prompts(name)
    together = model.answer_gradients(texts, ANSWERS)
    assert largest_error(model.answer_gradients(texts, ANSWERS, batch_size=1), together) < 1e-6
    assert largest_error(model.answer_gradients(texts, ANSWERS, max_tokens=80), together) < 1e-6


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_central_differences(name: str) -> None:
    """Moving neuron i by ε is moving the down-projection's output by ε times its column i."""
    model, text = load(name), prompts(name)[0]
    found = model.answer_gradients(prompts(name), ANSWERS)
    for layer, index in [(0, 3), (1, 17)]:
        gradient = found.gradients[layer][0, :, index].double()
        scale = float(found.gradients[layer][0].abs().max())
        slopes = moved(model, text, layer, index, 1e-2) - moved(model, text, layer, index, -1e-2)
        torch.testing.assert_close(slopes / 2e-2, gradient, rtol=2e-2, atol=2e-3 * scale)


def moved(model: NeuronModel, text: str, layer: int, index: int, shift: float) -> torch.Tensor:
    """Probabilities of the answers to one unpadded prompt, one neuron moved where it is read."""
    ids = model.tokenizer(text)["input_ids"]
    mask = model.tokenizer.mask_token_id
    where = ids.index(mask) if model.kind == "masked" else len(ids) - 1
    module = model.sites[layer].module
    weight = module.weight
    column = weight[:, index] if isinstance(module, nn.Linear) else weight[index]

    def patch(_module: object, _args: object, output: torch.Tensor) -> torch.Tensor:
        patched = output.clone()
        patched.view(len(ids), -1)[where] += shift * column
        return patched

    handle = module.register_forward_hook(patch)
    with torch.no_grad():
        logits = model.model(input_ids=torch.tensor([ids])).logits[0, where].double()
    handle.remove()
    return logits.softmax(-1)[[model.tokenizer(a)["input_ids"][0] for a in ANSWERS]]


@pytest.mark.parametrize("name", GATED)
def test_up_space_is_a_rescaling(name: str) -> None:
    """h = act(gate)·up, so a_hidden·∂p/∂h = a_up·∂p/∂up."""
    hidden, up = (
        load(name).answer_gradients(prompts(name), ANSWERS, space=space)
        for space in ("hidden", "up")
    )
    for layer in range(2):
        torch.testing.assert_close(
            hidden.activations[layer][:, None] * hidden.gradients[layer],
            up.activations[layer][:, None] * up.gradients[layer],
            rtol=1e-4,
            atol=1e-7,
        )
        assert not torch.allclose(hidden.activations[layer], up.activations[layer])


@pytest.mark.parametrize("name", [name for name in CAUSAL if ARCHITECTURES[name].packed])
def test_packed_and_repeated_copies_agree(name: str) -> None:
    model = load(name)
    ids = [model.tokenizer(text)["input_ids"] for text in QUESTIONS]
    answers = torch.tensor([[96, 97, 98]] * len(ids))
    short = [row[-6:] for row in ids[:2]] + [ids[2][-4:]]  # within every window of the table
    body = model.bodies(short)([0, 1, 2])
    assert isinstance(body, Body)
    assert body.strategy.packs
    repeated = replace(model.bodies(short)([0, 1, 2]), strategy=REPEATED)
    found, expected = (
        batch_gradients(model.model, model.sites, b, answers, "hidden") for b in (body, repeated)
    )
    assert largest_error(found, expected) < 1e-6


@pytest.mark.parametrize("name", [name for name in CAUSAL if ARCHITECTURES[name].packed])
def test_rows_with_a_long_beginning_are_read_side_by_side(name: str) -> None:
    model = load(name)
    texts = [f"Read with care, choose. {what}?" for what in ("Red", "A river", "Who", "I")]
    sizes: list[tuple[int, ...]] = []
    hook = model.model.register_forward_pre_hook(
        lambda _module, _args, options: sizes.append(tuple(options["input_ids"].shape)),
        with_kwargs=True,
    )
    found = model.answer_gradients(texts, ANSWERS)
    hook.remove()
    beyond = name.endswith("sliding")  # there, copies are repeated
    assert sizes[-1] == ((12, 1) if beyond else (1, 12))
    assert largest_error(found, plain_answer_gradients(model, texts, ANSWERS)) < 1e-6
    apart = model.answer_gradients(texts, ANSWERS, batch_size=3)  # a last batch of one row
    assert largest_error(apart, found) < 1e-6


@pytest.mark.parametrize("name", ["llama", "gpt2", "bloom"])
@pytest.mark.parametrize(
    "texts", [["R", "S"], ["Choose: R", "Choose: S", "Choose: T"]], ids=["one token", "last token"]
)
def test_prompts_of_next_to_nothing(name: str, texts: list[str]) -> None:
    model = load(name)
    found = model.answer_gradients(texts, ANSWERS)
    assert largest_error(found, plain_answer_gradients(model, texts, ANSWERS)) < 1e-6


@pytest.mark.parametrize("name", [name for name in CAUSAL if name.endswith("sliding")])
def test_prompts_beyond_the_window_are_repeated(name: str) -> None:
    model = load(name)
    assert model.window == 8
    assert model.strategy(8) == PACKED
    assert model.strategy(9) == REPEATED


@pytest.mark.parametrize("name", ["llama", "opt", "bloom", "bert", "modernbert"])
def test_no_hook_survives_a_failure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = load(name)

    def fail(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(torch.autograd, "grad", fail)
    with pytest.raises(ZeroDivisionError):
        model.answer_gradients(prompts(name), ANSWERS)
    assert not hooks(model.model)


@pytest.mark.parametrize("name", ["llama", "opt", "gpt2", "bloom", "gemma2", "bert"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision(name: str, dtype: torch.dtype) -> None:
    exact = load(name).answer_gradients(prompts(name), ANSWERS)
    half = make_model(ARCHITECTURES[name]).to(dtype)
    found = NeuronModel.from_model(half, tokenizer()).answer_gradients(prompts(name), ANSWERS)
    least = 0.999 if dtype == torch.float16 else 0.97
    for a, b in zip(found.gradients, exact.gradients, strict=True):
        assert a.dtype == torch.float32
        assert torch.cosine_similarity(a.flatten(), b.flatten(), dim=0) > least


@pytest.mark.parametrize("name", ["llama", "bloom", "bert"])
def test_offloaded_layers(name: str) -> None:
    """Weights that Accelerate keeps elsewhere and brings for each pass give the same gradients."""
    accelerate = pytest.importorskip("accelerate")
    expected = load(name).answer_gradients(prompts(name), ANSWERS)
    model = make_model(ARCHITECTURES[name]).eval()
    accelerate.cpu_offload(model, execution_device=torch.device("cpu"))
    assert next(model.parameters()).device.type == "meta"
    offloaded = NeuronModel.from_model(model, tokenizer())
    found = offloaded.answer_gradients(prompts(name), ANSWERS)
    assert largest_error(found, expected) < 1e-6


@pytest.mark.parametrize("name", ["llama", "bert"])
def test_memory_that_does_not_hold_a_batch(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, texts = load(name), prompts(name)
    expected = model.answer_gradients(texts, ANSWERS)
    forward, sizes = model.model.forward, []

    def small(*args: Any, **options: Any) -> Any:
        sizes.append(options["input_ids"].shape[0])
        if sizes[-1] > (len(ANSWERS) if model.kind == "masked" else 1):
            raise torch.cuda.OutOfMemoryError("on purpose")
        return forward(*args, **options)

    monkeypatch.setattr(model.model, "forward", small)
    assert largest_error(model.answer_gradients(texts, ANSWERS), expected) < 1e-6
    assert not hooks(model.model)
    assert len(sizes) == 1 + len(texts)


def test_memory_that_does_not_hold_one_prompt() -> None:
    def compute(indices: Sequence[int]) -> None:
        raise torch.cuda.OutOfMemoryError("on purpose")

    with pytest.raises(batching.UsageError, match=r"prompt 1 alone \(7 tokens\)"):
        list(batching.run_in_batches([5, 7], compute, batch_size=4))


def sizes(lengths: list[int], **limits: int) -> list[list[int]]:
    compute: Callable[[list[int]], list[int]] = list
    return [found for found, _ in batching.run_in_batches(lengths, compute, **limits)]


def test_batches_within_a_token_budget() -> None:
    assert sizes([3, 9, 5, 4], batch_size=2) == [[1, 2], [3, 0]]
    assert sizes([3, 9, 5, 4], batch_size=3, max_tokens=10) == [[1], [2, 3], [0]]
    assert sizes([30, 2, 2], batch_size=8, max_tokens=4) == [[0], [1, 2]]
    with pytest.raises(batching.UsageError, match="max_tokens is 0"):
        sizes([1], batch_size=1, max_tokens=0)
