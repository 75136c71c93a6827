"""A sweep: packed interventions on one prefix cache against one full forward pass each.

The plain approach runs every token of the prompt once per neuron and shift. A subset of its passes
is timed and the rest extrapolated, since all cost the same.

    python benchmarks/sweep.py --model PATH [--neurons 100] [--tokens 130] [--plain 20]
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from neurgrad_eval.engine.intervention import ReadAt, intervening
from neurgrad_eval.engine.joint_shifts import JointShift, spread
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import Neuron, from_flat

_TEXT = "The river runs past the old market and on to the coast where the ships lie. "
_ANSWER = " The"


def main(
    model: Annotated[str, typer.Option()],
    neurons: Annotated[int, typer.Option()] = 100,
    tokens: Annotated[int, typer.Option()] = 130,
    plain: Annotated[int, typer.Option()] = 20,
    copies: Annotated[list[int], typer.Option()] = [256, 512, 1024],  # noqa: B006 - read only
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Print seconds, the ratio and the largest difference of a probability, by copies per pass."""
    loaded = NeuronModel.from_pretrained(model, device=device)
    prompt = _prompt(loaded, tokens)
    flat = np.sort(np.random.default_rng(0).choice(sum(loaded.widths), neurons, replace=False))
    layers, indices = from_flat(flat, loaded.widths)
    drawn = list(zip(layers.tolist(), indices.tolist(), strict=True))
    table = Table("copies per pass", "packed s", "plain s", "plain / packed", "largest difference")
    results = []
    for size in copies:
        start = time.perf_counter()
        results.append(sweep(loaded, prompt, _ANSWER, neurons=drawn, copies=size))
        seconds = time.perf_counter() - start
        if len(results) == 1:
            shifts = results[0].shifts.tolist()
            jobs = [(i, j) for i in range(neurons) for j in range(len(shifts))]
            timed = [jobs[at] for at in np.linspace(0, len(jobs) - 1, plain).astype(int)]
            per_pass, expected = _one_by_one(
                loaded, prompt, [(drawn[i], shifts[j]) for i, j in timed]
            )
        rows, columns = zip(*timed, strict=True)
        found = results[-1].output_shifts[list(rows), list(columns)] + results[-1].base
        table.add_row(
            str(size),
            f"{seconds:.1f}",
            f"{per_pass * len(jobs):.0f}",
            f"{per_pass * len(jobs) / seconds:.0f}",
            f"{float((found - expected).abs().max()):.1e}",
        )
    Console(width=100).print(table)
    length = len(loaded.tokenizer(prompt)["input_ids"])
    print(
        f"{len(jobs)} interventions ({neurons} neurons, {len(shifts)} shifts) on a prompt of "
        f"{length} tokens, {torch.get_num_threads()} threads; plain: {plain} passes timed, "
        "the rest extrapolated"
    )


def _prompt(model: NeuronModel, tokens: int) -> str:
    """Text of at least `tokens` tokens, made of whole sentences."""
    sentence = len(model.tokenizer(_TEXT)["input_ids"])
    return (_TEXT * -(-tokens // sentence)).rstrip()


def _one_by_one(
    model: NeuronModel, prompt: str, jobs: Sequence[tuple[Neuron, float]]
) -> tuple[float, torch.Tensor]:
    """Seconds per full forward pass, and the answer's probability after each shift."""
    device = model.model.device
    ids = torch.tensor([model.tokenizer(prompt)["input_ids"]], device=device)
    answer = model.tokenizer(prompt + _ANSWER)["input_ids"][-1]
    last = ReadAt(1, 1, torch.tensor([[-1]], device=device))
    with torch.no_grad(), intervening(model.sites, last) as readings:
        model.model(input_ids=ids)
    hidden = readings.hidden
    found = []
    start = time.perf_counter()
    for (layer, index), shift in jobs:
        amount = shift * float(hidden[layer][0, 0, index].sign())
        shifts = spread([JointShift.single(layer, index, amount)])
        with torch.no_grad(), intervening(model.sites, last, shifts):
            # Only the last position's logits are computed, as a careful plain loop would.
            logits = model.model(input_ids=ids, logits_to_keep=1).logits[0, -1]
        found.append(logits.float().softmax(-1)[answer].cpu())
    return (time.perf_counter() - start) / len(jobs), torch.stack(found)


if __name__ == "__main__":
    typer.run(main)
