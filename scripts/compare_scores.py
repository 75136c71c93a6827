"""Compare two lm-eval runs of the same items, and both with a direct computation.

Reads the samples that `lm-eval run --log_samples` or `mceval8k eval --out` wrote below two folders.
With `--model`, every prompt is also run alone, without batch, cache or lm-eval, and the
log-probability of each answer is read off the last token.

    python scripts/compare_scores.py RUN_HF RUN_HF_PREFIX [--model PATH] [--direct all]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import torch
import typer
from numpy.typing import NDArray
from transformers import AutoModelForCausalLM, AutoTokenizer

Scores = NDArray[np.float64]

COLUMNS = (
    *("task", "items", "first", "second", "largest difference", "other choices"),
    *("computed directly", "in Chinese", "from first", "other choices", "from second"),
    "other choices",
)


@dataclass(frozen=True, eq=False)
class Item:
    """One item of a run: its prompt, its answers and their log-probabilities."""

    lang: str
    prompt: str
    answers: tuple[str, ...]
    scores: Scores
    right: bool


def main(
    first: Annotated[Path, typer.Argument(help="Folder of a run.")],
    second: Annotated[Path, typer.Argument(help="Folder of a run of the same items.")],
    model: Annotated[str | None, typer.Option(help="Compute every item directly, too.")] = None,
    direct: Annotated[str, typer.Option(help="Tasks computed directly, or 'all'.")] = "all",
) -> None:
    """Print a Markdown table, a line per task."""
    runs = read_run(first), read_run(second)
    if list(runs[0]) != list(runs[1]):
        raise SystemExit(f"{first} and {second} hold different tasks")
    compute = Direct(model) if model else None
    print(f"| {' | '.join(COLUMNS)} |")
    print(f"|---|{'--:|' * (len(COLUMNS) - 1)}")
    for task, items in runs[0].items():
        others = runs[1][task]
        check_same(task, items, others)
        cells = [
            task,
            str(len(items)),
            *(f"{np.mean([item.right for item in run]):.2f}" for run in (items, others)),
            *differences([i.scores for i in items], [i.scores for i in others]),
        ]
        if compute and (direct == "all" or task in direct.split(",")):
            plain = [compute(item) for item in items]
            cells += [str(len(plain)), str(sum(item.lang == "zh" for item in items))]
            for run in (items, others):
                cells += differences(plain, [item.scores for item in run])
        print(f"| {' | '.join(cells + [''] * (len(COLUMNS) - len(cells)))} |", flush=True)


def read_run(folder: Path) -> dict[str, list[Item]]:
    """Items of each task, in the order of their numbers."""
    found = {}
    for path in sorted(folder.rglob("samples_mceval8k_*.jsonl")):
        name = path.name.removeprefix("samples_mceval8k_").rsplit("_", 1)[0]
        if name in found:
            raise SystemExit(f"{folder}: more than one result of {name}")
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found[name] = [_item(row) for row in sorted(rows, key=lambda row: int(row["doc_id"]))]
    if not found:
        raise SystemExit(f"{folder}: no samples of the benchmark's tasks")
    return dict(sorted(found.items()))


def _item(row: dict[str, Any]) -> Item:
    requests = [row["arguments"][f"gen_args_{i}"] for i in range(len(row["arguments"]))]
    (prompt,) = {request["arg_0"] for request in requests}
    scores = np.array([float(score) for score, _ in row["filtered_resps"]])
    answers = tuple(request["arg_1"] for request in requests)
    return Item(row["doc"]["lang"], prompt, answers, scores, bool(row["acc"]))


def check_same(task: str, items: list[Item], others: list[Item]) -> None:
    """Both runs must have the same requests."""
    requests, others_requests = ([(i.prompt, i.answers) for i in run] for run in (items, others))
    if requests != others_requests:
        raise SystemExit(f"{task}: the runs have different prompts")


def differences(some: list[Scores], others: list[Scores]) -> Iterator[str]:
    """Largest difference of a log-probability, and the items whose choice differs."""
    pairs = list(zip(some, others, strict=True))
    yield f"{max(float(abs(a - b).max()) for a, b in pairs):.1e}"
    yield str(sum(int(a.argmax() != b.argmax()) for a, b in pairs))


class Direct:
    """Log-probability of each answer's token after a prompt, from transformers alone."""

    def __init__(self, model: str) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(model)
        self.model = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()

    @torch.inference_mode()
    def __call__(self, item: Item) -> Scores:
        """Scores of an item's answers, each of one token."""
        ids = self.tokenizer(item.prompt, return_tensors="pt").input_ids
        last = self.model(ids, logits_to_keep=1).logits[0, -1].double().log_softmax(-1)
        tokens = []
        for answer in item.answers:
            (token,) = self.tokenizer(item.prompt + answer).input_ids[ids.shape[1] :]
            tokens.append(token)
        scores: Scores = last[tokens].numpy()
        return scores


if __name__ == "__main__":
    typer.run(main)
