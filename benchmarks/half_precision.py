"""How far gradients and sweeps of 16-bit weights are from those of float32 weights.

Gradients: relative error of an answer's gradient over all neurons, in the Euclidean norm, and the
share of signs that differ. Sweeps: relative error of a neuron's slope, for the weakest and the
strongest third of random neurons, by their slope in float32. The weights are rounded once and then
computed with either in 16 bits, as models are run, or in float32, which shows what of the error is
the weights' own.

    python benchmarks/half_precision.py --model PATH [--neurons 12]
"""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor

from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.precision import exact_arithmetic
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Neuron, from_flat

PROMPTS = {
    "The capital of France is": (" Paris", " Rome"),
    "Two and two make": (" four", " five"),
    "The opposite of hot is": (" cold", " warm"),
    "Water freezes and turns into": (" ice", " steam"),
}
SHIFTS = (-2.0, 2.0)


def main(
    model: Annotated[str, typer.Option()],
    neurons: Annotated[int, typer.Option()] = 12,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Print a table of errors."""
    exact = NeuronModel.from_pretrained(model, dtype="float32", device=device)
    drawn = _draw(exact, neurons)
    gradients, slopes = _gradients(exact), _slopes(exact, drawn)
    del exact
    columns = ("gradient, median", "largest", "signs that differ", "slope, weakest third", "rest")
    table = Table("weights", "computed in", *columns)
    for dtype in ("bfloat16", "float16"):
        half = NeuronModel.from_pretrained(model, dtype=dtype, device=device)
        arithmetics = {dtype: nullcontext(), "float32": exact_arithmetic(half.model)}
        for computed, arithmetic in arithmetics.items():
            found, moved = _both(half, drawn, arithmetic)
            cells = (dtype, computed, *_compared(found, gradients), *_weak(moved, slopes))
            print(*cells, sep=" | ", file=sys.stderr, flush=True)
            table.add_row(*cells)
    Console(width=120).print(table)


def _both(
    model: NeuronModel, drawn: list[Neuron], arithmetic: AbstractContextManager[None]
) -> tuple[list[AnswerGradients], Tensor]:
    with arithmetic:
        return _gradients(model), _slopes(model, drawn)


def _draw(model: NeuronModel, count: int) -> list[Neuron]:
    flat = np.sort(np.random.default_rng(0).choice(sum(model.widths), count, replace=False))
    layers, indices = from_flat(flat, model.widths)
    return list(zip(layers.tolist(), indices.tolist(), strict=True))


def _gradients(model: NeuronModel) -> list[AnswerGradients]:
    return [model.answer_gradients([prompt], answers) for prompt, answers in PROMPTS.items()]


def _slopes(model: NeuronModel, drawn: list[Neuron]) -> Tensor:
    """Slope of each neuron for the first answer of each prompt [prompt, neuron]."""
    return torch.stack(
        [
            sweep(model, prompt, answers[0], neurons=drawn, shifts=SHIFTS).neg
            for prompt, answers in PROMPTS.items()
        ]
    )


def _compared(found: list[AnswerGradients], exact: list[AnswerGradients]) -> list[str]:
    errors, signs = [], []
    for one, other in zip(found, exact, strict=True):
        a, b = torch.cat(one.gradients, dim=-1)[0], torch.cat(other.gradients, dim=-1)[0]
        errors += ((a - b).norm(dim=-1) / b.norm(dim=-1)).tolist()
        signs.append(float((a.sign() != b.sign()).float().mean()))
    return [f"{np.median(errors):.1%}", f"{max(errors):.1%}", f"{np.mean(signs):.1%}"]


def _weak(found: Tensor, exact: Tensor) -> list[str]:
    """Median and largest relative error of slopes, of the weakest third and of the rest."""
    errors = ((found - exact).abs() / exact.abs()).flatten().numpy()
    weak = exact.abs().flatten().numpy() <= np.quantile(exact.abs().numpy(), 1 / 3)
    return [f"{np.median(part):.1%}, {part.max():.0%}" for part in (errors[weak], errors[~weak])]


if __name__ == "__main__":
    typer.run(main)
