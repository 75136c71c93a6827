"""A model that runs prompts: tokenised, prepared by its strategy, in batches that memory holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, TypedDict, TypeVar

import torch
from torch import Tensor

from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.engine.batching import run_in_batches
from neurgrad_eval.engine.budget import Shape, free_memory, prompts_that_fit
from neurgrad_eval.engine.prefix_cache import common_prefix
from neurgrad_eval.engine.reading import AnyBody, body_maker
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.encoding import Encoded, encode
from neurgrad_eval.models.precision import exact_arithmetic
from neurgrad_eval.neuron_model.loaded import LoadedModel

Result = TypeVar("Result", bound=Any)
Answers = Sequence[str] | Sequence[Sequence[str]]
"""The same for all prompts, or a list for each."""
BatchSize = int | Literal["auto"]


class Reading(TypedDict, total=False):
    """How prompts are read; see `NeuronModel.answer_gradients`."""

    space: Space
    batch_size: BatchSize
    max_tokens: int | None
    on_device: bool


class RunningModel(LoadedModel):
    """Runs prompts up to where their answer is predicted."""

    def encode(self, prompts: Sequence[str], answers: Answers) -> Encoded:
        """Tokenise and check prompts and answers; see `encoding.encode`."""
        return encode(self.tokenizer, prompts, answers, self.context, kind=self.kind)

    def bodies(self, prompts: Sequence[Sequence[int]]) -> Callable[[Sequence[int]], AnyBody]:
        """Prepare token ids for reading; see `reading.body_maker`."""
        strategy = self.strategy(max(map(len, prompts)))
        with self.computing():
            make = body_maker(self.model, prompts, self.answer_at, strategy)

        def started(indices: Sequence[int]) -> AnyBody:
            with self.computing():
                return make(indices)

        return started

    def computing(self) -> AbstractContextManager[None]:
        """Compute prompts as `compute_dtype` says inside the `with` block."""
        return exact_arithmetic(self.model) if self.compute_dtype == "float32" else nullcontext()

    def computing_last(self, *, tf32: bool = False) -> AbstractContextManager[None]:
        """Compute the position that is read: in float32 also where the weights are 16 bits.

        Parameters
        ----------
        tf32
            Whether TF32's products will do where `compute_dtype` does not say float32: they do for
            gradients, not for what a small shift changes.
        """
        if self.arithmetic == self.model.dtype:
            return nullcontext()
        return exact_arithmetic(self.model, tf32=tf32 and self.compute_dtype == "auto")

    def _in_batches(
        self,
        encoded: Encoded,
        compute: Callable[[AnyBody, Tensor, list[int]], Result],
        options: Reading,
    ) -> Iterator[tuple[list[int], Result]]:
        make, device = self.bodies(encoded.prompts), input_device(self.model)

        def run(indices: list[int]) -> Result:
            ids = torch.tensor([encoded.answers[i] for i in indices], device=device)
            body = make(indices)
            with self.computing_last(tf32=True):
                return compute(body, ids, indices)

        lengths = [len(prompt) for prompt in encoded.prompts]
        return run_in_batches(
            lengths,
            run,
            batch_size=self._batch_size(encoded, options.get("batch_size", "auto")),
            max_tokens=options.get("max_tokens"),
            equal_lengths=not self.strategy(encoded.longest).pads,
        )

    def _batch_size(self, encoded: Encoded, requested: BatchSize) -> int | Callable[[int], int]:
        """Prompts per batch, or how many for a longest one of so many tokens."""
        if requested != "auto":
            return requested
        shape = Shape.of(self.model, self.widths, self.arithmetic)
        strategy = self.strategy(encoded.longest)
        (free, most), answers = free_memory(self.model), len(encoded.answers[0])
        shared = common_prefix(encoded.prompts) if strategy.shares else 0

        def fitting(longest: int) -> int:
            own, ways = longest - shared, {"cached": strategy.cached, "packs": strategy.packs}
            needed = shape.prompt_bytes(own, shared, answers, **ways)
            return prompts_that_fit(free, needed, most)

        return fitting
