"""Whether a model gives the same logits from a cached prefix: tried once, never looked up by name.

A few made-up requests are run as the scorer runs them, and one sequence at a time through the model
as it is: no cache, no padding, in float32 also where the weights have 16 bits. Whatever the reason
for which a model cannot do it, such as layers that take no state back or prompts that are tuned and
put before the text, it shows there.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from harness.prefix_scorer.answers import wanted_places
from harness.prefix_scorer.forward import run_rows
from harness.prefix_scorer.rows import Request, Row, make_rows
from mceval8k.errors import UsageError
from neurgrad_eval.engine.agreement import relative
from neurgrad_eval.engine.prefix_cache import common_prefix, compute_prefix, empty_prefix
from neurgrad_eval.engine.strategies import EQUAL_LENGTHS
from neurgrad_eval.engine.trial import TOLERANCE
from neurgrad_eval.engine.trial_prompts import trial_prompts
from neurgrad_eval.models.context import attention_window, horizons
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.passes import text_config
from neurgrad_eval.models.precision import exact_arithmetic

_log = logging.getLogger(__name__)
# Their positions depend on how long the whole text is, so that a prefix by itself differs.
_STRETCHED = ("dynamic", "longrope")
_OPTIONS = ((0, 1), (2, 3, 4), (0, 5))  # which tokens of a last prompt make up continuations


@dataclass(frozen=True)
class Found:
    """What a model can do with requests of some length."""

    reason: str | None
    """Why nothing is cached; None where a prefix is."""
    branches: bool = False
    """Whether continuations of one context can lie side by side in one row."""


@dataclass
class Support:
    """What a model can do, by the length of the requests; tried when first needed, and remembered.

    Parameters
    ----------
    model
        A transformers model, or what wraps one.
    backend
        lm-eval's `causal` or `seq2seq`.
    """

    model: Any
    backend: str
    _known: dict[int, Found] = field(default_factory=dict)

    def find(self, longest: int) -> Found:
        """What can be done with requests of up to so many tokens.

        Raises
        ------
        UsageError
            Padding changes what the model computes, so that not even lm-eval's `hf` is right.
        """
        if self.backend != "causal":
            return Found("an encoder-decoder model has no prefix to share")
        if longest > longest_cached(self.model):
            return Found("the model's positions depend on the length of such long prompts")
        limits = horizons(self.model)
        level = max((limit for limit in limits if limit < longest), default=0)
        if level not in self._known:
            self._known[level] = self._try(trial_prompts(self.model, limits, level, None), level)
        return self._known[level]

    def _try(self, prompts: Sequence[Sequence[int]], level: int) -> Found:
        trial = _Trial(self.model, prompts)
        try:
            padded = trial.error(shared=False)
        except torch.cuda.OutOfMemoryError:
            raise
        except Exception as failure:  # kernels that know nothing but 16 bits, say
            _log.info("no trial in float32", exc_info=True)
            return Found(f"the model cannot be tried in float32 ({type(failure).__name__})")
        if padded > TOLERANCE:
            if getattr(self.model, "hf_quantizer", None) is not None:  # of activations, too
                return Found("what this quantised model computes depends on its batch")
            raise UsageError(
                f"{type(self.model).__name__} cannot be scored: in a batch, padding or later "
                "tokens change what it computes of earlier ones"
            )
        try:
            error = trial.error(shared=True)
        except torch.cuda.OutOfMemoryError:
            raise
        except Exception as failure:  # whatever a model says to a cache that it does not know
            _log.info("no cached prefix", exc_info=True)
            return Found(f"the model takes no cached prefix ({type(failure).__name__})")
        if error > TOLERANCE:
            return Found("the model computes something else after a cached prefix")
        window = attention_window(self.model)  # of which a mask of our own would take the place
        return Found(None, (window is None or level < window) and trial.branches)


def longest_cached(model: Any) -> float:
    """Tokens up to which a prefix has the same positions by itself as in a longer text."""
    config = text_config(model)
    rope = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    kinds = {rope.get("rope_type"), rope.get("type")}
    if kinds.isdisjoint(_STRETCHED):
        return math.inf
    original = rope.get("original_max_position_embeddings")
    original = original or getattr(config, "original_max_position_embeddings", None)
    return float(original or config.max_position_embeddings)


@dataclass(frozen=True)
class _Trial:
    """Made-up contexts, each with the same continuations of several tokens."""

    model: Any
    prompts: Sequence[Sequence[int]]

    @cached_property
    def branches(self) -> bool:
        """Whether rows with branches, after a shared prefix and without one, are right."""
        try:
            errors = [self.error(shared=shared, branching=True) for shared in (True, False)]
        except torch.cuda.OutOfMemoryError:
            raise
        except Exception:  # whatever a model says to a mask that it does not know
            _log.info("no branches", exc_info=True)
            return False
        return max(errors) <= TOLERANCE

    @torch.no_grad()
    def error(self, *, shared: bool, branching: bool = False) -> float:
        """Largest relative difference of the logits from those of each sequence by itself."""
        rows = make_rows(self._requests, 10**9, branching=branching)
        with exact_arithmetic(self.model):
            prefix = empty_prefix(self.model, EQUAL_LENGTHS)
            if shared:
                tokens = rows[0].tokens[: common_prefix([row.tokens for row in rows])]
                prefix = compute_prefix(self.model, tokens, prefix)
            places = wanted_places(rows, prefix.length)
            found = run_rows(self.model, prefix, rows, places)
            expected = torch.stack(
                [self._logits(_path(rows[row], node)) for row, node in places.numbers]
            )
        return relative(found[None].cpu(), expected[None].cpu())

    @property
    def _requests(self) -> list[Request]:
        tokens = dict.fromkeys(token for prompt in self.prompts for token in prompt)
        own = list(tokens)[-6:]
        return [
            (None, list(prompt), [own[i % len(own)] for i in option])
            for prompt in self.prompts
            for option in _OPTIONS
        ]

    def _logits(self, path: tuple[int, ...]) -> Tensor:
        """Logits after a sequence, run alone and as it is [vocabulary]."""
        if path not in self._expected:
            ids = torch.tensor([path], device=input_device(self.model))
            self._expected[path] = self.model(input_ids=ids).logits[0, -1]
        return self._expected[path]

    @cached_property
    def _expected(self) -> dict[tuple[int, ...], Tensor]:
        return {}


def _path(row: Row, node: int) -> tuple[int, ...]:
    """Tokens from the start of a row to one of them."""
    path: list[int] = []
    while node >= 0:
        path.append(row.tokens[node])
        node = row.parents[node]
    return tuple(path[::-1])
