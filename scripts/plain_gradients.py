"""Gradients of one prompt by nothing but a forward and a backward pass of transformers' own code.

The hidden vector of a dense block is what its down-projection is called with. Fused experts call no
module: their hidden vectors are what is multiplied with a part of the down-projection's tensor, in
the rows whose input is the token that is read. Nothing of the engine takes part but the list of
where neurons are.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from neurgrad_eval.models.passes import decoder_embeddings
from neurgrad_eval.models.sites import Site

_DOWN = ("down_proj", "output_linear.weight", "mlp.w2")


@dataclass
class Values:
    """Values whose gradient is asked for, and where those of the token that is read lie in them."""

    tensor: Tensor
    row: int
    """Of the tensor as [row, column]."""
    columns: slice
    start: int
    """Number of the first of them within the layer."""


@dataclass(frozen=True)
class Plain:
    """Of one prompt: probabilities [answer]; by layer gradients [answer, neuron], activations."""

    probabilities: Tensor
    gradients: list[Tensor]
    activations: list[Tensor]


def plain_gradients(
    model: Any,
    sites: Sequence[Site],
    ids: Sequence[int],
    read: int,
    answers: Sequence[int],
    up: bool,
    start: Sequence[int] = (),
) -> Plain:
    """Differentiate each answer's probability at token `read` of a prompt that is run alone.

    Parameters
    ----------
    model
        A transformers language model.
    sites
        Its neurons.
    ids, read, answers
        Token ids of the prompt, the position that predicts the answer (from the end where negative,
        since some models put tokens before the prompt), token ids of the answers.
    up
        With respect to the up-projections' outputs, instead of the hidden vectors.
    start
        Token ids that the decoder of an encoder-decoder begins with; it is there that `read` is.
    """
    embeddings = decoder_embeddings(model)
    inputs = {"input_ids": torch.tensor([list(ids)])}
    if start:
        inputs["decoder_input_ids"] = torch.tensor([list(start)])
    with torch.enable_grad(), _differentiable(embeddings), _Record(sites, read, up) as record:
        logits = model(**inputs, **without_cache(model)).logits[0, read]
        found = logits.softmax(-1)[torch.tensor(answers)]
        tensors = [value.tensor for values in record.layers.values() for value in values]
        slopes = [
            torch.autograd.grad(p, tensors, retain_graph=True, allow_unused=True) for p in found
        ]
    per_answer = [_by_layer(record, _by_tensor(tensors, own)) for own in slopes]
    gradients = [torch.stack(layer) for layer in zip(*per_answer, strict=True)]
    activations = _by_layer(record, _by_tensor(tensors, tensors))
    return Plain(found.detach(), gradients, activations)


def without_cache(model: Any) -> dict[str, bool]:
    """Arguments of a pass that keeps nothing for a next one."""
    takes = inspect.signature(type(model).forward).parameters
    return {"use_cache": False} if "use_cache" in takes else {}


@contextmanager
def _differentiable(module: nn.Module) -> Iterator[None]:
    """Let gradients flow from a module's weights on."""
    weights = list(module.parameters())
    for weight in weights:
        weight.requires_grad_(True)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(False)


def _by_tensor(
    tensors: Sequence[Tensor], values: Sequence[Tensor | None]
) -> dict[int, Tensor | None]:
    return {id(tensor): value for tensor, value in zip(tensors, values, strict=True)}


def _by_layer(record: _Record, values: dict[int, Tensor | None]) -> list[Tensor]:
    layers = []
    for layer, width in enumerate(record.widths):
        neurons = torch.zeros(width, dtype=torch.float64)
        for part in record.layers[layer]:
            own = values[id(part.tensor)]
            size = len(range(*part.columns.indices(part.tensor.shape[-1])))
            if own is not None:
                row = own.detach().reshape(-1, own.shape[-1])[part.row, part.columns]
                neurons[part.start : part.start + size] = row.double()
        layers.append(neurons)
    return layers


