"""Ways to run several last tokens after each prompt of a batch, with equal results.

- **Packed**: the tokens of a prompt lie side by side on the sequence axis at one position, and a
  4-D mask lets each see the prompt and itself. The prompt's keys and values are held once. Where
  prompts share a long beginning, the tokens of several prompts lie side by side, too, after one
  copy of it: what is moved and differentiated in such a pass are mostly keys and values.
- **Repeated**: the tokens of a prompt are rows of a larger batch, and its keys and values are
  repeated for each. Prompts are moved to the right end of the cache, which is the layout of
  left-padded generation.
- **Continued**: as repeated, for prompts of one length. The model is given nothing but its own
  cache and the tokens, so that it needs no mask and no positions; layers may keep any state.

`trial` says which of them a model can do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from neurgrad_eval.engine.caches import keeping_states, select_rows
from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.models.passes import takes

_COPIES = 64


@dataclass(frozen=True)
class Body:
    """A batch of prompts of which everything but the last token has been run."""

    cache: DynamicCache
    lengths: Tensor
    """Tokens before the last one, prefix included [row]."""
    last: Tensor
    """The last tokens [row]."""
    strategy: Strategy
    """How it has been run, and will be read."""
    shared: int = 0
    """Tokens at the beginning of the cache that are the same in all rows."""

    @property
    def positions(self) -> None:
        """Where the neurons are read: at every token of the last pass."""
        return


def read_packed(model: Any, body: Body, tokens: Tensor) -> Tensor:
    """Run `tokens` [row, copy] side by side; consumes the body's cache.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    if (sequences := _sequences(body, tokens.shape[1])) > 1:
        spread = tokens.reshape(sequences, -1)
        return read_packed(model, _expand(body, sequences), spread).reshape(*tokens.shape, -1)
    together = _rows_together(body)
    positions = body.lengths[:, None].expand_as(tokens)
    logits: Tensor = model(
        input_ids=_joined(tokens, together),
        attention_mask=_packed_mask(body, tokens.shape[1], together, model.dtype),
        past_key_values=body.cache if together == 1 else _side_by_side(body, together),
        use_cache=True,
        **_positions(model, _joined(positions, together)),
    ).logits
    return logits.reshape(*tokens.shape, -1)


