"""Peak memory of a streaming run over few and over many prompts, each in a process of its own.

Gradients come batch by batch and go into the sums of rankings, so the number of prompts should
not matter. `--width` makes that many prompts affordable on a CPU: random weights of a narrow
residual stream, with all neurons of the model in six layers.

    python benchmarks/memory.py --model PATH --edition PATH [--task commonsenseqa] [--width 16]
"""

from __future__ import annotations

import resource
import subprocess
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from mceval8k import get_task, load_pack, load_task

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel

_LAYERS = 6


def main(
    model: Annotated[str, typer.Option()],
    edition: Annotated[str, typer.Option()],
    task: Annotated[str, typer.Option()] = "commonsenseqa",
    prompts: Annotated[list[int], typer.Option()] = [50, 2000, 20000],  # noqa: B006 - read only
    batch_size: Annotated[int, typer.Option()] = 8,
    width: Annotated[int, typer.Option(help="0: the model as it is")] = 0,
    child: Annotated[bool, typer.Option(hidden=True)] = False,
) -> None:
    """Print the peak memory of each run, and how much the last is above the first."""
    if child:
        run(load(model, width), edition, task, prompts[0], batch_size)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
        return
    peaks = []
    for count in prompts:
        options = {"--model": model, "--edition": edition, "--task": task, "--prompts": count}
        options |= {"--batch-size": batch_size, "--width": width}
        words = [str(word) for pair in options.items() for word in pair]
        command, start = [sys.executable, __file__, *words, "--child"], perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(done.stdout))
        seconds = perf_counter() - start
        print(f"{count:,} prompts of {task}: peak {peaks[-1]:,} MiB, {seconds:.0f} s", flush=True)
    print(f"the last is {peaks[-1] / peaks[0] - 1:+.1%} of the first")


def load(path: str, width: int) -> NeuronModel:
    """Load a model, or make a random one of another width with as many neurons in a few layers."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    from neurgrad_eval.neuron_model import NeuronModel

    if not width:
        return NeuronModel.from_pretrained(path)
    config = AutoConfig.from_pretrained(path)
    neurons = config.num_hidden_layers * config.intermediate_size
    sizes = {"hidden_size": width, "head_dim": width, "intermediate_size": neurons // _LAYERS}
    heads = {"num_attention_heads": 1, "num_key_value_heads": 1}
    config.update(sizes | heads | {"num_hidden_layers": _LAYERS})
    model = AutoModelForCausalLM.from_config(config)
    return NeuronModel.from_model(model, AutoTokenizer.from_pretrained(path))


def run(neurons: NeuronModel, edition: str, task: str, count: int, batch_size: int) -> None:
    """Add up what rankings by gradients need of `count` training prompts."""
    from neurgrad_eval.features.batches import Questions
    from neurgrad_eval.features.totals import add_up

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