class _Record(TorchFunctionMode):
    """Notes the values of every layer during a pass."""

    def __init__(self, sites: Sequence[Site], position: int, up: bool) -> None:
        super().__init__()
        self.widths = [0] * (sites[-1].layer + 1)
        for site in sites:
            self.widths[site.layer] += site.width
        self.layers: dict[int, list[Values]] = defaultdict(list)
        self._position, self._up = position, up
        self._of: dict[nn.Module, list[Site]] = defaultdict(list)
        for site in sites:
            if site.width:
                self._of[site.module].append(site)
        self._calls: dict[nn.Module, int] = defaultdict(int)
        self._experts: dict[int, tuple[Site, Tensor, bool]] = {}
        self._token: dict[nn.Module, Tensor] = {}
        self._inputs: dict[tuple[nn.Module, int], tuple[Tensor, Tensor]] = {}
        self._hooks = ExitStack()

    def __enter__(self) -> _Record:
        for module, sites in self._of.items():
            if sites[0].experts is not None:
                self._watch(sites[0])
            elif self._up:
                gate: Any = sites[0].gate
                hook = self._output(sites, gate.up_columns)
                self._hooks.callback(gate.up.register_forward_hook(hook).remove)
            else:
                hook = self._input(sites)
                self._hooks.callback(module.register_forward_pre_hook(hook).remove)
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._hooks.close()
        super().__exit__(*error)

    def _input(self, sites: Sequence[Site]) -> Any:
        def hook(module: nn.Module, args: tuple[Tensor, ...]) -> None:
            self._add_dense(module, sites, args[0], slice(0, sites[0].width))

        return hook

    def _output(self, sites: Sequence[Site], columns: slice) -> Any:
        def hook(module: nn.Module, _args: Any, output: Tensor) -> None:
            self._add_dense(module, sites, output, columns)

        return hook

    def _add_dense(
        self, module: nn.Module, sites: Sequence[Site], values: Tensor, columns: slice
    ) -> None:
        """Note a call; layers that share a module call it one after the other."""
        site = sites[self._calls[module]]
        self._calls[module] += 1
        self.layers[site.layer].append(Values(values, self._position, columns, site.start))

    def _watch(self, site: Site) -> None:
        """Watch for products with the tensors of fused experts."""
        for name, weight in site.module.named_parameters():
            if weight.ndim == 3 or name.startswith("mlp."):
                self._experts[id(weight)] = (site, weight, name.endswith(_DOWN))
        hook = site.module.register_forward_pre_hook(self._note_token)
        self._hooks.callback(hook.remove)

    def _note_token(self, module: nn.Module, args: tuple[Tensor, ...]) -> None:
        self._token[module] = args[0].reshape(-1, args[0].shape[-1])[self._position].detach()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if len(args) > 1 and isinstance(args[1], Tensor) and isinstance(out, Tensor):
            base = args[1]._base if args[1]._base is not None else args[1]
            if id(base) in self._experts and out.is_floating_point():
                self._product(*self._experts[id(base)], args[0], args[1], out)
        return out

    def _product(
        self, site: Site, whole: Tensor, is_down: bool, given: Tensor, weight: Tensor, out: Tensor
    ) -> None:
        """Note the hidden vector of each expert that the token was sent to."""
        experts: Any = site.experts
        count, size = experts.weights.count, experts.weights.size
        size_of_one = whole.numel() // (len(whole) if whole.ndim == 3 else count)
        first = (weight.storage_offset() - whole.storage_offset()) // size_of_one
        if not is_down:
            self._inputs[site.module, first] = (given, out)
            return
        rows, projected = self._inputs[site.module, first]
        if every := rows.ndim == 3:  # all tokens for each expert, zeros where it is not chosen
            chosen = rows[:, self._position].ne(0).any(-1).nonzero()[:, 0]
            there = chosen * rows.shape[1] + self._position % rows.shape[1]
        else:
            there = (rows == self._token[site.module]).all(-1).nonzero()[:, 0]
        for row in there.tolist():
            number = row // rows.shape[1] if every else first
            tensor, columns = given, slice(0, size)
            if self._up:
                tensor = projected
                if projected.shape[-1] > size:  # gate and up-projection in one; else it comes last
                    columns = site.gate.up_columns  # type: ignore[union-attr]
            start = site.start + number * size
            self.layers[site.layer].append(Values(tensor, row, columns, start))
