"""A language model whose neurons can be read, differentiated and shifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from mceval8k.errors import UsageError
from neurgrad_eval.encoding import encode
from neurgrad_eval.gradients import batch_gradients, check_space
from neurgrad_eval.prefix_cache import common_prefix, compute_prefix, run_body
from neurgrad_eval.result import AnswerGradients, Space, concatenate
from neurgrad_eval.sites import Site, find_sites

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class NeuronModel:
    """A transformers causal language model, its tokenizer and its neurons.

    Make one with `from_pretrained` or, from a model that is loaded already, `from_model`.
    """

    model: Any
    tokenizer: Any
    sites: tuple[Site, ...]
    name: str
    revision: str | None = None

    @classmethod
    def from_pretrained(
        cls,
        path_or_id: str | Path,
        *,
        dtype: torch.dtype | str = torch.float32,
        device: str | torch.device = "cpu",
        revision: str | None = None,
    ) -> NeuronModel:
        """Load a model.

        Parameters
        ----------
        path_or_id
            A folder in transformers' format, or a Hub id.
        dtype
            Type of the weights; results are float32 whatever it is.
        device
            Where to compute.
        revision
            Branch, tag or commit of a Hub id.

        Raises
        ------
        UsageError
            There is no such model, or its neurons cannot be found.
        """
        wanted = DTYPES.get(dtype) if isinstance(dtype, str) else dtype
        if wanted is None:
            raise UsageError(f"dtype {dtype!r} is none of {', '.join(DTYPES)}")
        try:
            tokenizer = AutoTokenizer.from_pretrained(path_or_id, revision=revision)
            model = AutoModelForCausalLM.from_pretrained(
                path_or_id, revision=revision, dtype=wanted
            )
        except (OSError, ValueError, KeyError) as error:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise UsageError(f"model {path_or_id}: {reason}") from None
        commit = getattr(model.config, "_commit_hash", None)
        model = _to_device(model, device)
        return cls.from_model(model, tokenizer, name=str(path_or_id), revision=commit or revision)

    @classmethod
    def from_model(
        cls, model: Any, tokenizer: Any, *, name: str = "model", revision: str | None = None
    ) -> NeuronModel:
        """Wrap a loaded model: evaluation mode, weights frozen, neurons found and checked.

        Raises
        ------
        UsageError
            The model's neurons cannot be found, or shifting them changes nothing.
        """
        model = model.eval().requires_grad_(False)
        sites = find_sites(model)
        wrapped = cls(model, tokenizer, sites, name, revision)
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
        config = self.model.config.get_text_config(decoder=True)
        limits = [getattr(config, "max_position_embeddings", None)]
        if "sliding_attention" in (getattr(config, "layer_types", None) or ()):
            limits.append(getattr(config, "sliding_window", None))
        return min((limit for limit in limits if limit), default=None)

    def answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Sequence[str] | Sequence[Sequence[str]],
        *,
        space: Space = "hidden",
        batch_size: int = 8,
    ) -> AnswerGradients:
        """Differentiate every answer's probability with respect to every neuron.

        Parameters
        ----------
        prompts
            Texts; the neurons are read at their last token.
        answers
            Literal continuations, each one token after the prompt (`" A"`): the same for all
            prompts, or a list of equal length for each.
        space
            `"hidden"`: the vector that enters the down-projection; `"up"`: the output of the
            up-projection of a gated block.
        batch_size
            Prompts per forward pass.

        Returns
        -------
        AnswerGradients
            Of all prompts, in their order. For many prompts see `iter_answer_gradients`.

        Raises
        ------
        UsageError
            An answer is not one token, or the model has no such space.
        DataError
            A prompt is longer than the model's context.
        """
        order: list[int] = []
        parts = []
        for indices, part in self.iter_answer_gradients(
            prompts, answers, space=space, batch_size=batch_size
        ):
            order.extend(indices)
            parts.append(part)
        return concatenate(parts, order)

    def iter_answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Sequence[str] | Sequence[Sequence[str]],
        *,
        space: Space = "hidden",
        batch_size: int = 8,
    ) -> Iterator[tuple[list[int], AnswerGradients]]:
        """Yield gradients batch by batch, longest prompts first, in constant memory.

        Parameters are those of `answer_gradients`.

        Yields
        ------
        list of int, AnswerGradients
            Indices into `prompts`, and the gradients of just these.
        """
        check_space(self.sites, space)
        encoded = encode(self.tokenizer, prompts, answers, self.context)
        shared = common_prefix(encoded.prompts)
        prefix = compute_prefix(self.model, encoded.prompts[0][:shared])
        order = sorted(range(len(prompts)), key=lambda i: (-len(encoded.prompts[i]), i))
        for start in range(0, len(order), batch_size):
            indices = order[start : start + batch_size]
            body = run_body(self.model, prefix, [encoded.prompts[i][shared:] for i in indices])
            ids = torch.tensor([encoded.answers[i] for i in indices], device=self.model.device)
            yield indices, batch_gradients(self.model, self.sites, body, ids, space)

    def _check_hooks(self) -> None:
        """Differentiate one token's probability: every layer's neurons must matter."""
        start = self.model.config.get_text_config(decoder=True).vocab_size // 2
        body = run_body(self.model, compute_prefix(self.model, []), [[start, start - 1, start - 2]])
        ids = torch.tensor([[start]], device=self.model.device)
        found = batch_gradients(self.model, self.sites, body, ids, "hidden")
        for site, gradient in zip(self.sites, found.gradients, strict=True):
            if gradient.shape[-1] != site.width or not gradient.any():
                raise UsageError(f"model {self.name}: shifting {site.name} changes no logit")


def _to_device(model: Any, device: str | torch.device) -> Any:
    try:
        return model.to(device)
    except (RuntimeError, AssertionError) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise UsageError(f"device {device}: {reason}") from None
