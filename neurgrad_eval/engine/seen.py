"""Where a pass is read, and what it showed there.

Values stay as the model computes them: of a mixture of experts, only those of the experts that the
router chose, [row, copy, slot, neuron]. They are put among all neurons of their layer, with zeros
for the experts that were not chosen, when they are read by layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval.models.experts import scattered
from neurgrad_eval.models.sites import Site

What = Literal["hidden", "gate", "up", "leaf"]


@dataclass(frozen=True)
class ReadAt:
    """Which tokens of a pass are read: copies of the position of each row, row after row."""

    rows: int
    copies: int
    positions: Tensor | None = None
    """Position in each row's sequences [row, 1], from its end where negative; each copy of a row is
    then a sequence of its own. Without them all tokens of the pass are read."""

    def take(self, values: Tensor, features: int = 1) -> Tensor:
        """Values [row, copy, ...] out of [token, ...], however tokens are laid out.

        Parameters
        ----------
        values
            In the order of sequences and tokens.
        features
            Trailing dimensions that belong to a token.

        Raises
        ------
        UsageError
            Tokens come before sequences.
        """
        self._check_order(values.shape[: values.ndim - features])
        tokens = values.reshape(-1, *values.shape[values.ndim - features :])
        if self.positions is not None:
            tokens = tokens[self._index(len(tokens), tokens.device)]
        return tokens.reshape(self.rows, self.copies, *tokens.shape[1:])

    def _check_order(self, shape: torch.Size) -> None:
        sequences = self.rows * self.copies
        if self.positions is None or len(shape) != 2 or min(shape[0], sequences) < 2:
            return
        if shape[0] != sequences == shape[1]:
            raise UsageError(
                "the model holds tokens before rows ([token, row, width]), which is not "
                "supported: hidden states must be [row, token, width]"
            )

    def add(self, values: Tensor, delta: Tensor) -> Tensor:
        """Add delta [row, copy, ...] to the tokens that are read; the layout stays."""
        features = delta.ndim - 2
        tokens = values.reshape(-1, *values.shape[values.ndim - features :])
        delta = delta.reshape(-1, *delta.shape[2:]).to(tokens)
        if self.positions is None:
            return (tokens + delta).reshape(values.shape)
        index = self._index(len(tokens), tokens.device)
        return tokens.index_add(0, index, delta).reshape(values.shape)

    def _index(self, tokens: int, device: torch.device) -> Tensor:
        """Number of each token that is read among all of the pass."""
        assert self.positions is not None
        sequences = self.rows * self.copies
        length = tokens // sequences
        own = self.positions[:, 0].to(device).repeat_interleave(self.copies) % length
        return torch.arange(sequences, device=device) * length + own


@dataclass
class Seen:
    """What a pass showed of one site where it is read, before anything is added, detached.

    Values are [row, copy, neuron], or [row, copy, slot, neuron] of experts.
    """

    site: Site
    hidden: Tensor | None = None
    gate: Tensor | None = None
    """After the activation function; None where the site is not gated."""
    up: Tensor | None = None
    chosen: Tensor | None = None
    """Experts in each slot [row, copy, slot]."""
    leaf: Tensor | None = None
    """Zeros that were added and collect gradients."""

    def spread(self, values: Tensor) -> Tensor:
        """Values of this site among all its neurons [row, copy, neuron]."""
        experts = self.site.experts
        if experts is None:
            return values
        chosen = shown(self, self.chosen)[:, : values.shape[1]]
        return scattered(values, chosen, experts.weights.count)


class Readings:
    """What the pass showed, by site; by layer on demand."""

    def __init__(self, sites: Sequence[Site]) -> None:
        self.seen = [Seen(site) for site in sites if site.width]
        self._layers = sites[-1].layer + 1

    @property
    def hidden(self) -> dict[int, Tensor]:
        """Layer to h [row, copy, neuron]."""
        return dict(enumerate(self.by_layer(self.get("hidden"))))

    @property
    def there(self) -> dict[int, Tensor]:
        """Layer to 1 for neurons that ran, 0 for those of experts that were not chosen."""
        return dict(enumerate(self.by_layer(list(map(torch.ones_like, self.get("hidden"))))))

    @property
    def gate(self) -> dict[int, Tensor]:
        """Layer to act(gate) [row, copy, neuron]."""
        return dict(enumerate(self.by_layer(self.get("gate"))))

    @property
    def up(self) -> dict[int, Tensor]:
        """Layer to the up-projection's output [row, copy, neuron]."""
        return dict(enumerate(self.by_layer(self.get("up"))))

    @property
    def leaves(self) -> list[Tensor]:
        """What is differentiated, by site."""
        return self.get("leaf")

    def get(self, what: What) -> list[Tensor]:
        """Values of every site, as it shows them; UsageError if the pass went by one."""
        return [shown(seen, getattr(seen, what)) for seen in self.seen]

    def by_layer(self, values: Sequence[Tensor]) -> Iterator[Tensor]:
        """Put values of every site, as it shows them, among all neurons of its layer.

        Parameters
        ----------
        values
            Of all copies, or of the first ones.

        Yields
        ------
        Tensor [row, copy, neuron]
            Of every layer of the model; without neurons where it has no feed-forward block.
        """
        pairs = list(zip(self.seen, values, strict=True))
        empty = values[0].new_zeros(*values[0].shape[:2], 0)
        for layer in range(self._layers):
            parts = [seen.spread(own) for seen, own in pairs if seen.site.layer == layer]
            yield torch.cat(parts, dim=-1) if len(parts) > 1 else (parts or [empty])[0]


def shown(seen: Seen, values: Tensor | None) -> Tensor:
    """What has been seen; UsageError if the pass went by the site."""
    if values is None:
        raise UsageError(
            f"{seen.site.name} is passed by: text does not run through it, as through experts for "
            "images, or by fused kernels, which cannot be hooked"
        )
    return values
