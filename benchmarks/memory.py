"""Peak memory of a streaming run over few and over many prompts, each in a process of its own.

Gradients come batch by batch and go into the sums of rankings, so the number of prompts should
not matter.

    python benchmarks/memory.py --model PATH --edition PATH [--task commonsenseqa]
"""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import Annotated

import typer

from mceval8k import get_task, load_pack, load_task


def main(
    model: Annotated[str, typer.Option()],
    edition: Annotated[str, typer.Option()],
    task: Annotated[str, typer.Option()] = "commonsenseqa",
    prompts: Annotated[list[int], typer.Option()] = [50, 2000, 20000],  # noqa: B006 - read only
    batch_size: Annotated[int, typer.Option()] = 8,
    child: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Print the peak memory of each run, and how much the last is above the first."""
    if child:
        run(model, edition, task, prompts[0], batch_size)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return
    peaks = []
    for count in prompts:
        options = {"--model": model, "--edition": edition, "--task": task, "--prompts": count}
        words = [str(word) for pair in options.items() for word in pair]
        command = [sys.executable, __file__, *words, "--batch-size", str(batch_size), "--child"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
        print(f"{count:,} prompts of {task}: peak {peaks[-1]:,} MiB", flush=True)
    print(f"the last is {peaks[-1] / peaks[0] - 1:+.1%} of the first")


def run(model: str, edition: str, task: str, count: int, batch_size: int) -> None:
    """Add up what rankings by gradients need of `count` training prompts."""
    from neurgrad_eval.features.batches import Questions
    from neurgrad_eval.features.totals import add_up
    from neurgrad_eval.neuron_model import NeuronModel

    neurons = NeuronModel.from_pretrained(model)
    record, pack = get_task(task), load_pack()
    train = load_task(task, edition)["train"]
    items = train.select([number % len(train) for number in range(count)]).to_list()
    texts = [pack.prompt(record, item) for item in items]
    answers = list(pack.continuations(record, record.n_options))
    labels = [item["label"] for item in items]
    found = add_up(
        neurons, Questions(texts, answers, labels, batch_size=batch_size), activations=False
    )
    if not found["polarity"].any():
        raise SystemExit("no neuron has a score")


if __name__ == "__main__":
    typer.run(main)
