"""What the engine finds in a model: `neurgrad describe`."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from rich.table import Table
from transformers.utils.logging import disable_progress_bar

from mceval8k.console import print_json, results
from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.engine.packing import packing_error
from neurgrad_eval.models.loading import Kind
from neurgrad_eval.models.sites import Site
from neurgrad_eval.neuron_model import NeuronModel


@dataclass(frozen=True)
class LayerDescription:
    """Where one block's neurons are."""

    layer: int
    site: str
    """Name of the down-projection."""
    module: str
    """Its class."""
    width: int
    """Number of neurons."""
    gated: bool
    activation: str | None
    """The gate's activation function, found by trying; None without a gate."""


@dataclass(frozen=True)
class Description:
    """What the engine finds in a model; loading it has checked that every layer's shifts matter."""

    model: str
    revision: str | None
    architecture: str
    kind: Kind
    dtype: str
    context: int | None
    """Longest prompt in tokens; None where the model states none."""
    window: int | None
    """Tokens that the narrowest attention sees; None for all."""
    spaces: tuple[Space, ...]
    """Spaces that neurons can be read in."""
    copies: Literal["packed", "repeated"]
    """How several answers or shifts are read in one pass (`last_token`)."""
    packing_error: float | None
    """Relative difference of packed and repeated logits; None where the model refuses packing."""
    layers: tuple[LayerDescription, ...]


def describe(model: NeuronModel) -> Description:
    """Describe a model that has been loaded."""
    causal = model.kind == "causal"
    error = packing_error(model.model) if causal else math.inf
    return Description(
        model=model.name,
        revision=model.revision,
        architecture=type(model.model).__name__,
        kind=model.kind,
        dtype=str(model.model.dtype).removeprefix("torch."),
        context=model.context,
        window=model.window if causal else None,
        spaces=model.spaces,
        copies="packed" if model.packed else "repeated",
        packing_error=error if math.isfinite(error) else None,
        layers=tuple(map(_layer, model.sites)),
    )


def _layer(site: Site) -> LayerDescription:
    return LayerDescription(
        layer=site.layer,
        site=site.name,
        module=type(site.module).__name__,
        width=site.width,
        gated=site.gate is not None,
        activation=None if site.gate is None else _name(site.gate.activation),
    )


def _name(activation: Any) -> str:
    return str(getattr(activation, "__name__", type(activation).__name__))


def describe_command(path_or_id: str, *, as_json: bool, **options: Any) -> None:
    """Load a model with the options of `NeuronModel.from_pretrained`; print its description."""
    disable_progress_bar()
    found = describe(NeuronModel.from_pretrained(path_or_id, **options))
    if as_json:
        print_json(asdict(found))
        return
    console, facts = results(), asdict(found) | {"spaces": ", ".join(found.spaces)}
    del facts["layers"]
    for name, value in facts.items():
        text = f"{value:.1e}" if isinstance(value, float) else str(value or "none")
        console.print(f"{name.replace('_', ' '):14} {text}", markup=False, soft_wrap=True)
    table = Table("layer", "site", "module", "width", "gate")
    for layer in found.layers:
        gate = layer.activation or "none"
        table.add_row(str(layer.layer), layer.site, layer.module, str(layer.width), gate)
    console.print(table)
