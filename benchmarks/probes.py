"""The probing pipeline: how much of its time is gradients, and how much room features take.

Gradients are timed where the model computes them; everything else is prompts, coding, storing,
ranking by streaming, all probes with their nulls, and writing. The forest is timed apart, on random
codes of the same size.

    python benchmarks/probes.py --model PATH --edition PATH [--train 1000] [--test 1000]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from rich.console import Console
from rich.table import Table

from mceval8k.editions import open_edition
from neurgrad_eval.codes import encode
from neurgrad_eval.features import GradientSettings
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.probes import TreeProbe
from neurgrad_eval.probing.experiment import run_experiment
from neurgrad_eval.probing.listening import Listener
from neurgrad_eval.probing.plan import make_plan
from neurgrad_eval.probing.settings import ProbeSettings
from neurgrad_eval.probing.streaming import describe
from neurgrad_eval.probing.writing import write_outcome
from neurgrad_eval.ranks.plan import make_rank_plan
from neurgrad_eval.ranks.stream import rank_prompts


class Timed:
    """A model that counts the seconds that its gradients take."""

    def __init__(self, model: NeuronModel) -> None:
        self.seconds = 0.0
        self.name, self.revision, self.model = model.name, model.revision, model.model
        self.widths = model.widths
        self._model = model

    def iter_answer_gradients(self, *args: Any, **options: Any) -> Iterator[Any]:
        """Pass batches on, counting the time until each is there."""
        batches = self._model.iter_answer_gradients(*args, **options)
        while True:
            start = time.perf_counter()
            batch = next(batches, None)
            self.seconds += time.perf_counter() - start
            if batch is None:
                return
            yield batch


def main(
    model: Annotated[str, typer.Option()],
    edition: Annotated[str, typer.Option()],
    task: Annotated[str, typer.Option()] = "agnews",
    train: Annotated[int, typer.Option()] = 1000,
    test: Annotated[int, typer.Option()] = 1000,
    neurons: Annotated[int, typer.Option()] = 1024,
    null_draws: Annotated[int, typer.Option()] = 20,
    num_fewshot: Annotated[int, typer.Option()] = 4,
    batch_size: Annotated[int, typer.Option()] = 8,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Print seconds, bytes per neuron and prompt, and the largest memory."""
    timed = Timed(NeuronModel.from_pretrained(model, device=device))
    settings = ProbeSettings(
        task,
        train_size=train,
        test_size=test,
        neurons=(neurons,),
        null_draws=null_draws,
        num_fewshot=num_fewshot,
        gradients=GradientSettings(batch_size=batch_size),
    )
    opened = open_edition(edition)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        plan = make_plan(settings, opened)
        on_stage = Listener(lambda stage: print(stage, file=sys.stderr))
        outcome = run_experiment(plan, timed, dtype="float32", stored=folder, listener=on_stage)
        write_outcome(outcome, folder, key="benchmark")
        total, probing = time.perf_counter() - start, timed.seconds
        stored = sum(path.stat().st_size for path in folder.glob("shards/*"))
        cells = outcome.features.codes.size
        del outcome
        seconds = _rank(settings, opened, timed, train, folder / "ranks")
    rest = total - probing + seconds[1]
    tree = time_tree(sum(timed.widths), train)
    table = Table("what", "seconds", "share", title=f"{task}: {train} + {test} prompts")
    table.add_row("gradients", f"{probing:.1f}", f"{probing / (probing + rest):.1%}")
    table.add_row("everything else", f"{rest:.1f}", f"{rest / (probing + rest):.1%}")
    table.add_row("  of it streaming ranks", f"{seconds[1]:.1f}", "")
    table.add_row("forest alone", f"{tree:.1f}", "")
    Console(width=80).print(table)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{stored / cells:.3f} bytes per neuron and prompt on disk; largest memory {peak:.2f} GiB; "
        f"{torch.get_num_threads()} threads"
    )


def _rank(
    settings: ProbeSettings, edition: Any, timed: Timed, size: int, folder: Path
) -> tuple[float, float]:
    """Seconds of gradients and of all else of a streaming ranking."""
    before, start = timed.seconds, time.perf_counter()
    plan = make_rank_plan(settings, edition, size)
    rank_prompts(plan, timed, describe(plan, timed, "float32"), folder)
    gradients = timed.seconds - before
    return gradients, time.perf_counter() - start - gradients


def time_tree(neurons: int, prompts: int) -> float:
    """Seconds to fit the tree probe to random codes of four answers, all cores at work."""
    rng = np.random.default_rng(0)
    parts = [
        encode(rng.standard_normal((prompts, 4, part), dtype=np.float32))
        for part in (len(each) for each in np.array_split(np.arange(neurons), 16))
    ]
    labels = np.arange(prompts) % 4
    start = time.perf_counter()
    TreeProbe(n_answers=4, n_jobs=-1).fit(np.concatenate(parts, axis=1), labels)
    return time.perf_counter() - start


if __name__ == "__main__":
    typer.run(main)
