"""Answer gradients: prefix cache and packed answers against the plain approach, in one run.

The plain approach runs every token of every prompt with gradients, and one backward pass per
answer; since all its batches cost the same, it is timed on some of the prompts. The floor is
scoring: the same prefix cache, the last token once, no gradients. Seconds are per prompt.

    python benchmarks/gradients.py --model PATH --edition PATH [--task agnews] [--shots 0 --shots 5]
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Annotated

import torch
import typer
from rich.console import Console
from rich.table import Table

from mceval8k import (
    demonstrations_by_language,
    get_task,
    load_pack,
    load_task,
)
from neurgrad_eval.engine.answer_gradients import AnswerGradients
from neurgrad_eval.engine.prefix_cache import (
    common_prefix,
    compute_prefix,
    empty_prefix,
    read_last,
    run_body,
)
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.models.encoding import encode
from neurgrad_eval.neuron_model import NeuronModel


def main(
    model: Annotated[str, typer.Option()],
    edition: Annotated[str, typer.Option()],
    task: Annotated[str, typer.Option()] = "agnews",
    shots: Annotated[list[int], typer.Option()] = [0, 5],  # noqa: B006 - read only
    prompts: Annotated[int, typer.Option(help="Timed by the cache and by scoring.")] = 64,
    plain: Annotated[int, typer.Option(help="Timed by the plain approach.")] = 8,
    batch_size: Annotated[int, typer.Option()] = 8,
    device: Annotated[str, typer.Option()] = "cpu",
) -> None:
    """Print seconds, ratios and the largest relative error, in both spaces."""
    neurons = NeuronModel.from_pretrained(model, device=device)
    columns = ("shots", "tokens", "shared", "space", "plain s", "fast s", "scoring s")
    table = Table(*columns, "plain / fast", "fast / scoring", "largest relative error")
    for count in shots:
        texts, answers = _prompts(task, edition, count, prompts)
        ids = encode(neurons.tokenizer, texts, answers, neurons.context).prompts
        for space in ("hidden", "up"):
            options = {"space": space, "batch_size": batch_size}
            floors, times = [], []
            for _ in range(3):  # floor and fast path take turns, and the middle one counts
                floors.append(
                    _timed(lambda t=texts, a=answers: score(neurons, t, a, batch_size))[0]
                )
                seconds, found = _timed(
                    lambda t=texts, a=answers, o=options: neurons.answer_gradients(t, a, **o)
                )
                times.append(seconds)
            scoring, fast = statistics.median(floors), statistics.median(times)
            slow, expected = _timed(
                lambda t=texts[:plain], a=answers, o=options: plain_answer_gradients(
                    neurons, t, a, **o
                )
            )
            each = (slow / plain, fast / prompts, scoring / prompts)
            table.add_row(
                str(count),
                f"{sum(map(len, ids)) / len(ids):.0f}",
                str(common_prefix(ids)),
                space,
                *(f"{seconds:.3f}" for seconds in each),
                f"{each[0] / each[1]:.1f}",
                f"{each[1] / each[2]:.2f}",
                f"{largest_error(found, expected, plain):.1e}",
            )
    Console(width=120).print(table)
    print(
        f"{prompts} prompts of {task} ({plain} of them by the plain approach), batch {batch_size}, "
        f"{len(answers)} answers, {torch.get_num_threads()} threads; seconds per prompt"
    )


def score(
    neurons: NeuronModel, prompts: list[str], answers: list[str], batch_size: int
) -> torch.Tensor:
    """Probabilities of the answers by the same prefix cache, without gradients."""
    encoded = encode(neurons.tokenizer, prompts, answers, neurons.context)
    shared = common_prefix(encoded.prompts)
    prefix = compute_prefix(
        neurons.model,
        encoded.prompts[0][:shared],
        empty_prefix(neurons.model, neurons.strategy(max(map(len, encoded.prompts)))),
    )
    order = sorted(range(len(prompts)), key=lambda i: -len(encoded.prompts[i]))
    rows = []
    for start in range(0, len(order), batch_size):
        batch = [encoded.prompts[i][shared:] for i in order[start : start + batch_size]]
        with torch.no_grad():
            rows.append(read_last(neurons.model, run_body(neurons.model, prefix, batch))[:, 0])
    return torch.cat(rows).float().softmax(-1)


def largest_error(found: AnswerGradients, expected: AnswerGradients, count: int) -> float:
    """Largest relative error of a layer's gradients on the first prompts, Euclidean norm."""
    layers = zip(found.gradients, expected.gradients, strict=True)
    return max(float((fast[:count] - plain).norm() / plain.norm()) for fast, plain in layers)


def _prompts(task: str, edition: str, shots: int, count: int) -> tuple[list[str], list[str]]:
    record, pack, splits = get_task(task), load_pack(), load_task(task, edition)
    if count > len(splits["test"]):
        raise typer.BadParameter(f"{task} has {len(splits['test'])} test items, not {count}")
    items = list(splits["test"].select(range(count)))
    barred = {item["group"] for item in items}
    shown = demonstrations_by_language(record, splits["train"], shots, barred_groups=barred)
    texts = [pack.prompt(record, item, shown[item["lang"]]) for item in items]
    return texts, list(pack.continuations(record, record.n_options))


def _timed(compute: Callable[[], object]) -> tuple[float, object]:
    start = time.perf_counter()
    result = compute()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    typer.run(main)
