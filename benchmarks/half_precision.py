"""How far gradients and sweeps that are computed in 16 bits are from those in float32.

The weights are rounded to bfloat16 first, as most checkpoints hold them, so that all computations
are of the same model: the prompt in 16 bits, and the position that is read in 16 bits or float32.
Gradients: relative error of an answer's gradient over all neurons, in the Euclidean norm, and the
share of signs that differ. Sweeps: relative error of a neuron's slope, for the weakest third of
random neurons, by their slope in float32, and for the rest.

    python benchmarks/half_precision.py --model PATH [--neurons 12]
"""

from __future__ import annotations

import sys
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table
from torch import Tensor

from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Neuron, from_flat

SHOWN = """Choose the right answer.

What do bees make?
A. honey
B. wool
C. paper
Answer: A

Where do penguins live?
A. in the desert
B. on the ice
C. in the jungle
Answer: B

"""
LETTERS = " A", " B", " C"
PROMPTS = {
    "The capital of France is": (" Paris", " Rome"),
    "Two and two make": (" four", " five"),
    "The opposite of hot is": (" cold", " warm"),
    "Water freezes and turns into": (" ice", " steam"),
    f"{SHOWN}What is rain?\nA. smoke\nB. water\nC. sand\nAnswer:": LETTERS,
    f"{SHOWN}What do cows eat?\nA. grass\nB. stones\nC. meat\nAnswer:": LETTERS,
    f"{SHOWN}Which is a colour?\nA. seven\nB. chair\nC. green\nAnswer:": LETTERS,
    f"{SHOWN}What is 3 plus 4?\nA. 12\nB. 7\nC. 34\nAnswer:": LETTERS,
}
SHIFTS = (-2.0, 2.0)


class Rounded(NeuronModel):
    """A model that computes the position that is read in its weights' type, too."""

    arithmetic = property(lambda self: self.model.dtype)  # type: ignore[assignment]


def main(
    model: Annotated[str, typer.Option()],
    neurons: Annotated[int, typer.Option()] = 12,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Print a table of errors."""
    options = {"dtype": "bfloat16", "device": device}
    exact = NeuronModel.from_pretrained(model, compute_dtype="float32", **options)
    drawn = _draw(exact, neurons)
    gradients, slopes = _gradients(exact), _slopes(exact, drawn)
    columns = ("gradient, median", "90 %", "largest", "signs that differ", "slope, weakest", "rest")
    table = Table("prompt", "position that is read", *columns)
    for dtype in (torch.bfloat16, torch.float16):
        exact.model.to(dtype)
        for kind in (Rounded, NeuronModel):
            half = kind.from_model(exact.model, exact.tokenizer)
            found = (*_compared(_gradients(half), gradients), *_weak(_slopes(half, drawn), slopes))
            cells = [str(t).removeprefix("torch.") for t in (dtype, half.arithmetic)]
            print(*cells, *found, sep=" | ", file=sys.stderr, flush=True)
            table.add_row(*cells, *found)
    Console(width=120).print(table)


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
    return [f"{e:.1%}" for e in (*np.quantile(errors, (0.5, 0.9, 1)), np.mean(signs))]


def _weak(found: Tensor, exact: Tensor) -> list[str]:
    """Median and largest relative error of slopes, of the weakest third and of the rest."""
    errors = ((found - exact).abs() / exact.abs()).flatten().numpy()
    weak = exact.abs().flatten().numpy() <= np.nanquantile(exact.abs().numpy(), 1 / 3)
    parts = [part[~np.isnan(part)] for part in (errors[weak], errors[~weak])]
    return [f"{np.median(part):.1%}, {part.max():.0%}" for part in parts]


if __name__ == "__main__":
    typer.run(main)
