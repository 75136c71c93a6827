"""Processes among which a model's work is shared: those of `accelerate launch`, or this one alone.

lm-eval deals whole items, so that what a batch holds, and with it the rounding of every number,
depends on how many processes there are. Here every process gets all requests, and computes its
share of the same batches; then each is given the answers of all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

T = TypeVar("T")


def has_accelerator() -> bool:
    """Whether there is a GPU or the like."""
    return bool(getattr(torch, "accelerator", torch.cuda).is_available())


@dataclass(frozen=True)
class Processes:
    """One process among several, or alone."""

    index: int = 0
    count: int = 1

    @staticmethod
    def prepare() -> None:
        """Make Accelerate take processes without a GPU for what they are, whoever started them."""
        if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not has_accelerator():
            os.environ.setdefault("ACCELERATE_USE_CPU", "true")
            # Weights would be copied to `cpu:0`, and where they lie shows in a product's rounding.
            os.environ.setdefault("ACCELERATE_TORCH_DEVICE", "cpu")

    @classmethod
    def of(cls, lm: Any) -> Processes:
        """Those for which lm-eval has loaded a transformers model."""
        launched = getattr(lm, "accelerator", None)
        return cls(launched.process_index, launched.num_processes) if launched else cls()

    @property
    def is_main(self) -> bool:
        """Whether this process writes and prints."""
        return self.index == 0

    def has(self, number: int) -> bool:
        """Whether a piece of work, all being numbered, is this process's."""
        return number % self.count == self.index

    def agree(self, own: T) -> T:
        """What the main process has, in every process."""
        return self.gather(own)[0]

    def gather(self, own: T) -> list[T]:
        """What each process has, in every process."""
        found: list[Any] = [own]
        if self.count > 1:
            found = [None] * self.count
            torch.distributed.all_gather_object(found, own)
        return found

    def merge(self, own: dict[int, T]) -> list[T]:
        """Return the answers of all processes in their order; each has the numbers of its own."""
        merged = {number: answer for part in self.gather(own) for number, answer in part.items()}
        return [merged[number] for number in range(len(merged))]

    def share(self, keys: Sequence[Hashable], ask: Callable[[list[int]], Sequence[T]]) -> list[T]:
        """Answers to everything, of which each process computes its part.

        Parameters
        ----------
        keys
            One for each request; requests of equal keys stay together.
        ask
            Called with indices into `keys`.
        """
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        own = [index for index, key in enumerate(keys) if self.has(numbers[key])]
        return self.merge(dict(zip(own, ask(own) if own else (), strict=True)))
