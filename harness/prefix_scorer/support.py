"""Whether a model gives the same logits from a cached prefix: tried once, never looked up by name.

State-space layers without a cache of keys and values, prompts that are tuned and put before the
text, attention that ignores our masks: whatever the reason, a model that cannot do it shows it on
a few short sequences.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from harness.prefix_scorer.answers import wanted_places
from harness.prefix_scorer.forward import run_rows
from harness.prefix_scorer.rows import Request, Row, make_rows
from neurgrad_eval.engine.prefix_cache import compute_prefix
from neurgrad_eval.models.context import attention_window
from neurgrad_eval.models.devices import input_device

_PREFIX = 4
_OPTIONS = ((1, 2), (3, 4, 5), (1, 6))
# Their positions depend on how long the whole text is, so that a prefix by itself differs.
_STRETCHED = ("dynamic", "longrope")


def reason_against(model: Any, backend: str, precision: torch.dtype) -> str | None:
    """Why a model must be scored as lm-eval's `hf` does; None if it need not.

    Parameters
    ----------
    model
        A transformers model, or what wraps one.
    backend
        lm-eval's `causal` or `seq2seq`.
    precision
        Type in which the model computes.
    """
    if backend != "causal":
        return "an encoder-decoder model has no prefix to share"
    if getattr(model, "hf_quantizer", None) is not None:
        return "what a quantised model computes may depend on its batch"
    try:
        error = trial_error(model, branching=False)
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception as failure:  # whatever a model says to a cache that it does not know
        return f"the model takes no cached prefix ({type(failure).__name__})"
    if error > tolerance(precision):
        return "the model computes something else after a cached prefix"
    return None


def can_branch(model: Any, precision: torch.dtype) -> bool:
    """Whether continuations of one context can lie side by side in one row."""
    try:
        return trial_error(model, branching=True) <= tolerance(precision)
    except torch.cuda.OutOfMemoryError:
        raise
    except Exception:  # whatever a model says to a mask that it does not know
        return False


def longest_branching(model: Any) -> float:
    """Tokens up to which a mask of ours equals the model's own, which may be a sliding window."""
    return attention_window(model) or math.inf


def longest_cached(model: Any) -> float:
    """Tokens up to which a prefix has the same positions by itself as in a longer text."""
    config = model.config.get_text_config(decoder=True)
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    kinds = {rope.get("rope_type"), rope.get("type")}
    if kinds.isdisjoint(_STRETCHED):
        return math.inf
    original = rope.get("original_max_position_embeddings")
    original = original or getattr(config, "original_max_position_embeddings", None)
    return float(original or config.max_position_embeddings)


@torch.no_grad()
def trial_error(model: Any, *, branching: bool) -> float:
    """Relative difference of the logits with and without a cached prefix, on made-up tokens."""
    vocabulary = model.config.get_text_config(decoder=True).vocab_size
    rows = make_rows(_requests(vocabulary), 1000, branching=branching)
    places = wanted_places(rows, _PREFIX)
    prefix = compute_prefix(model, rows[0].tokens[:_PREFIX])
    found = run_rows(model, prefix, rows, places).float()
    paths = [_path(rows[row], node) for row, node in places.numbers]
    expected = _plain_logits(model, paths).float()
    if found.shape != expected.shape:
        return math.inf
    scale = (expected - expected.mean(-1, keepdim=True)).norm()
    error = float((found - expected).norm() / scale)
    return error if math.isfinite(error) else math.inf


def tolerance(dtype: torch.dtype) -> float:
    """Relative difference that rounding explains."""
    return min(1000 * torch.finfo(dtype).eps, 0.05) if dtype != torch.float64 else 1e-5


def _requests(vocabulary: int) -> list[Request]:
    """Two contexts with a common beginning, each with the same continuations."""

    def tokens(start: int, count: int) -> list[int]:
        return [
            (7 * number + vocabulary // 3) % vocabulary for number in range(start, start + count)
        ]

    shared = tokens(0, _PREFIX)
    contexts = (shared + tokens(10, 4), shared + tokens(20, 2))
    return [
        (None, context, [token % vocabulary for token in option])
        for context in contexts
        for option in _OPTIONS
    ]


def _path(row: Row, node: int) -> list[int]:
    """Tokens from the start of a row to one of them."""
    path: list[int] = []
    while node >= 0:
        path.append(row.tokens[node])
        node = row.parents[node]
    return path[::-1]


def _plain_logits(model: Any, paths: list[list[int]]) -> Tensor:
    """Logits after the last token of each path [path, vocabulary], as `hf` computes them."""
    longest = max(map(len, paths))
    padded = [path + [0] * (longest - len(path)) for path in paths]
    logits = model(torch.tensor(padded, device=input_device(model))).logits
    return torch.stack([logits[i, len(path) - 1] for i, path in enumerate(paths)])
