"""The class that lm-eval loads as `hf-prefix`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

import torch
from lm_eval.models.huggingface import HFLM
from tqdm import tqdm  # type: ignore[import-untyped]

from harness.prefix_scorer import NAME
from harness.prefix_scorer.answers import Score
from harness.prefix_scorer.rows import Request, make_rows
from harness.prefix_scorer.scorer import Scorer
from harness.prefix_scorer.support import can_branch, longest_branching, longest_cached
from harness.prefix_scorer.support import reason_against as model_reason

_log = logging.getLogger(__name__)


class PrefixLM(HFLM):  # type: ignore[misc]
    """lm-eval's `hf`, but what prompts share is computed once.

    Parameters
    ----------
    *args, **kwargs
        Those of `lm_eval.models.huggingface.HFLM`.
    max_tokens
        Tokens per batch, prefix and padding included. By default as many as `batch_size` times the
        longest request (with `auto`, `max_batch_size` times), so that more of the shorter ones fit.
    """

    def __init__(self, *args: Any, max_tokens: int | None = None, **kwargs: Any) -> None:
        if max_tokens is not None and int(max_tokens) < 1:
            raise ValueError(f"max_tokens is {max_tokens}: it must be at least 1")
        super().__init__(*args, **kwargs)
        self.max_tokens = None if max_tokens is None else int(max_tokens)
        # lm-eval encodes an item's context anew for each of its options.
        self._encode = lru_cache(maxsize=8)(super().tok_encode)
        self._said: set[str] = set()

    def tok_encode(self, string: str, *args: Any, **kwargs: Any) -> list[int]:
        """Token ids of a text, as `hf` has them."""
        if args or kwargs:
            ids: list[int] = super().tok_encode(string, *args, **kwargs)
            return ids
        return list(self._encode(string))

    def _loglikelihood_tokens(
        self,
        requests: Sequence[Request],
        disable_tqdm: bool = False,
        override_bs: int | None = None,
    ) -> list[Score]:
        # Windows of long texts (override_bs) share nothing, and what lm-eval refuses it shall say.
        helps = override_bs is None and all(self._is_sound(request) for request in requests)
        if helps and requests:
            reason = self._reason_against(requests)
            if reason is None:
                return self._score(requests, disable_tqdm)
            self._say(f"{NAME}: {reason}; scoring as hf does")
        plain: list[Score] = super()._loglikelihood_tokens(
            requests, disable_tqdm=disable_tqdm, override_bs=override_bs
        )
        return plain

    def _score(self, requests: Sequence[Request], disable_tqdm: bool) -> list[Score]:
        longest = self._longest(requests)
        branching = longest <= longest_branching(self.model) and self._can_branch
        rows = make_rows(requests, self.max_length, branching=branching)
        size = self.max_batch_size if self.batch_size == "auto" else self.batch_size
        max_tokens = self.max_tokens or int(size) * longest
        scorer = Scorer(self.model, max_tokens=max_tokens, softmax_dtype=self.softmax_dtype)
        scores: dict[int, Score] = {}
        with (
            self._autocast(),
            tqdm(
                total=len(requests),
                disable=disable_tqdm or self.rank != 0,
                desc="Running loglikelihood requests",
            ) as bar,
        ):
            for batch in scorer.score(rows):
                for reading, score in batch:
                    scores[reading.request] = score
                    self.cache_hook.add_partial(
                        "loglikelihood", requests[reading.request][0], score
                    )
                bar.update(len(batch))
        return [scores[index] for index in range(len(requests))]

    def _is_sound(self, request: Request) -> bool:
        texts, context, continuation = request
        return texts is not None and 0 < len(continuation) <= self.max_length and bool(context)

    def _longest(self, requests: Sequence[Request]) -> int:
        """Tokens that are run for the longest request."""
        lengths = (len(context) + len(continuation) - 1 for _, context, continuation in requests)
        longest = max(lengths)
        if longest > self.max_length:
            self._say(
                f"{NAME}: some requests have more than the {self.max_length} tokens that the model "
                "takes; their first tokens are cut off, as hf does"
            )
        return int(min(longest, self.max_length))

    def _reason_against(self, requests: Sequence[Request]) -> str | None:
        """Why these requests are scored as `hf` does; None where a prefix can be cached."""
        if self._model_reason is None and self._longest(requests) > longest_cached(self.model):
            return "the model's positions depend on the length of such long prompts"
        return self._model_reason

    @cached_property
    def _model_reason(self) -> str | None:
        with self._autocast():
            return model_reason(self.model, self.backend, self._precision)

    @cached_property
    def _can_branch(self) -> bool:
        with self._autocast():
            return can_branch(self.model, self._precision)

    @property
    def _precision(self) -> torch.dtype:
        precision: torch.dtype = self.mixed_precision_dtype or self.model.dtype
        return precision

    def _autocast(self) -> torch.autocast:
        """Context of every pass, as in lm-eval's own."""
        dtype = self.mixed_precision_dtype
        return torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None)

    def _say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            _log.warning(message)
