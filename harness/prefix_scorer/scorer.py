"""Scoring rows: prefixes once, the rest in batches by tokens, longest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate.utils.memory import (  # type: ignore[import-untyped]
    should_reduce_batch_size,
)

from harness.prefix_scorer.answers import Score, read_answers, wanted_places
from harness.prefix_scorer.forward import run_rows
from harness.prefix_scorer.prefixes import find_prefixes
from harness.prefix_scorer.processes import Processes
from harness.prefix_scorer.rows import Reading, Row
from neurgrad_eval.engine.batching import run_in_batches
from neurgrad_eval.engine.prefix_cache import PrefixCache, compute_prefix, empty_prefix
from neurgrad_eval.engine.strategies import EQUAL_LENGTHS

Scores = list[tuple[Reading, Score]]


class Scorer:
    """A model, how many tokens it takes at once, and which share of the batches is computed."""

    def __init__(
        self,
        model: Any,
        *,
        max_tokens: int,
        softmax_dtype: torch.dtype | None = None,
        processes: Processes | None = None,
    ) -> None:
        self.model = model
        self.max_tokens = max_tokens
        """Tokens per batch, prefix and padding included; halved when memory runs out."""
        self.softmax_dtype = softmax_dtype
        self.processes = processes or Processes()

    def score(self, rows: Sequence[Row]) -> Iterator[Scores]:
        """Score the readings of this process's rows, batch by batch.

        Raises
        ------
        UsageError
            Memory does not hold a single row.
        """
        # What is dealt must not depend on whose memory has run out.
        max_tokens = self.max_tokens
        chain: list[_Link] = []
        dealt = 0
        for prefix in find_prefixes([row.tokens[: row.stem] for row in rows]):
            # What this prefix continues is kept; what came in between has been done with.
            del chain[prefix.level :]
            chain.append(_Link(prefix.tokens))
            for batch in _batches([rows[row] for row in prefix.rows], max_tokens):
                if self.processes.has(dealt):
                    yield from self._score_after(self._compute(chain), batch)
                dealt += 1

    def _compute(self, chain: Sequence[_Link]) -> PrefixCache:
        """Cache of prefixes each of which continues the one before, computed where it is not."""
        before = empty_prefix(self.model, EQUAL_LENGTHS)  # for any kind of layer
        for link in chain:
            link.cache = link.cache or compute_prefix(self.model, link.tokens, before)
            before = link.cache
        return before

    def _score_after(self, prefix: PrefixCache, rows: Sequence[Row]) -> Iterator[Scores]:
        lengths = [len(row.tokens) for row in rows]

        def compute(indices: list[int]) -> Scores:
            try:
                return self._batch(prefix, [rows[index] for index in indices])
            except RuntimeError as error:
                if not should_reduce_batch_size(error):
                    raise
                # Also what later batches start with; the CPU's error is made to look like CUDA's.
                self.max_tokens = max(1, len(indices) * lengths[indices[0]] // 2)
                raise torch.cuda.OutOfMemoryError(str(error)) from None

        for _, scores in run_in_batches(
            lengths, compute, batch_size=len(rows), max_tokens=self.max_tokens
        ):
            yield scores

    def _batch(self, prefix: PrefixCache, rows: Sequence[Row]) -> Scores:
        places = wanted_places(rows, prefix.length)
        logits = run_rows(self.model, prefix, rows, places)
        return read_answers(logits, places, rows, self.softmax_dtype)


@dataclass
class _Link:
    """What a prefix adds to the one before it, and the cache of both once it is needed."""

    tokens: tuple[int, ...]
    cache: PrefixCache | None = None


def _batches(rows: Sequence[Row], max_tokens: int) -> Iterator[list[Row]]:
    """Rows in batches of so many tokens, longest first."""
    lengths = [len(row.tokens) for row in rows]
    size = max(1, len(rows))
    for indices, _ in run_in_batches(lengths, list, batch_size=size, max_tokens=max_tokens):
        yield [rows[index] for index in indices]
