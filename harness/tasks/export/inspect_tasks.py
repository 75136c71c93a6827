"""The tasks for inspect-ai (extra `inspect`): `inspect_ai.eval(TASKS["agnews"](edition=…), …)`.

A model generates its answer. Prompts are those of `harness.tasks.generation_task` in one message of
the user, and replies are read by the same rules.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from inspect_ai import Task as InspectTask
from inspect_ai import task as inspect_task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer, stderr
from inspect_ai.solver import TaskState, generate

from harness.run.evaluation import load_task
from harness.samples.prompt_columns import SYMBOLS
from harness.samples.replies import VERSION, read_reply
from harness.tasks.settings import read_settings
from mceval8k.prompts.demonstrations import shots
from mceval8k.registry import all_tasks
from mceval8k.task import Task


def _inspect_task(task: Task) -> Callable[..., InspectTask]:
    def ask(
        edition: str | None = None,
        revision: str | None = None,
        pack: str | None = None,
        num_fewshot: str = "0",
        seed: int | None = None,
    ) -> InspectTask:
        given = {
            "edition": edition,
            "edition_revision": revision,
            "pack": pack,
            "demonstration_seed": seed,
        }
        settings = read_settings(given, os.environ)
        count = shots(num_fewshot, task)
        loaded = load_task(settings, task, count, generation=True)
        samples = [
            Sample(
                id=doc["id"],
                input=str(loaded.fewshot_context(doc, count)),
                target=doc[SYMBOLS][doc["label"]],
                metadata={name: doc[name] for name in ("group", "lang", "options", SYMBOLS)},
            )
            for doc in loaded.eval_docs
        ]
        digest = loaded.config.metadata["edition_digest"]
        return InspectTask(
            dataset=MemoryDataset(samples, name=task.name),
            solver=generate(),
            scorer=named_option(),
            metadata={"edition_digest": digest, "reply_reader": VERSION},
        )

    ask.__name__ = ask.__qualname__ = task.module_name
    ask.__doc__ = f"{task.summary}."
    return inspect_task(name=task.module_name)(ask)


@scorer(metrics={"acc": [mean(), stderr(cluster="group")], "unreadable": [mean()]})
def named_option() -> Scorer:
    """Whether the reply names the right option, and whether it names none that can be read."""

    async def score(state: TaskState, target: Target) -> Score:
        symbols = state.metadata[SYMBOLS]
        chosen = read_reply(state.output.completion, symbols, state.metadata["options"])
        answer = None if chosen is None else symbols[chosen]
        values = {"acc": float(answer == target.text), "unreadable": float(answer is None)}
        return Score(value=values, answer=answer)

    return score


TASKS: Mapping[str, Callable[..., InspectTask]] = {
    name: _inspect_task(task) for name, task in all_tasks().items()
}
"""inspect-ai's tasks by the name of ours."""
