"""A language model whose neurons can be read, differentiated and shifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval import loading
from neurgrad_eval.batching import run_in_batches
from neurgrad_eval.context import context_length
from neurgrad_eval.contrast import (
    Against,
    ContrastGradients,
    Scale,
    batch_contrast,
    check_contrast,
)
from neurgrad_eval.devices import input_device
from neurgrad_eval.encoding import Encoded, encode
from neurgrad_eval.gradients import batch_gradients, check_space
from neurgrad_eval.last_token import Body
from neurgrad_eval.loading import DTYPES
from neurgrad_eval.masked_lm import MaskedBody, mask_token_id
from neurgrad_eval.packing import attention_window, can_pack
from neurgrad_eval.reading import Kind, body_maker
from neurgrad_eval.result import AnswerGradients, Sign, Space, concatenate
from neurgrad_eval.sites import Site, find_sites
from neurgrad_eval.sweeps.result import Sweep

__all__ = ["DTYPES", "NeuronModel"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class NeuronModel:
    """A transformers language model, causal or masked, its tokenizer and its neurons.

    Make one with `from_pretrained` or, from a model that is loaded already, `from_model`.
    """

    model: Any
    tokenizer: Any
    sites: tuple[Site, ...]
    name: str
    revision: str | None = None
    kind: Kind = "causal"

    @classmethod
    def from_pretrained(
        cls,
        path_or_id: str | Path,
        *,
        kind: Kind | Literal["auto"] = "auto",
        dtype: torch.dtype | str = torch.float32,
        device: str | torch.device = "cpu",
        device_map: loading.DeviceMap | None = None,
        revision: str | None = None,
        gguf_file: str | None = None,
    ) -> NeuronModel:
        """Load a model.

        Parameters
        ----------
        path_or_id
            A folder in transformers' format, a Hub id, or a GGUF file.
        kind
            Load it as a causal or a masked language model; `"auto"`: as its config says.
        dtype
            Type of the weights; results are float32 whatever it is.
        device
            Where to compute.
        device_map
            Spread the layers over devices instead, as transformers does (`"auto"`).
        revision
            Branch, tag or commit of a Hub id.
        gguf_file
            Name of a GGUF file in the folder or repository.

        Raises
        ------
        UsageError
            There is no such model, or its neurons cannot be found.
        """
        model, tokenizer, found = loading.load(
            path_or_id,
            kind=kind,
            dtype=dtype,
            device=device,
            device_map=device_map,
            revision=revision,
            gguf_file=gguf_file,
        )
        commit = getattr(model.config, "_commit_hash", None) or revision
        return cls.from_model(model, tokenizer, name=str(path_or_id), revision=commit, kind=found)

    @classmethod
    def from_model(
        cls,
        model: Any,
        tokenizer: Any,
        *,
        name: str = "model",
        revision: str | None = None,
        kind: Kind | Literal["auto"] = "auto",
    ) -> NeuronModel:
        """Wrap a loaded model: evaluation mode, weights frozen, neurons found and checked.

        Raises
        ------
        UsageError
            The model's neurons cannot be found, or shifting them changes nothing.
        """
        model = model.eval().requires_grad_(False)
        found = loading.kind_of_model(model) if kind == "auto" else kind
        wrapped = cls(model, tokenizer, find_sites(model), name, revision, found)
        wrapped._check_hooks()
        return wrapped

    @property
    def n_layers(self) -> int:
        """Number of blocks."""
        return len(self.sites)

    @property
    def widths(self) -> tuple[int, ...]:
        """Neurons per layer."""
        return tuple(site.width for site in self.sites)

    @cached_property
    def context(self) -> int | None:
        """Longest prompt in tokens, where the model states it."""
        return context_length(self.model)

    @property
    def packed(self) -> bool:
        """Whether copies of the last token are read side by side, rather than in a batch."""
        return self.kind == "causal" and can_pack(self.model)

    @property
    def window(self) -> int | None:
        """Tokens that the narrowest attention sees; copies are repeated for longer prompts."""
        return attention_window(self.model)

    def encode(
        self, prompts: Sequence[str], answers: Sequence[str] | Sequence[Sequence[str]]
    ) -> Encoded:
        """Tokenise and check prompts and answers; see `encoding.encode`."""
        masked = self.kind == "masked"
        return encode(self.tokenizer, prompts, answers, self.context, masked=masked)

    def bodies(
        self, prompts: Sequence[Sequence[int]]
    ) -> Callable[[Sequence[int]], Body | MaskedBody]:
        """Prepare token ids for reading; see `reading.body_maker`."""
        mask = mask_token_id(self.tokenizer) if self.kind == "masked" else None
        return body_maker(self.model, prompts, mask)

    def answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Sequence[str] | Sequence[Sequence[str]],
        *,
        space: Space = "hidden",
        batch_size: int = 8,
        max_tokens: int | None = None,
    ) -> AnswerGradients:
        """Differentiate every answer's probability with respect to every neuron.

        Parameters
        ----------
        prompts
            Texts. The neurons are read at the last token; for a masked language model, at the one
            mask token that each text holds.
        answers
            Literal continuations, each one token after the prompt (`" A"`): the same for all
            prompts, or a list of equal length for each. For a masked language model, single tokens
            that stand in place of the mask.
        space
            `"hidden"`: the vector that enters the down-projection; `"up"`: the output of the
            up-projection of a gated block.
        batch_size
            Prompts per forward pass; halved where memory does not hold them.
        max_tokens
            Tokens per forward pass, padding included; None for no limit.

        Returns
        -------
        AnswerGradients
            Of all prompts, in their order. For many prompts see `iter_answer_gradients`.

        Raises
        ------
        UsageError
            An answer is not one token, or the model has no such space.
        DataError
            A prompt is longer than the model's context, or has not one mask token.
        """
        return _joined(
            self.iter_answer_gradients(
                prompts, answers, space=space, batch_size=batch_size, max_tokens=max_tokens
            )
        )

    def iter_answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Sequence[str] | Sequence[Sequence[str]],
        *,
        space: Space = "hidden",
        batch_size: int = 8,
        max_tokens: int | None = None,
    ) -> Iterator[tuple[list[int], AnswerGradients]]:
        """Yield gradients batch by batch, longest prompts first, in constant memory.

        Parameters are those of `answer_gradients`.

        Yields
        ------
        list of int, AnswerGradients
            Indices into `prompts`, and the gradients of just these.
        """
        check_space(self.sites, space)
        encoded = self.encode(prompts, answers)

        def compute(body: Body | MaskedBody, ids: Tensor, _indices: list[int]) -> AnswerGradients:
            return batch_gradients(self.model, self.sites, body, ids, space)

        yield from self._in_batches(encoded, compute, batch_size, max_tokens)

    def contrast_gradients(
        self,
        prompts: Sequence[str],
        answers: Sequence[str] | Sequence[Sequence[str]],
        gold: Sequence[int],
        *,
        against: Against = "mean",
        scale: Scale = "probability",
        space: Space = "hidden",
        batch_size: int = 8,
        max_tokens: int | None = None,
    ) -> ContrastGradients:
        """Differentiate the right answer's lead over the wrong ones, in one backward per batch.

        Parameters
        ----------
        prompts, answers, space, batch_size, max_tokens
            As for `answer_gradients`.
        gold
            Index of each prompt's right answer.
        against
            `"mean"`: all wrong answers alike; `"best"`: the most probable wrong answer.
        scale
            `"probability"`: difference of probabilities; `"log-odds"`: of their logarithms.

        Raises
        ------
        UsageError, DataError
            As for `answer_gradients`; also if there are fewer than two answers, or no such gold.
        """
        check_space(self.sites, space)
        encoded = self.encode(prompts, answers)
        check_contrast(gold, len(prompts), len(encoded.answers[0]), against, scale)

        def compute(body: Body | MaskedBody, ids: Tensor, indices: list[int]) -> ContrastGradients:
            right = torch.tensor([gold[i] for i in indices], device=ids.device)
            return batch_contrast(
                self.model, self.sites, body, ids, right, against=against, scale=scale, space=space
            )

        return _joined(self._in_batches(encoded, compute, batch_size, max_tokens))

    def _in_batches(
        self,
        encoded: Encoded,
        compute: Callable[[Body | MaskedBody, Tensor, list[int]], Result],
        batch_size: int,
        max_tokens: int | None,
    ) -> Iterator[tuple[list[int], Result]]:
        make, device = self.bodies(encoded.prompts), input_device(self.model)

        def run(indices: list[int]) -> Result:
            ids = torch.tensor([encoded.answers[i] for i in indices], device=device)
            return compute(make(indices), ids, indices)

        lengths = [len(prompt) for prompt in encoded.prompts]
        return run_in_batches(lengths, run, batch_size=batch_size, max_tokens=max_tokens)

    def sweep(
        self,
        prompt: str,
        answer: str,
        *,
        neurons: Sequence[tuple[int, int]],
        shifts: Sequence[float] | None = None,
        space: Space = "hidden",
        sign: Sign = "magnitude",
    ) -> Sweep:
        """Shift neurons one at a time and measure the answer; see `sweeps.measure.sweep`."""
        from neurgrad_eval.sweeps.measure import sweep

        return sweep(self, prompt, answer, neurons=neurons, shifts=shifts, space=space, sign=sign)

    def _check_hooks(self) -> None:
        """Differentiate one token's probability: every layer's neurons must matter."""
        start = self.model.config.get_text_config(decoder=True).vocab_size // 2
        middle = start - 1 if self.kind == "causal" else mask_token_id(self.tokenizer)
        body = self.bodies([[start, middle, start - 2]])([0])
        ids = torch.tensor([[start]], device=input_device(self.model))
        found = batch_gradients(self.model, self.sites, body, ids, "hidden")
        for site, gradient in zip(self.sites, found.gradients, strict=True):
            if gradient.shape[-1] != site.width or not gradient.any():
                raise UsageError(f"model {self.name}: shifting {site.name} changes no logit")


def _joined(batches: Iterator[tuple[list[int], Result]]) -> Result:
    order: list[int] = []
    parts = []
    for indices, part in batches:
        order.extend(indices)
        parts.append(part)
    return concatenate(parts, order)
