"""From logits to lm-eval's answers: log-likelihood and whether greedy decoding agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from harness.prefix_scorer.rows import Reading, Row

Score = tuple[float, bool]
"""Log-likelihood of a continuation (nats), and whether greedy decoding gives it."""


@dataclass(frozen=True)
class Places:
    """Tokens of a batch whose logits are wanted, each once."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    """Index of each token in what comes after the prefix."""
    numbers: dict[tuple[int, int], int]
    """From row and token to the index of its logits."""


def wanted_places(rows: Sequence[Row], prefix: int) -> Places:
    """All tokens at which rows are read, after a prefix of `prefix` tokens."""
    numbers: dict[tuple[int, int], int] = {}
    for index, row in enumerate(rows):
        for reading in row.readings:
            for node in reading.nodes:
                numbers.setdefault((index, node), len(numbers))
    return Places(
        tuple(row for row, _ in numbers), tuple(node - prefix for _, node in numbers), numbers
    )


def read_answers(
    logits: Tensor, places: Places, rows: Sequence[Row], dtype: torch.dtype | None
) -> list[tuple[Reading, Score]]:
    """Answers to all requests of a batch.

    Parameters
    ----------
    logits
        [place, vocabulary].
    places, rows
        What the logits are of.
    dtype
        Type in which probabilities are computed; None for that of the logits.
    """
    read = [(index, reading) for index, row in enumerate(rows) for reading in row.readings]
    numbers = [places.numbers[index, node] for index, r in read for node in r.nodes]
    where = torch.tensor(numbers, device=logits.device)
    tokens = torch.tensor([t for _, r in read for t in r.continuation], device=logits.device)
    log_probabilities = log_softmax(logits, dim=-1, dtype=dtype)
    greedy = (log_probabilities.argmax(-1)[where] == tokens).cpu()
    chosen = log_probabilities[where, tokens].cpu()
    lengths = [len(r.nodes) for _, r in read]
    parts = zip(
        read,
        torch.split_with_sizes(chosen, lengths),
        torch.split_with_sizes(greedy, lengths),
        strict=True,
    )
    return [(r, (float(c.sum()), bool(g.all()))) for (_, r), c, g in parts]
