"""A language model whose neurons can be read, differentiated and shifted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar, get_args

import torch
from torch import Tensor
from typing_extensions import Unpack

from mceval8k.errors import UsageError
from neurgrad_eval.digests import fingerprint
from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space, concatenate
from neurgrad_eval.engine.batching import run_in_batches
from neurgrad_eval.engine.budget import Shape, free_memory, prompts_that_fit
from neurgrad_eval.engine.contrast import (
    Against,
    ContrastGradients,
    Scale,
    batch_contrast,
    check_contrast,
)
from neurgrad_eval.engine.edits import At, Edits, editing
from neurgrad_eval.engine.generation import continue_prompt
from neurgrad_eval.engine.gradients import batch_gradients, check_space
from neurgrad_eval.engine.last_token import Body
from neurgrad_eval.engine.precision import exact_arithmetic
from neurgrad_eval.engine.prefix_cache import common_prefix
from neurgrad_eval.engine.reading import body_maker
from neurgrad_eval.engine.strategies import Strategy
from neurgrad_eval.engine.trial import Choice, StrategyFinder
from neurgrad_eval.engine.whole import WholeBody
from neurgrad_eval.models import loading
from neurgrad_eval.models.context import attention_window, context_length
from neurgrad_eval.models.devices import input_device
from neurgrad_eval.models.encoding import Encoded, encode, mask_token_id
from neurgrad_eval.models.loading import Kind
from neurgrad_eval.models.sites import Site, expert_map, find_sites, widths
from neurgrad_eval.models.wrappers import uncompiled
from neurgrad_eval.neurons import ExpertMap

Result = TypeVar("Result", bound=Any)
Answers = Sequence[str] | Sequence[Sequence[str]]
"""The same for all prompts, or a list for each."""
BatchSize = int | Literal["auto"]
ComputeDtype = Literal["auto", "float32"]


class Reading(TypedDict, total=False):
    """How prompts are read; see `NeuronModel.answer_gradients`."""

    space: Space
    batch_size: BatchSize
    max_tokens: int | None
    on_device: bool


@dataclass(frozen=True, eq=False, repr=False)
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
    ) -> NeuronModel:
        """Load a model.

        Parameters
        ----------
        path_or_id
            A folder in transformers' format, a Hub id, or a GGUF file.
        kind
            Load it as a causal or a masked language model; `"auto"`: as its config says.
        dtype
            Type of the weights; `"default"`: bfloat16 on CUDA, else float32; `"auto"`: the
            checkpoint's. Results are float32 whatever it is.
        compute_dtype
            What 16-bit weights are computed with. `"auto"`: their own type, but float32 for the
            token at which neurons are shifted; `"float32"`: float32 throughout, slower, in little
            more memory than the weights take.
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
        model, tokenizer, found = loading.load(
            path_or_id,
            kind=kind,
            dtype=dtype,
            device=device,
            device_map=device_map,
            revision=revision,
            gguf_file=gguf_file,
            random_weights=random_weights,
        )
        drawn = "" if random_weights is None else f" (random weights, seed {random_weights})"
        name = f"{path_or_id}{drawn}"
        commit = getattr(model.config, "_commit_hash", None) or revision
        return cls.from_model(
            model, tokenizer, name=name, revision=commit, kind=found, compute_dtype=compute_dtype
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
    ) -> NeuronModel:
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
        model = uncompiled(model).eval().requires_grad_(False)
        found = loading.kind_of_model(model) if kind == "auto" else kind
        with loading.one_line(f"model {name}"):
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
            f"NeuronModel {self.name!r} ({first}, {self.kind})\n"
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
        return self._strategies.find(1)

    @property
    def arithmetic(self) -> torch.dtype:
        """Type in which the last token is computed when neurons are shifted."""
        short = self.model.dtype in (torch.bfloat16, torch.float16)
        own: torch.dtype = self.model.dtype
        return torch.float32 if short and self.reading.widens else own

    def strategy(self, longest: int) -> Strategy:
        """How prompts of up to `longest` tokens are read; see `trial` for the errors."""
        return self._strategies.find(longest).strategy

    @cached_property
    def _strategies(self) -> StrategyFinder:
        return StrategyFinder(self.model, self.sites, self._mask_id)

    @cached_property
    def _mask_id(self) -> int | None:
        return mask_token_id(self.tokenizer) if self.kind == "masked" else None

    def encode(self, prompts: Sequence[str], answers: Answers) -> Encoded:
        """Tokenise and check prompts and answers; see `encoding.encode`."""
        masked = self.kind == "masked"
        return encode(self.tokenizer, prompts, answers, self.context, masked=masked)

    def bodies(
        self, prompts: Sequence[Sequence[int]]
    ) -> Callable[[Sequence[int]], Body | WholeBody]:
        """Prepare token ids for reading; see `reading.body_maker`."""
        strategy = self.strategy(max(map(len, prompts)))
        with self.computing():
            make = body_maker(self.model, prompts, self._mask_id, strategy)

        def started(indices: Sequence[int]) -> Body | WholeBody:
            with self.computing():
                return make(indices)

        return started

    def computing(self) -> AbstractContextManager[None]:
        """Compute as `compute_dtype` says inside the `with` block."""
        return exact_arithmetic(self.model) if self.compute_dtype == "float32" else nullcontext()

    def answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Answers,
        *,
        space: Space = "hidden",
        batch_size: BatchSize = "auto",
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
            Prompts per forward pass; `"auto"`: as many as the free memory holds (`engine.budget`),
            at most 8 on a CPU. Halved where memory does not hold them.
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
        self, prompts: Sequence[str], answers: Answers, **options: Unpack[Reading]
    ) -> Iterator[tuple[list[int], AnswerGradients]]:
        """Yield gradients batch by batch, longest prompts first, in constant memory.

        Parameters are those of `answer_gradients`; `on_device=True` leaves the tensors where the
        model computes them, instead of moving them to the CPU.

        Yields
        ------
        list of int, AnswerGradients
            Indices into `prompts`, and the gradients of just these.
        """
        space = options.get("space", "hidden")
        check_space(self.sites, space)
        encoded = self.encode(prompts, answers)
        texts = encoded.texts

        def compute(body: Body | WholeBody, ids: Tensor, indices: list[int]) -> AnswerGradients:
            found = batch_gradients(self.model, self.sites, body, ids, space)
            named = tuple(prompts[i] for i in indices), tuple(texts[i] for i in indices)
            found = replace(found, prompts=named[0], answers=named[1], experts=self.experts)
            return found if options.get("on_device") else found.cpu()

        yield from self._in_batches(encoded, compute, options)

    def contrast_gradients(
        self,
        prompts: Sequence[str],
        answers: Answers,
        gold: Sequence[int],
        *,
        against: Against = "mean",
        scale: Scale = "probability",
        **options: Unpack[Reading],
    ) -> ContrastGradients:
        """Differentiate the right answer's lead over the wrong ones, in one backward per batch.

        Parameters
        ----------
        prompts, answers, options
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
        space = options.get("space", "hidden")
        check_space(self.sites, space)
        encoded = self.encode(prompts, answers)
        check_contrast(gold, len(prompts), len(encoded.answers[0]), against, scale)

        def compute(body: Body | WholeBody, ids: Tensor, indices: list[int]) -> ContrastGradients:
            right = torch.tensor([gold[i] for i in indices], device=ids.device)
            return batch_contrast(
                self.model, self.sites, body, ids, right, against=against, scale=scale, space=space
            )

        return _joined(self._in_batches(encoded, compute, options))

    def _in_batches(
        self,
        encoded: Encoded,
        compute: Callable[[Body | WholeBody, Tensor, list[int]], Result],
        options: Reading,
    ) -> Iterator[tuple[list[int], Result]]:
        make, device = self.bodies(encoded.prompts), input_device(self.model)

        def run(indices: list[int]) -> Result:
            ids = torch.tensor([encoded.answers[i] for i in indices], device=device)
            body = make(indices)
            with self.computing():
                return compute(body, ids, indices)

        lengths = [len(prompt) for prompt in encoded.prompts]
        return run_in_batches(
            lengths,
            run,
            batch_size=self._batch_size(encoded, options.get("batch_size", "auto")),
            max_tokens=options.get("max_tokens"),
            equal_lengths=not self.strategy(encoded.longest).pads,
        )

    def _batch_size(self, encoded: Encoded, asked: BatchSize) -> int | Callable[[int], int]:
        """Prompts per batch, or how many for a longest one of so many tokens."""
        if asked != "auto":
            return asked
        shape, strategy = Shape.of(self.model, self.widths), self.strategy(encoded.longest)
        (free, most), answers = free_memory(self.model), len(encoded.answers[0])
        shared = common_prefix(encoded.prompts) if strategy.shares else 0

        def fitting(longest: int) -> int:
            own = longest - shared
            needed = shape.prompt_bytes(own, shared, answers, cached=strategy.cached)
            return prompts_that_fit(free, needed, most)

        return fitting

    @contextmanager
    def intervene(
        self,
        *,
        add: Edits | None = None,
        scale: Edits | None = None,
        set: Edits | None = None,  # noqa: A002 - what it does
        at: At = "last",
    ) -> Iterator[None]:
        """Edit single neurons in everything that the model computes inside the `with` block.

        Gradients and sweeps inside it are those of the edited neurons: activations are read, and
        shifts added, after the edit.

        Parameters
        ----------
        add, scale, set
            By (layer, neuron) in the space `hidden`: what is added, in activation units, what the
            activation is multiplied with, or what it is set to. Of one neuron they are carried out
            in the order set, scale, add.
        at
            `"last"`: at the position that predicts the next token, of each pass; with `generate`,
            of the prompt's last token and of every token after it. `"all"`: at every position.

        Raises
        ------
        UsageError
            Nothing is edited, a neuron does not exist, or `"last"` is asked of a masked language
            model.
        """
        if at == "last" and self.kind == "masked":
            raise UsageError("a masked language model has no last position: give at='all'")
        with editing(self.model, self.sites, add=add, scale=scale, set=set, at=at):
            yield

    def generate(self, prompt: str, *, max_new_tokens: int = 20, **options: Any) -> str:
        """Generate a text after a prompt, greedily unless `options` say otherwise.

        Parameters
        ----------
        prompt
            A text.
        max_new_tokens
            Tokens at most.
        options
            Of transformers' `generate`.

        Returns
        -------
        str
            The continuation, without the prompt.

        Raises
        ------
        UsageError
            The model is a masked language model.
        DataError
            The prompt is empty, or longer than the model's context with what may follow it.
        """
        if self.kind == "masked":
            raise UsageError("a masked language model generates no text")
        with self.computing():
            return continue_prompt(
                self.model,
                self.tokenizer,
                prompt,
                max_new_tokens=max_new_tokens,
                context=self.context,
                options=options,
            )


def _joined(batches: Iterator[tuple[list[int], Result]]) -> Result:
    order: list[int] = []
    parts = []
    for indices, part in batches:
        order.extend(indices)
        parts.append(part)
    return concatenate(parts, order)
