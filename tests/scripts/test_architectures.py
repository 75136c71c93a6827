"""Gradients of one class of each kind of language model against plain passes of each prompt alone.

`python -m scripts.architectures` does the same for every class of transformers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.neuron_model import NeuronModel
from scripts import architectures
from scripts.architectures import Kind, Row, build, compare, table

RIGHT: list[tuple[Kind, str]] = [
    # dense, with positions of every sort
    ("causal", "llama"),
    ("causal", "gpt2"),
    ("causal", "bloom"),
    ("causal", "openai-gpt"),
    # windows
    ("causal", "mistral"),
    ("causal", "gemma3_text"),
    # heads of a size that differs by layer
    ("causal", "gemma4_text"),
    # attention beside state-space, recurrent and convolutional layers
    ("causal", "qwen3_next"),
    ("causal", "bamba"),
    ("causal", "falcon_h1"),
    ("causal", "recurrent_gemma"),
    # mixtures of experts
    ("causal", "mixtral"),
    ("causal", "gpt_oss"),
    ("causal", "deepseek_v3"),
    ("causal", "llama4_text"),
    # decoders of encoder-decoders, and of encoders
    ("causal", "bart"),
    ("causal", "roberta"),
    # tokens of the model's own before the prompt
    ("causal", "cpmant"),
    # masked: one block that is every layer, a window that differs by layer
    ("masked", "albert"),
    ("masked", "neomme"),
    # padding that leaks and padding that does not
    ("masked", "bert"),
    ("masked", "nystromformer"),
    # text of vision-language models
    ("vision", "llava"),
    ("vision", "mllama"),
    ("vision", "paligemma"),
    ("vision", "kosmos-2.5"),
    # encoder-decoders: gated, with positions of their own, with experts, with padding that leaks
    ("seq2seq", "mt5"),
    ("seq2seq", "bart"),
    ("seq2seq", "switch_transformers"),
    ("seq2seq", "t5gemma"),
]


@pytest.fixture(autouse=True)
def _quiet_and_single_threaded() -> Any:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(("kind", "family"), RIGHT)
def test_right(kind: Kind, family: str) -> None:
    row = compare(kind, family)
    assert row.outcome == "right", row


@pytest.mark.parametrize(
    ("family", "reason"),
    [("mamba", "no feed-forward block"), ("hrm_text", "several blocks that take turns")],
)
def test_a_class_without_blocks_of_its_own_for_each_layer_is_refused(
    family: str, reason: str
) -> None:
    row = compare("causal", family)
    assert row.outcome == "refused"
    assert reason in row.reason


def test_an_encoder_is_not_taken_for_causal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architectures, "changes_of", lambda _kind, _family: {})
    row = compare("causal", "bert")
    assert row.outcome == "refused"
    assert "not causal" in row.reason


@pytest.mark.parametrize("family", ["llama", "mixtral"])
def test_a_wrong_number_is_seen(monkeypatch: pytest.MonkeyPatch, family: str) -> None:
    """One neuron of one answer of the last prompt, in the last layer that has any."""
    real = NeuronModel.answer_gradients

    def off(self: NeuronModel, *args: Any, **options: Any) -> AnswerGradients:
        found = real(self, *args, **options)
        last = found.gradients[-1].clone()
        last[-1, -1, int(last[-1, -1].abs().argmax())] *= 1.01
        return replace(found, gradients=(*found.gradients[:-1], last))

    monkeypatch.setattr(NeuronModel, "answer_gradients", off)
    row = compare("causal", family)
    assert row.outcome == "wrong"
    assert row.error is not None
    assert 1e-3 < row.error < 1e-2


def test_failures_of_ours_are_told_from_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_options: Any) -> None:
        raise ZeroDivisionError("on purpose")

    monkeypatch.setattr(NeuronModel, "answer_gradients", fail)
    row = compare("causal", "llama")
    assert (row.outcome, row.error) == ("traceback", None)
    assert row.reason.startswith("ZeroDivisionError: on purpose (test_architectures.py:")


def test_what_reads_no_text_alone_is_not_built() -> None:
    row = compare("vision", "blip")
    assert row.outcome == "not built"
    assert "pixel_values" in row.reason


def test_a_tiny_model_has_every_kind_of_block() -> None:
    layers = build("causal", "qwen3_next").config.layer_types
    assert layers == ["linear_attention", "full_attention"]
    assert build("causal", "llama").dtype == torch.float64


def test_table() -> None:
    rows = [
        Row("causal", "llama", "LlamaForCausalLM", "right", 4e-7, reading="packed; hidden, up"),
        Row("causal", "mamba", "MambaForCausalLM", "refused", reason="none | of\nthem"),
    ]
    lines = table(rows).splitlines()
    assert lines[0] == "| | right | refused | wrong | traceback | not built |"
    assert lines[2] == "| causal (2) | 1 | 1 | 0 | 0 | 0 |"
    assert lines[-2] == (
        "| causal | llama | LlamaForCausalLM | right | 4e-07 | packed; hidden, up |"
    )
    assert lines[-1] == "| causal | mamba | MambaForCausalLM | refused |  | none \\| of them |"
