"""Tiny random models of several architectures, and requests as lm-eval makes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
import torch
import transformers
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from harness.prefix_scorer.model import PrefixLM

SIZES = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 288}
LLAMA = SIZES | {
    "intermediate_size": 24,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "initializer_range": 0.5,
}
STATE_SPACE = {"hidden_size": 16, "num_hidden_layers": 2, "vocab_size": 288, "state_size": 4}
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "Llama": LLAMA,
    "Qwen2": LLAMA,
    "Mistral": LLAMA | {"sliding_window": 24},
    "Gemma2": LLAMA | {"head_dim": 4, "sliding_window": 24},
    "GPT2": {"n_embd": 16, "n_layer": 2, "n_head": 4, "vocab_size": 288, "n_positions": 512},
    "GPTNeoX": SIZES | {"intermediate_size": 24, "max_position_embeddings": 512},
    "OPT": SIZES | {"ffn_dim": 24, "word_embed_proj_dim": 16, "max_position_embeddings": 512},
    "Bloom": {"hidden_size": 16, "n_layer": 2, "n_head": 4, "vocab_size": 288},
    "Lfm2": LLAMA | {"num_hidden_layers": 3, "layer_types": ["conv", "full_attention", "conv"]},
    "Qwen3Next": LLAMA
    | {
        "head_dim": 8,
        "layer_types": ["linear_attention", "full_attention"],
        "mlp_only_layers": [0, 1],
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
    },
    "Mamba": STATE_SPACE,
    "T5": {
        "d_model": 16,
        "d_kv": 4,
        "d_ff": 24,
        "num_layers": 1,
        "num_heads": 4,
        "vocab_size": 288,
        "decoder_start_token_id": 257,
    },
}


def make_model(name: str, dtype: torch.dtype = torch.float64, **changes: Any) -> Any:
    """A random model; its weights are large enough for clear preferences."""
    config = getattr(transformers, f"{name}Config")(
        **(ARCHITECTURES[name] | {"bos_token_id": 256, "eos_token_id": 257, "pad_token_id": 257})
        | changes
    )
    kind = "ForConditionalGeneration" if name == "T5" else "ForCausalLM"
    if name == "GPT2":
        kind = "LMHeadModel"
    torch.manual_seed(0)
    model = getattr(transformers, f"{name}{kind}")(config)
    for parameter in model.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.3)
    return model.to(dtype).eval()


def make_tokenizer(*, bos: bool = False) -> PreTrainedTokenizerFast:
    """One token per byte, with a token each for ` A` to ` D`."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*alphabet, "<s>", "</s>", *(f"Ġ{letter}" for letter in "ABCD")]
    tokenizer = Tokenizer(
        models.BPE({word: i for i, word in enumerate(words)}, [("Ġ", c) for c in "ABCD"])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if bos:
        from tokenizers.processors import TemplateProcessing

        tokenizer.post_processor = TemplateProcessing(
            single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 256)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")


Pairs = Iterable[tuple[str, str]]


def instances(pairs: Pairs) -> list[Instance]:
    """lm-eval's requests for contexts and continuations."""
    return [Instance("loglikelihood", {}, pair, 0) for pair in pairs]


class Both:
    """The same model as `hf` and as `hf-prefix`, with a count of what each runs."""

    def __init__(self, model: Any, tokenizer: Any, batch_size: Any = 3, **options: Any) -> None:
        plain = {k: v for k, v in options.items() if k != "max_tokens"}
        self.model = model
        self.stock = HFLM(model, tokenizer=tokenizer, batch_size=batch_size, **plain)
        self.prefix = PrefixLM(model, tokenizer=tokenizer, batch_size=batch_size, **options)

    def scores(self, pairs: Pairs) -> tuple[list[Any], list[Any]]:
        """Answers of `hf` and of `hf-prefix`."""
        requests = instances(pairs)
        found = [lm.loglikelihood(requests, disable_tqdm=True) for lm in (self.stock, self.prefix)]
        return found[0], found[1]

    def check(self, pairs: Pairs, tolerance: float = 1e-9) -> None:
        """Check that both give the same answers."""
        expected, found = self.scores(pairs)
        assert [greedy for _, greedy in found] == [greedy for _, greedy in expected]
        assert [value for value, _ in found] == pytest.approx(
            [value for value, _ in expected], abs=tolerance, rel=0
        )


class Passes:
    """Shapes [row, token] of what a model is given, while it is watched."""

    def __init__(self, model: Any) -> None:
        self.shapes: list[tuple[int, int]] = []
        self._hook = model.get_input_embeddings().register_forward_pre_hook(self._note)

    def _note(self, _: Any, inputs: Sequence[torch.Tensor]) -> None:
        self.shapes.append(tuple(inputs[0].shape))  # type: ignore[arg-type]

    def __enter__(self) -> list[tuple[int, int]]:
        return self.shapes

    def __exit__(self, *_: object) -> None:
        self._hook.remove()


@pytest.fixture(scope="session")
def both() -> Callable[..., Both]:
    """Function that makes `Both` of an architecture's name."""

    def make(
        name: str = "Llama",
        *,
        dtype: torch.dtype = torch.float64,
        bos: bool = False,
        model: dict[str, Any] | None = None,
        **options: Any,
    ) -> Both:
        return Both(make_model(name, dtype, **(model or {})), make_tokenizer(bos=bos), **options)

    return make


@pytest.fixture(scope="session")
def passes() -> type[Passes]:
    """Watcher of a model's passes."""
    return Passes


@pytest.fixture(scope="session")
def make_requests() -> Callable[[Pairs], list[Instance]]:
    """Function that makes lm-eval's requests; see `instances`."""
    return instances
