"""The probing pipeline: how much of its time is gradients, and how much room features take.

Gradients are timed where the model computes them; everything else is prompts, coding, storing, all
probes with their nulls, and writing.

    python benchmarks/probes.py --model PATH --edition PATH [--train 1000] [--test 1000]
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import torch
import typer
from rich.console import Console
from rich.table import Table

from neurgrad_eval.experiments.probe import ProbeOptions, ProbeTask
from neurgrad_eval.experiments.rank import RankOptions, RankTask
from neurgrad_eval.inputs.options import loaded
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.runner import run


def main(
    model: Annotated[str, typer.Option()],
    edition: Annotated[str, typer.Option()],
    task: Annotated[str, typer.Option()] = "agnews",
    train: Annotated[int, typer.Option()] = 1000,
    test: Annotated[int, typer.Option()] = 1000,
    neurons: Annotated[int, typer.Option()] = 1024,
    null_draws: Annotated[int, typer.Option()] = 199,
    num_fewshot: Annotated[int, typer.Option()] = 4,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Print seconds, bytes per neuron and prompt, and the largest memory."""
    common: dict[str, Any] = {
        "model": model,
        "edition": edition,
        "task": task,
        "train_size": train,
        "num_fewshot": num_fewshot,
        "device": device,
    }
    probe = ProbeOptions(**common, test_size=test, neurons=(neurons,), null_draws=null_draws)
    loaded(probe)  # what reading the model takes is not counted
    table = Table("what", "seconds", "gradients", title=f"{task}: {train} + {test} prompts")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for what, kind, settings in (
            ("probe", ProbeTask, probe),
            ("rank", RankTask, RankOptions(**common)),
        ):
            with _timed() as gradients:
                start = time.perf_counter()
                run(kind.open(settings, folder / what), folder / what)
                total = time.perf_counter() - start
            table.add_row(what, f"{total:.1f}", f"{gradients[0] / total:.1%}")
        stored = sum(path.stat().st_size for path in folder.glob("probe/shards/*"))
    Console(width=80).print(table)
    cells = (train + test) * sum(loaded(probe).widths)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{stored / cells:.3f} bytes per neuron and prompt on disk; largest memory {peak:.2f} GiB; "
        f"{torch.get_num_threads()} threads"
    )


class _timed:  # noqa: N801 - used as a function
    """Count the seconds that gradients take, inside of the `with` block."""

    def __enter__(self) -> list[float]:
        self.plain = NeuronModel.iter_answer_gradients
        seconds = [0.0]

        def counted(model: NeuronModel, *args: Any, **options: Any) -> Iterator[Any]:
            batches = self.plain(model, *args, **options)
            while True:
                start = time.perf_counter()
                batch = next(batches, None)
                seconds[0] += time.perf_counter() - start
                if batch is None:
                    return
                yield batch

        NeuronModel.iter_answer_gradients = counted  # type: ignore[method-assign]
        return seconds

    def __exit__(self, *_: object) -> None:
        NeuronModel.iter_answer_gradients = self.plain  # type: ignore[method-assign]


if __name__ == "__main__":
    typer.run(main)
