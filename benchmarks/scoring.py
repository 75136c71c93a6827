"""Scoring options: lm-eval's `hf` and `hf-prefix` on the same requests, in one run.

Both are given the same model and the same requests, 0-shot and few-shot, and take turns, so that
whatever else the machine does falls on both. Tokenising counts; loading does not.

    python benchmarks/scoring.py --model PATH --edition PATH [--task agnews] [--items 48]
"""

from __future__ import annotations

import statistics
import time
from typing import Annotated, Any

import torch
import typer
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from rich.console import Console
from rich.table import Table

from harness.prefix_scorer.model import PrefixLM
from mceval8k import demonstrations_by_language, get_task, load_pack, load_task
from neurgrad_eval.engine.prefix_cache import common_prefix

Scores = list[tuple[float, bool]]


def main(
    model: Annotated[str, typer.Option()],
    edition: Annotated[str, typer.Option()],
    task: Annotated[str, typer.Option()] = "agnews",
    items: Annotated[int, typer.Option()] = 48,
    shots: Annotated[str, typer.Option(help="Separated by commas.")] = "0,4",
    repeats: Annotated[int, typer.Option(help="Turns of each; medians are shown.")] = 3,
    batch_size: Annotated[int, typer.Option()] = 8,
    device: Annotated[str, typer.Option()] = "cpu",
    dtype: Annotated[str, typer.Option()] = "float32",
) -> None:
    """Print seconds, their ratio, the largest difference and the number of differing choices."""
    options = {"pretrained": model, "dtype": dtype, "device": device, "batch_size": batch_size}
    ours = PrefixLM(**options)
    stock = HFLM(ours.model, tokenizer=ours.tokenizer, batch_size=batch_size)
    columns = ("shots", "tokens", "shared", "hf s", "hf-prefix s", "hf / hf-prefix", "lowest")
    table = Table(*columns, "largest difference", "differing choices")
    for count in map(int, shots.split(",")):
        requests = make_requests(task, edition, count, items)
        prompts = [stock.tok_encode(text) for text in {r.args[0] for r in requests}]
        for lm in (stock, ours):  # the first passes of a process are slower
            lm.loglikelihood(requests[: 2 * get_task(task).n_options], disable_tqdm=True)
        turns = [take_turns(stock, ours, requests, first=turn % 2) for turn in range(repeats)]
        ratios = [plain / fast for (plain, fast), _ in turns]
        _, (expected, found) = turns[0]
        table.add_row(
            str(count),
            f"{statistics.mean(map(len, prompts)):.0f}",
            str(common_prefix(prompts)),
            *(f"{statistics.median(seconds[i] for seconds, _ in turns):.2f}" for i in (0, 1)),
            f"{statistics.median(ratios):.2f}",
            f"{min(ratios):.2f}",
            f"{max(abs(a - b) for (a, _), (b, _) in zip(expected, found, strict=True)):.1e}",
            str(differing_choices(requests, expected, found)),
        )
    Console(width=140).print(table)
    print(
        f"{items} items of {task}, {dtype}, batch {batch_size}, {torch.get_num_threads()} threads, "
        f"median of {repeats} turns"
    )


def make_requests(task: str, edition: str, shots: int, count: int) -> list[Any]:
    """What lm-eval asks for the first `count` test items."""
    record, pack, splits = get_task(task), load_pack(), load_task(task, edition)
    if count > len(splits["test"]):
        raise typer.BadParameter(f"{task} has {len(splits['test'])} test items, not {count}")
    items = list(splits["test"].select(range(count)))
    barred = {item["group"] for item in items}
    shown = demonstrations_by_language(record, splits["train"], shots, barred_groups=barred)
    return [
        Instance("loglikelihood", item, (pack.prompt(record, item, shown[item["lang"]]), answer), i)
        for item in items
        for i, answer in enumerate(pack.continuations(record, len(item["options"])))
    ]


def take_turns(
    stock: HFLM, ours: PrefixLM, requests: list[Any], *, first: int
) -> tuple[list[float], list[Scores]]:
    """Seconds and scores of both, `hf` before `hf-prefix`; `first` says which one starts."""
    seconds: list[float] = [0.0, 0.0]
    scores: list[Scores] = [[], []]
    for which in (first, 1 - first):
        start = time.perf_counter()
        scores[which] = (stock, ours)[which].loglikelihood(requests, disable_tqdm=True)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds[which] = time.perf_counter() - start
    return seconds, scores


def differing_choices(requests: list[Any], expected: Scores, found: Scores) -> int:
    """Items of which another option has the highest log-likelihood."""
    return sum(
        a != b for a, b in zip(choices(requests, expected), choices(requests, found), strict=True)
    )


def choices(requests: list[Any], scores: Scores) -> list[int]:
    """The first best option of each item, as in lm-eval."""
    items: list[list[float]] = []
    for request, (value, _) in zip(requests, scores, strict=True):
        if request.idx == 0:
            items.append([])
        items[-1].append(value)
    return [options.index(max(options)) for options in items]


if __name__ == "__main__":
    typer.run(main)
