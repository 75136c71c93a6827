"""What the engine finds in a model: `neurgrad describe`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rich.table import Table

from mceval8k.console import print_json, results
from neurgrad_eval.gates import Gate
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.packing import packing_error
from neurgrad_eval.reading import Kind


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
    spaces: tuple[str, ...]
    """Spaces that neurons can be read in."""
    copies: Literal["packed", "repeated"]
    """How several answers or shifts are read in one pass (`last_token`)."""
    packing_error: float | None
    """Relative difference of packed and repeated logits; None where the model refuses packing."""
    layers: tuple[LayerDescription, ...]


def describe(model: NeuronModel) -> Description:
    """Describe a model that has been loaded."""
    gated = all(site.gate is not None for site in model.sites)
    error = packing_error(model.model) if model.kind == "causal" else float("inf")
    return Description(
        model=model.name,
        revision=model.revision,
        architecture=type(model.model).__name__,
        kind=model.kind,
        dtype=str(model.model.dtype).removeprefix("torch."),
        context=model.context,
        window=model.window if model.kind == "causal" else None,
        spaces=("hidden", "up") if gated else ("hidden",),
        copies="packed" if model.packed else "repeated",
        packing_error=error if error < float("inf") else None,
        layers=tuple(
            LayerDescription(
                layer=site.layer,
                site=site.name,
                module=type(site.module).__name__,
                width=site.width,
                gated=site.gate is not None,
                activation=_activation(site.gate),
            )
            for site in model.sites
        ),
    )


def describe_command(
    path_or_id: str | Path,
    *,
    kind: Kind | Literal["auto"],
    dtype: str,
    device: str,
    revision: str | None,
    as_json: bool,
) -> None:
    """Load a model and print its description."""
    found = describe(
        NeuronModel.from_pretrained(
            path_or_id, kind=kind, dtype=dtype, device=device, revision=revision
        )
    )
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: Description) -> None:
    console = results()
    facts = asdict(found)
    del facts["layers"]
    facts["spaces"] = ", ".join(found.spaces)
    for name, value in facts.items():
        console.print(f"{name.replace('_', ' '):14} {_text(value)}", markup=False, soft_wrap=True)
    table = Table("layer", "site", "module", "width", "gate")
    for layer in found.layers:
        gate = layer.activation or "none"
        table.add_row(str(layer.layer), layer.site, layer.module, str(layer.width), gate)
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return f"{value:.1e}" if isinstance(value, float) else str(value)


def _activation(gate: Gate | None) -> str | None:
    if gate is None:
        return None
    return getattr(gate.activation, "__name__", type(gate.activation).__name__)
