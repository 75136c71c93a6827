"""The class that lm-eval loads as `hf-prefix`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache
from typing import Any

import torch
from lm_eval.models.huggingface import HFLM
from torch import Tensor
from tqdm import tqdm  # type: ignore[import-untyped]

from harness.prefix_scorer import NAME
from harness.prefix_scorer.answers import Score
from harness.prefix_scorer.generating import (
    Batch,
    Beginning,
    agrees,
    can_continue,
    find_beginning,
)
from harness.prefix_scorer.processes import Processes, has_accelerator
from harness.prefix_scorer.rows import Request, make_rows
from harness.prefix_scorer.scorer import Scorer
from harness.prefix_scorer.support import Support
from harness.prefix_scorer.whole_checkpoints import only_whole_checkpoints

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
    device_map
        Spread the layers over devices: `"auto"`, as transformers does. On a CPU there are none.
    """

    def __init__(
        self,
        *args: Any,
        max_tokens: int | None = None,
        device_map: str | None = None,
        **kwargs: Any,
    ) -> None:
        if max_tokens is not None and int(max_tokens) < 1:
            raise ValueError(f"max_tokens is {max_tokens}: it must be at least 1")
        if device_map is not None and has_accelerator():
            # lm-eval drops the map without `parallelize`, with which a CPU's model goes to disk.
            kwargs |= {"parallelize": True, "device_map": device_map}
        Processes.prepare()
        with only_whole_checkpoints():
            super().__init__(*args, **kwargs)
        self.max_tokens = None if max_tokens is None else int(max_tokens)
        self.processes = Processes.of(self)
        # To lm-eval it is one process that has everything: the work is shared in here.
        self._rank, self._world_size = 0, 1
        # lm-eval encodes an item's context anew for each of its options.
        self._encode = lru_cache(maxsize=8)(super().tok_encode)
        self._said: set[str] = set()
        self._beginning: Beginning | None = None
        self._has_agreed = False

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
            reason = self.processes.agree(self._support.find(self._longest(requests)).reason)
            if reason is None:
                return self._score(requests, disable_tqdm)
            self._say(f"{NAME}: {reason}; scoring as hf does")
        score = super()._loglikelihood_tokens
        quiet = disable_tqdm or not self.processes.is_main
        return self.processes.share(
            [tuple(context) for _, context, _ in requests],
            lambda own: score(
                [requests[i] for i in own], disable_tqdm=quiet, override_bs=override_bs
            ),
        )

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """Generate, each process its share of the texts."""
        generate = super().generate_until
        quiet = disable_tqdm or not self.processes.is_main
        self._beginning = self._find_beginning([self.tok_encode(each.args[0]) for each in requests])
        return self.processes.share(
            range(len(requests)),
            lambda own: generate([requests[i] for i in own], disable_tqdm=quiet),
        )

    def _find_beginning(self, prompts: Sequence[Sequence[int]]) -> Beginning | None:
        """What all prompts begin with, where the model can continue from it."""
        if not prompts:
            return None
        reason = self._support.find(min(max(map(len, prompts)), self.max_length)).reason
        with self._autocast():
            found = None if reason else find_beginning(self.model, prompts)
        self._has_agreed = False
        return found

    def _model_generate(
        self, context: Tensor, max_length: int, stop: list[str], **settings: Any
    ) -> Tensor:
        generate: Callable[..., Tensor] = super()._model_generate
        batch = Batch(context, settings.get("attention_mask", torch.ones_like(context)))
        moved = self._moved(batch) if can_continue(settings) else None
        if moved is None or self._beginning is None:
            return generate(context, max_length, stop, **settings)
        cache = self._beginning.prefix.expand(len(context))
        further = {**settings, "attention_mask": moved.mask, "past_key_values": cache}
        return generate(moved.ids, max_length, stop, **further)

    def _moved(self, batch: Batch) -> Batch | None:
        """Batch that starts with the beginning; the first is compared with the batch as it was."""
        if self._beginning is None:
            return None
        moved = self._beginning.rearranged(batch)
        if moved is None or self._has_agreed:
            return moved
        if not agrees(self.model, self._beginning, batch, moved):
            self._say(f"{NAME}: the model says something else after a cache; generating as hf does")
            self._beginning = None
            return None
        self._has_agreed = True
        return moved

    def _score(self, requests: Sequence[Request], disable_tqdm: bool) -> list[Score]:
        longest = self._longest(requests)
        branching = self.processes.agree(self._support.find(longest).branches)
        rows = make_rows(requests, self.max_length, branching=branching)
        size = self.max_batch_size if self.batch_size == "auto" else self.batch_size
        max_tokens = self.max_tokens or int(size) * longest
        scorer = Scorer(
            self.model,
            max_tokens=max_tokens,
            softmax_dtype=self.softmax_dtype,
            processes=self.processes,
        )
        scores: dict[int, Score] = {}
        with (
            self._autocast(),
            tqdm(
                total=len(requests) // self.processes.count,
                disable=disable_tqdm or not self.processes.is_main,
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
        return self.processes.merge(scores)

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

    @cached_property
    def _support(self) -> Support:
        return Support(self.model, self.backend)

    def _autocast(self) -> torch.autocast:
        """Context of every pass, as in lm-eval's own."""
        dtype = self.mixed_precision_dtype
        return torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None)

    def _say(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            if self.processes.is_main:
                _log.warning(message)
