"""Where `hf-prefix` leaves the work to `hf`, and says so once."""

from __future__ import annotations

import logging

import pytest
import torch
from lm_eval.api.instance import Instance
from lm_eval.api.registry import get_model
from lm_eval.models.huggingface import HFLM
from torch import nn
from torch.nn import functional

from harness.prefix_scorer import register
from harness.prefix_scorer.model import PrefixLM
from harness.prefix_scorer.rows import make_rows
from harness.prefix_scorer.support import Found
from mceval8k.errors import UsageError

SHOTS = "Say which topic a text has. " * 3
REQUESTS = [(f"{SHOTS}Text {n} Answer:", answer) for n in range(4) for answer in (" A", " so what")]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("T5", "an encoder-decoder model has no prefix to share"),
        ("Mamba", "the model computes something else after a cached prefix"),
    ],
)
def test_models_without_a_cache_of_keys(both, caplog, name, reason) -> None:
    pair = both(name, dtype=torch.float32)
    with caplog.at_level(logging.WARNING, logger="harness"):
        pair.check(REQUESTS)
        pair.check(REQUESTS)
    said = [record.message for record in caplog.records if record.name.startswith("harness")]
    assert said == [f"hf-prefix: {reason}; scoring as hf does"]


def test_a_model_that_computes_something_else(both, monkeypatch) -> None:
    pair = both()
    forward = pair.model.forward

    def forgets(*args, past_key_values=None, **inputs):
        return forward(*args, **inputs)

    monkeypatch.setattr(pair.model, "forward", forgets)
    pair.check(REQUESTS)
    assert pair.prefix._support.find(1).reason == (
        "the model computes something else after a cached prefix"
    )


def test_a_model_that_ignores_masks_has_no_branches(both, passes, monkeypatch) -> None:
    pair = both()
    forward = pair.model.forward

    def ignores(*args, attention_mask=None, position_ids=None, **inputs):
        return forward(*args, **inputs)

    monkeypatch.setattr(pair.model, "forward", ignores)
    pair.check(REQUESTS)
    assert pair.prefix._support.find(1) == Found(None, branches=False)


def test_a_model_that_is_not_causal_is_refused(both, make_requests) -> None:
    pair = both(model={"is_causal": False})
    with pytest.raises(UsageError, match="LlamaForCausalLM cannot be scored: in a batch"):
        pair.prefix.loglikelihood(make_requests(REQUESTS), disable_tqdm=True)


def test_no_branches_beyond_a_sliding_window(both, monkeypatch) -> None:
    pair = both("Mistral")
    asked: list[bool] = []
    monkeypatch.setattr(
        "harness.prefix_scorer.model.make_rows",
        lambda *args, branching: asked.append(branching) or make_rows(*args, branching=branching),
    )
    pair.check(REQUESTS)
    pair.check([("a cat", " sat"), ("a cat", " ran")])
    assert asked == [False, True]


@pytest.mark.parametrize("kind", ["dynamic", "longrope"])
def test_positions_that_depend_on_the_length(both, kind) -> None:
    rope = {"rope_type": kind, "rope_theta": 10000.0, "factor": 2.0}
    if kind == "longrope":
        rope |= {
            "short_factor": [1.0, 1.0],
            "long_factor": [2.0, 3.0],
            "original_max_position_embeddings": 64,
        }
    pair = both(model={"max_position_embeddings": 64, "rope_parameters": rope}, max_length=512)
    pair.check([("a cat", " sat down"), ("a cat", " ran")])
    assert not pair.prefix._said
    pair.check(REQUESTS)
    assert any("depend on the length" in said for said in pair.prefix._said)


class _Quantised(nn.Module):
    """A projection with 8-bit weights, and 8-bit activations by the range of a whole batch."""

    def __init__(self, linear: nn.Linear, *, of_batch: bool) -> None:
        super().__init__()
        self.weight, self.of_batch = nn.Parameter(_rounded(linear.weight)), of_batch

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.linear(_rounded(x) if self.of_batch else x, self.weight)


def _rounded(values: torch.Tensor) -> torch.Tensor:
    step = values.detach().abs().max() / 127
    return (values / step).round() * step


@pytest.mark.parametrize("of_batch", [False, True])
def test_quantised_models_are_tried(both, monkeypatch, of_batch) -> None:
    pair = both()
    monkeypatch.setattr(pair.model, "hf_quantizer", object(), raising=False)
    for layer in pair.model.model.layers:
        layer.mlp.down_proj = _Quantised(layer.mlp.down_proj, of_batch=of_batch)
    reason = pair.prefix._support.find(1).reason
    if of_batch:
        assert reason == "what this quantised model computes depends on its batch"
    else:
        assert reason is None
    pair.check(REQUESTS)


def test_long_texts_are_left_to_hf(both) -> None:
    pair = both(max_length=16)
    requests = [Instance("loglikelihood_rolling", {}, ("a cat sat on the mat " * 3,), 0)]
    expected, found = (
        lm.loglikelihood_rolling(requests, disable_tqdm=True) for lm in (pair.stock, pair.prefix)
    )
    assert found == expected


def test_what_hf_refuses(both, make_requests) -> None:
    with pytest.raises(AssertionError):
        both().prefix.loglikelihood(make_requests([("a", "")]), disable_tqdm=True)


def test_no_requests(both) -> None:
    assert both().prefix.loglikelihood([]) == []


def test_responses_are_given_to_lm_evals_cache(both, make_requests) -> None:
    pair = both()
    kept: dict[tuple[str, str], object] = {}

    class Hook:
        def add_partial(self, attribute, request, response) -> None:
            assert attribute == "loglikelihood"
            kept[request] = response

    pair.prefix.set_cache_hook(Hook())
    found = pair.prefix.loglikelihood(make_requests(REQUESTS), disable_tqdm=True)
    assert kept == dict(zip(REQUESTS, found, strict=True))


def test_lm_eval_knows_it_after_registration() -> None:
    register()
    register()
    assert get_model("hf-prefix") is PrefixLM
    assert issubclass(PrefixLM, HFLM)


@pytest.mark.parametrize("value", [0, "-3"])
def test_max_tokens_must_be_positive(both, value) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        both(max_tokens=value)
