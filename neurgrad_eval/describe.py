"""What the engine finds in a model: `neurgrad describe`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Column, Table

from mceval8k.console import print_json, results
from neurgrad_eval.engine.answer_gradients import Space
from neurgrad_eval.models.encoding import Kind
from neurgrad_eval.models.passes import transformer
from neurgrad_eval.models.sites import Site
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import ROUTING


@dataclass(frozen=True)
class LayerDescription:
    """Where one block's neurons are, or some of them: a block with shared experts has several."""

    layer: int
    site: str
    """Name of the down-projection, of the module that runs routed experts, or of the block."""
    module: str
    """Its class."""
    width: int
    """Number of neurons; 0 for a block without a feed-forward layer."""
    experts: int | None
    """Number of routed experts; None where all neurons are used for every token."""
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
    strategy: str
    """How short prompts are read (`strategies`)."""
    strategy_error: float
    """Its largest relative difference from a plain forward and backward pass, in float32."""
    notes: tuple[str, ...]
    """What a reader of gradients and sweeps must know of this model."""
    layers: tuple[LayerDescription, ...]


def describe(model: NeuronModel) -> Description:
    """Describe a model that has been loaded."""
    causal = model.kind == "causal"
    return Description(
        model=model.name,
        revision=model.revision,
        architecture=type(transformer(model.model)).__name__,
        kind=model.kind,
        dtype=str(model.model.dtype).removeprefix("torch."),
        context=model.context,
        window=model.window if causal else None,
        spaces=model.spaces,
        strategy=model.reading.strategy.name,
        strategy_error=model.reading.error,
        notes=tuple(_notes(model)),
        layers=tuple(map(_layer, model.sites)),
    )


def _notes(model: NeuronModel) -> Iterator[str]:
    sites = model.sites
    if start := model.answer_at.decoder_start:
        words = " ".join(map(repr, model.tokenizer.convert_ids_to_tokens(list(start))))
        yield f"neurons are the decoder's, read after it has begun with {words}"
    if rounding := model.reading.rounding:
        dtype = str(model.model.dtype).removeprefix("torch.")
        yield (
            f"prompts run in {dtype}, which on made-up ones changes logits, neurons and gradients "
            f"by {rounding:.1%} in the median"
        )
    if any(site.experts is not None for site in sites):
        yield ROUTING
    if empty := [str(site.layer) for site in sites if not site.width]:
        yield f"no feed-forward layer, and so no neurons, in layers {', '.join(empty)}"


def _layer(site: Site) -> LayerDescription:
    return LayerDescription(
        layer=site.layer,
        site=site.name,
        module=type(site.module).__name__,
        width=site.width,
        experts=None if site.experts is None else site.experts.weights.count,
        gated=site.gate is not None,
        activation=None if site.gate is None else _name(site.gate.activation),
    )


def _name(activation: Any) -> str:
    return str(getattr(activation, "__name__", type(activation).__name__))


def describe_command(path_or_id: str, *, as_json: bool, **options: Any) -> None:
    """Load a model with the options of `NeuronModel.from_pretrained`; print its description."""
    found = describe(NeuronModel.from_pretrained(path_or_id, **options))
    if as_json:
        print_json(asdict(found))
        return
    console, facts = results(), asdict(found) | {"spaces": ", ".join(found.spaces)}
    del facts["layers"], facts["notes"]
    for name, value in facts.items():
        text = f"{value:.1e}" if isinstance(value, float) else str(value or "none")
        console.print(f"{name.replace('_', ' '):14} {text}", markup=False, soft_wrap=True)
    for note in found.notes:
        console.print(f"note: {note}", markup=False, soft_wrap=True)
    mixed = any(layer.experts is not None for layer in found.layers)
    table = Table(
        "layer",
        Column("site", overflow="fold"),
        "module",
        "width",
        "gate",
        *(["experts"] if mixed else []),
    )
    for layer in found.layers:
        cells = [str(layer.layer), layer.site, layer.module, str(layer.width)]
        experts = "" if layer.experts is None else str(layer.experts)
        table.add_row(*cells, layer.activation or "none", *([experts] if mixed else []))
    console.print(table)