def read_repeated(model: Any, body: Body, tokens: Tensor) -> Tensor:
    """Run `tokens` [row, copy] as rows of a batch.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    copies = tokens.shape[1]
    cached = body.cache.get_seq_length()
    lengths = body.lengths.repeat_interleave(copies)
    there = torch.arange(cached + 1, device=lengths.device) >= cached - lengths[:, None]
    logits = model(
        input_ids=tokens.reshape(-1, 1),
        attention_mask=there.long(),
        past_key_values=_repeat(body, copies),
        use_cache=True,
        **_positions(model, lengths[:, None]),
    ).logits
    return logits.reshape(*tokens.shape, -1)  # type: ignore[no-any-return]


def read_continued(model: Any, body: Body, tokens: Tensor) -> Tensor:
    """Run `tokens` [row, copy] as rows of a batch after prompts of one length.

    Returns
    -------
    Tensor
        Logits of the next token [row, copy, vocabulary].
    """
    rows = torch.arange(len(tokens), device=tokens.device).repeat_interleave(tokens.shape[1])
    cache = select_rows(body.cache, rows)
    with keeping_states(cache):
        logits = model(
            input_ids=tokens.reshape(-1, 1), past_key_values=cache, use_cache=True
        ).logits
    return logits.reshape(*tokens.shape, -1)  # type: ignore[no-any-return]


def _positions(model: Any, positions: Tensor) -> dict[str, Tensor]:
    """Position ids, for models that take them; others derive them from the mask."""
    return {"position_ids": positions} if takes(model, "position_ids") else {}


def _repeat(body: Body, copies: int) -> DynamicCache:
    """Keys and values of each prompt `copies` times, its padding moved to the left."""
    cached = body.cache.get_seq_length()
    padding = cached - body.lengths
    source = (torch.arange(cached, device=padding.device) - padding[:, None]) % max(cached, 1)
    repeated = DynamicCache()
    layers: Any = body.cache.layers
    for layer, kept in enumerate(layers):
        keys = _gather(kept.keys, source, copies)
        repeated.update(keys, _gather(kept.values, source, copies), layer)
    return repeated


def _gather(values: Tensor, source: Tensor, copies: int) -> Tensor:
    """Tokens `source` [row, token] of keys or values [row, head, token, dimension]."""
    index = source.to(values.device)[:, None, :, None].expand_as(values)
    return values.gather(2, index).repeat_interleave(copies, dim=0)


def _sequences(body: Body, copies: int) -> int:
    """Over how many sequences the many copies of a single row are spread.

    Copies do not see each other, but each is compared with all others of its sequence.
    """
    if len(body.lengths) > 1 or copies <= _COPIES:
        return 1
    return copies // min(n for n in range(_COPIES, copies + 1) if copies % n == 0)


def _expand(body: Body, rows: int) -> Body:
    """Body of one row, as if it had been run in several."""
    cache = DynamicCache()
    layers: Any = body.cache.layers
    for number, layer in enumerate(layers):
        keys, values = (kept.expand(rows, -1, -1, -1) for kept in (layer.keys, layer.values))
        cache.update(keys, values, number)
    lengths, last = body.lengths.expand(rows), body.last.expand(rows)
    return replace(body, cache=cache, lengths=lengths, last=last, shared=0)


def _rows_together(body: Body) -> int:
    """How many rows are read side by side: as many as add at most twice the tokens they share."""
    rows = len(body.lengths)
    own = body.cache.get_seq_length() - body.shared
    limit = 2 * body.shared // max(own, 1)
    return max((n for n in range(1, rows + 1) if rows % n == 0 and n <= limit), default=1)


def _joined(values: Tensor, together: int) -> Tensor:
    """Values [row, copy] of several rows side by side."""
    return values.reshape(-1, together * values.shape[1])


def _side_by_side(body: Body, together: int) -> DynamicCache:
    """What rows share once, then what each of them has of its own."""
    joined, shared = DynamicCache(), body.shared
    layers: Any = body.cache.layers
    for number, layer in enumerate(layers):
        keys, values = (
            torch.cat([kept[::together, :, :shared], _own(kept[:, :, shared:], together)], dim=2)
            for kept in (layer.keys, layer.values)
        )
        joined.update(keys, values, number)
    return joined


def _own(values: Tensor, together: int) -> Tensor:
    """Keys or values [row, head, token, dimension] of several rows one after the other."""
    rows, heads, tokens, dimension = values.shape
    grouped = values.reshape(rows // together, together, heads, tokens, dimension)
    return grouped.transpose(1, 2).flatten(2, 3)


def _packed_mask(body: Body, copies: int, together: int, dtype: torch.dtype) -> Tensor:
    """Additive mask [sequence, 1, copy, token + copy]: each copy sees its prompt and itself.

    A sequence holds `together` rows; its tokens are those that rows share, then their own.
    """
    device = body.lengths.device
    cached = body.cache.get_seq_length()
    there = torch.arange(cached, device=device) < body.lengths[:, None]
    there = there.reshape(len(there) // together, together, cached)
    shared, own = there[..., : body.shared], there[..., body.shared :]
    same = torch.eye(together, dtype=torch.bool, device=device)
    # [sequence, row that sees, row that is seen, token]
    others = (same[None, :, :, None] & own[:, None]).flatten(2, 3)
    prompt = torch.cat([shared, others], dim=2).repeat_interleave(copies, dim=1)
    itself = torch.eye(together * copies, dtype=torch.bool, device=device)
    seen = torch.cat([prompt, itself.expand(len(prompt), -1, -1)], dim=2)
    mask = torch.zeros(seen.shape, dtype=dtype, device=device)
    return mask.masked_fill(~seen, torch.finfo(dtype).min)[:, None]
