"""One pass over a batch of rows after their common prefix, with logits only where they are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from harness.prefix_scorer.answers import Places
from harness.prefix_scorer.rows import Row
from neurgrad_eval.engine.prefix_cache import PrefixCache
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.passes import filler


@torch.no_grad()
def run_rows(model: Any, prefix: PrefixCache, rows: Sequence[Row], places: Places) -> Tensor:
    """Run what comes after the prefix in each row.

    Padding is on the right, where no real token sees it. A row with branches needs a mask and
    positions of our own; without one, the model's own attention after a cache is the right one.

    Returns
    -------
    Tensor
        Logits [place, vocabulary].
    """
    device = input_device(model)
    width = max(len(row.tokens) for row in rows) - prefix.length
    ids = torch.full((len(rows), width), filler(model), dtype=torch.long)
    for index, row in enumerate(rows):
        rest = torch.tensor(row.tokens[prefix.length :])
        ids[index, : len(rest)] = rest
    inputs: dict[str, Any] = {"input_ids": ids.to(device), "use_cache": prefix.length > 0}
    if prefix.length:
        inputs["past_key_values"] = prefix.expand(len(rows))
    if any(row.branches for row in rows):
        seen, positions = branching(rows, prefix.length, width)
        mask = torch.zeros(seen.shape, dtype=model.dtype, device=device)
        mask.masked_fill_(~seen.to(device), torch.finfo(model.dtype).min)
        inputs |= {"attention_mask": mask[:, None], "position_ids": positions.to(device)}
    with _only(model, places) as selection:
        logits: Tensor = model(**inputs).logits
    if not selection.made:
        logits = logits[list(places.rows), list(places.columns)]
    return logits.reshape(len(places.rows), -1)


def branching(rows: Sequence[Row], prefix: int, width: int) -> tuple[Tensor, Tensor]:
    """What each token sees, and its position.

    Returns
    -------
    seen: Tensor
        Boolean [row, token, prefix + token]: the prefix, the tokens that lead to it, and itself.
    positions: Tensor
        [row, token]; 0 for padding.
    """
    seen = torch.zeros(len(rows), width, prefix + width, dtype=torch.bool)
    seen[:, :, :prefix] = True
    # Padding sees itself too: a token that sees nothing is NaN in some kinds of attention.
    seen[:, :, prefix:] = torch.eye(width, dtype=torch.bool)
    positions = torch.zeros(len(rows), width, dtype=torch.long)
    for row, sees, place in zip(rows, seen[:, :, prefix:], positions, strict=True):
        for start, end in row.runs(prefix):
            parent = row.parents[start + prefix] - prefix
            if parent >= 0:
                sees[start:end] = sees[parent]
            sees[start:end, start:end] = torch.ones(end - start, end - start).tril().bool()
            first = place[parent] + 1 if parent >= 0 else prefix
            place[start:end] = first + torch.arange(end - start)
    return seen, positions


@dataclass
class _Selection:
    """Whether a pass has computed the logits of some places only."""

    made: bool = False


@contextmanager
def _only(model: Any, places: Places) -> Iterator[_Selection]:
    """Let the output layer compute the logits of `places` only.

    Its vocabulary makes it the largest layer, and all that follows it works token by token. A
    model that does not call it, or has none, computes all logits.
    """
    layer: nn.Module | None = model.get_output_embeddings()
    selection = _Selection()
    if layer is None:
        yield selection
        return

    def select(_: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        hidden, *others = inputs
        selection.made = True
        return (hidden[list(places.rows), list(places.columns)][None], *others)

    hook = layer.register_forward_pre_hook(select)
    try:
        yield selection
    finally:
        hook.remove()
