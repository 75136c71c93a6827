"""A model that is loaded: where it comes from, where its neurons are, how its prompts are run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from math import isinf
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from typing_extensions import Self

from mceval8k.errors import UsageError
from neurgrad_eval.digests import fingerprint
from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.engine.trial import TOLERANCE, Choice, StrategyFinder
from neurgrad_eval.models import loading
from neurgrad_eval.models.answer_position import AnswerPosition, answer_position
from neurgrad_eval.models.context import attention_window, context_length
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.encoding import Kind
from neurgrad_eval.models.precision import SHORT
from neurgrad_eval.models.sites import Site, expert_map, find_sites, widths
from neurgrad_eval.models.wrappers import keep_backward, uncompiled
from neurgrad_eval.neurons import ExpertMap

ComputeDtype = Literal["auto", "float32"]
_ROUNDING = 0.25
"""Median relative difference from float32 that float16's rounding explains, and a clamped overflow
exceeds: even the largest was at most 0.04 of some sixty architectures with random weights."""


@dataclass(frozen=True, eq=False, repr=False)
class LoadedModel:
    """A transformers language model, its tokenizer and its neurons."""

    model: Any
    tokenizer: Any
    sites: tuple[Site, ...]
    name: str
    revision: str | None = None
    kind: Kind = "causal"
    compute_dtype: ComputeDtype = "auto"

    @classmethod
    def from_pretrained(
        cls,
        path_or_id: str | Path,
        *,
        kind: Kind | Literal["auto"] = "auto",
        dtype: torch.dtype | str = "default",
        compute_dtype: ComputeDtype = "auto",
        device: str | torch.device = "auto",
        device_map: loading.DeviceMap | None = None,
        revision: str | None = None,
        gguf_file: str | None = None,
        random_weights: int | None = None,
    ) -> Self:
        """Load a model.

        Parameters
        ----------
        path_or_id
            A folder in transformers' format, a Hub id, or a GGUF file.
        kind
            Load it as a causal, a masked or a seq2seq language model; `"auto"`: as its config says.
        dtype
            Type of the weights: `"half"`: float16 where its range holds what the model computes,
            else bfloat16; `"default"`: half on CUDA, else float32; `"auto"`: the checkpoint's.
            Results are float32 whatever it is.
        compute_dtype
            What 16-bit weights are computed with. `"auto"`: their own type, but float32 at the
            position that is read, on CUDA with TF32's products where no neuron is shifted;
            `"float32"`: float32 throughout, slower, in little more memory than the weights take.
        device
            Where to compute; `"auto"`: CUDA where there is one. A model for another device than the
            CPU is loaded straight to it.
        device_map
            Spread the layers over devices instead, as transformers does (`"auto"`).
        revision
            Branch, tag or commit of a Hub id.
        gguf_file
            Name of a GGUF file in the folder or repository.
        random_weights
            Seed of random weights, drawn as before training, in place of the checkpoint's: a
            control for what a probe finds. Its name says so.

        Raises
        ------
        UsageError
            There is no such model, or its neurons cannot be found.
        """
        drawn = "" if random_weights is None else f" (random weights, seed {random_weights})"

        load = partial(
            loading.load,
            path_or_id,
            kind=kind,
            device=device,
            device_map=device_map,
            revision=revision,
            gguf_file=gguf_file,
            random_weights=random_weights,
        )
        about = f"{path_or_id}{drawn}", revision, compute_dtype
        *first, last = loading.weight_types(dtype, device)
        for one in first:
            with suppress(loading.OutOfRangeError):
                return cls._wrap(*load(dtype=one), *about)
        return cls._wrap(*load(dtype=last), *about)

    @classmethod
    def _wrap(
        cls,
        model: Any,
        tokenizer: Any,
        kind: Kind,
        name: str,
        revision: str | None,
        compute_dtype: ComputeDtype,
    ) -> Self:
        commit = getattr(model.config, "_commit_hash", None) or revision
        return cls.from_model(
            model, tokenizer, name=name, revision=commit, kind=kind, compute_dtype=compute_dtype
        )

    @classmethod
    def from_model(
        cls,
        model: Any,
        tokenizer: Any,
        *,
        name: str = "model",
        revision: str | None = None,
        kind: Kind | Literal["auto"] = "auto",
        compute_dtype: ComputeDtype = "auto",
    ) -> Self:
        """Wrap a loaded model: evaluation mode, weights frozen, neurons found and checked.

        Parameters are those of `from_pretrained`.

        Raises
        ------
        UsageError
            The model's neurons cannot be found, no way to read prompts is known to be right, or its
            kernels do not compute in float32.
        """
        if compute_dtype not in get_args(ComputeDtype):
            raise UsageError(f"compute_dtype {compute_dtype!r} is neither auto nor float32")
        model = keep_backward(uncompiled(model)).eval().requires_grad_(False)
        found = loading.kind_of_model(model) if kind == "auto" else kind
        with loading.one_line(f"model {name}"):
            loading.check_kind(model.config, found)
            sites = find_sites(model)
            wrapped = cls(model, tokenizer, sites, name, revision, found, compute_dtype)
            if not wrapped.reading.widens and compute_dtype == "float32":
                raise UsageError(
                    "its kernels do not compute in float32: leave compute_dtype 'auto'"
                )
        return wrapped

    def __repr__(self) -> str:
        first, widths = self.model.config.model_type, sorted(set(self.widths))
        sizes = f"{sum(self.widths):,} neurons in {self.n_layers} layers of "
        return (
            f"{type(self).__name__} {self.name!r} ({first}, {self.kind})\n"
            f"  {sizes}{' or '.join(map(str, widths))}\n"
            f"  spaces: {', '.join(self.spaces)}\n"
            f"  read by: {self.reading.strategy.name}\n"
            f"  {str(self.model.dtype).removeprefix('torch.')} on {input_device(self.model)}"
        )

    @property
    def spaces(self) -> tuple[Space, ...]:
        """Spaces in which neurons can be read."""
        gated = all(site.gate is not None for site in self.sites if site.width)
        return ("hidden", "up") if gated else ("hidden",)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (hexadecimal) of a sample of the weights, which a folder's name does not tell."""
        return fingerprint(self.model)

    def about(self) -> dict[str, Any]:
        """Which model it is, as plain values."""
        experts = {"experts": self.experts.plain()} if self.experts.ranges else {}
        return {
            "model": self.name,
            "revision": self.revision,
            "weights": self.fingerprint,
            "dtype": str(self.model.dtype).removeprefix("torch."),
            **({} if self.compute_dtype == "auto" else {"compute_dtype": self.compute_dtype}),
            **({"rounds_by_batch": True} if self.reading.error > TOLERANCE else {}),
            **experts,
        }

    @property
    def n_layers(self) -> int:
        """Number of blocks."""
        return len(self.widths)

    @property
    def widths(self) -> tuple[int, ...]:
        """Neurons per layer."""
        return widths(self.sites)

    @cached_property
    def experts(self) -> ExpertMap:
        """Which neurons belong to which expert of a mixture of experts."""
        return expert_map(self.sites)

    @cached_property
    def context(self) -> int | None:
        """Longest prompt in tokens, where the model states it."""
        return context_length(self.model)

    @property
    def window(self) -> int | None:
        """Tokens that the narrowest attention sees."""
        return attention_window(self.model)

    @property
    def reading(self) -> Choice:
        """How short prompts are read, and how far that is from a plain forward pass."""
        return self._choice(1)

    @property
    def arithmetic(self) -> torch.dtype:
        """Type in which the position that is read is computed."""
        own: torch.dtype = self.model.dtype
        return torch.float32 if own in SHORT and self.reading.widens else own

    def strategy(self, longest: int) -> Strategy:
        """How prompts of up to `longest` tokens are read; see `trial` for the errors."""
        return self._choice(longest).strategy

    def _choice(self, longest: int) -> Choice:
        choice, dtype = self._strategies.find(longest), self.model.dtype
        clamped = dtype == torch.float16 and choice.rounding > _ROUNDING
        if self.compute_dtype == "auto" and (clamped or isinf(choice.rounding)):
            raise loading.OutOfRangeError(
                f"it does not compute in {dtype} (range or kernels): use another dtype, or "
                "compute_dtype 'float32'"
            )
        return choice

    @cached_property
    def _strategies(self) -> StrategyFinder:
        return StrategyFinder(self.model, self.sites, self.answer_at)

    @cached_property
    def answer_at(self) -> AnswerPosition:
        """Where the answer is predicted, and the neurons are read."""
        return answer_position(self.model, self.tokenizer, self.kind)
