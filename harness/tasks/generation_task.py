"""Tasks that are answered by generating text, for chat models and servers without log-likelihoods.

They ask what the log-likelihood tasks ask, with one line more that says what form the reply must
have. An item whose reply cannot be read counts as wrong; how often that happens is a metric beside
the accuracy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.samples.prompt_columns import INSTRUCTION, SYMBOLS
from harness.samples.replies import VERSION, read_reply
from harness.tasks.lm_eval_task import MCEval8kTask


class GenerationTask(MCEval8kTask):
    """A task of the registry whose answer is generated and then read."""

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Read the task's splits, and say in each instruction what the reply must be."""
        super().download(dataset_kwargs, **kwargs)
        task, pack = self.benchmark_task, self.pack
        items = self.dataset["test"]
        instructions = [
            f"{pack.instruction(task, lang)}\n"
            f"{pack.reply_instruction(task, lang, len(options))}{pack.separator}"
            for lang, options in zip(items["lang"], items["options"], strict=True)
        ]
        prompted = items.remove_columns(INSTRUCTION).add_column(INSTRUCTION, instructions)
        self.dataset["test"] = prompted
        self.config.metadata |= {
            "pack_digest": pack.digest(task, generation=True),
            "reply_reader": VERSION,
        }


def process_results(doc: Mapping[str, Any], results: Sequence[str | None]) -> dict[str, float]:
    """Metrics of one item: whether the reply is right, and whether it cannot be read."""
    chosen = read_reply(results[0], doc[SYMBOLS], doc["options"])
    return {"acc": float(chosen == doc["label"]), "unreadable": float(chosen is None)}
