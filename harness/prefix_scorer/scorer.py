"""Scoring rows: prefixes once, the rest in batches by tokens, longest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from accelerate.utils.memory import (  # type: ignore[import-untyped]
    should_reduce_batch_size,
)

from harness.prefix_scorer.answers import Score, read_answers, wanted_places
from harness.prefix_scorer.forward import run_rows
from harness.prefix_scorer.prefixes import find_prefixes
from harness.prefix_scorer.rows import Reading, Row
from neurgrad_eval.batching import run_in_batches
from neurgrad_eval.prefix_cache import PrefixCache, compute_prefix

Scores = list[tuple[Reading, Score]]


class Scorer:
    """A model, and how many tokens it takes at once."""

    def __init__(
        self, model: Any, *, max_tokens: int, softmax_dtype: torch.dtype | None = None
    ) -> None:
        self.model = model
        self.max_tokens = max_tokens
        """Tokens per batch, prefix and padding included; halved when memory runs out."""
        self.softmax_dtype = softmax_dtype

    def score(self, rows: Sequence[Row]) -> Iterator[Scores]:
        """Score all readings of all rows, batch by batch.

        Raises
        ------
        UsageError
            Memory does not hold a single row.
        """
        caches: list[PrefixCache] = []
        for prefix in find_prefixes([row.tokens[: row.stem] for row in rows]):
            # What this prefix continues is kept; what came in between has been done with.
            del caches[prefix.level :]
            before = caches[-1] if caches else None
            caches.append(compute_prefix(self.model, prefix.tokens, before=before))
            yield from self._score_after(caches[-1], [rows[row] for row in prefix.rows])

    def _score_after(self, prefix: PrefixCache, rows: Sequence[Row]) -> Iterator[Scores]:
        lengths = [len(row.tokens) for row in rows]

        def compute(indices: list[int]) -> Scores:
            try:
                return self._batch(prefix, [rows[index] for index in indices])
            except RuntimeError as error:
                if not should_reduce_batch_size(error):
                    raise
                # Also what later prefixes start with; the CPU's error is made to look like CUDA's.
                self.max_tokens = max(1, len(indices) * lengths[indices[0]] // 2)
                raise torch.cuda.OutOfMemoryError(str(error)) from None

        size = max(1, len(rows))
        for _, scores in run_in_batches(
            lengths, compute, batch_size=size, max_tokens=self.max_tokens
        ):
            yield scores

    def _batch(self, prefix: PrefixCache, rows: Sequence[Row]) -> Scores:
        places = wanted_places(rows, prefix.length)
        logits = run_rows(self.model, prefix, rows, places)
        return read_answers(logits, places, rows, self.softmax_dtype)
