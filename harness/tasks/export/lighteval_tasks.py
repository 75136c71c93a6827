"""The tasks for lighteval (extra `lighteval`), on the edition of `MCEVAL8K_EDITION`.

    lighteval accelerate "model_name=MODEL" "mceval8k_agnews|2" \
        --custom-tasks harness/tasks/export/lighteval_tasks.py

A task per language. Demonstrations are the first rows of train in that language, so prompts are
those of `harness.tasks.lm_eval_task` with `demonstration_seed` -1.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lighteval.metrics.metrics import Metrics
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc

from harness.tasks.export.lm_eval_yaml import leaves
from harness.tasks.generate import TASK_VERSION
from harness.tasks.settings import read_settings
from mceval8k.cache import cache_dir
from mceval8k.editions import SPLITS, Edition, open_edition
from mceval8k.errors import UsageError
from mceval8k.prompts.pack import Pack, load_pack
from mceval8k.task import Item, Task


def prompt_function(task: Task, pack: Pack, lang: str | None) -> Callable[[Item, str], Doc | None]:
    """What lighteval makes of a row; None for a row in another language."""

    def to_doc(row: Item, task_name: str) -> Doc | None:
        if lang not in (None, row["lang"]):
            return None
        return Doc(
            task_name=task_name,
            query=pack.block(task, row),
            choices=list(pack.continuations(task, len(row["options"]))),
            gold_index=row["label"],
            instruction=pack.instruction(task, row["lang"]),
            specific={"id": row["id"]},
        )

    # lighteval keeps responses by a task's settings, of a function by its name alone.
    to_doc.__name__ = f"to_doc_{pack.digest(task)[:16]}"
    return to_doc


def configs(environment: Mapping[str, str]) -> list[LightevalTaskConfig]:
    """Tasks of the edition that the environment names.

    Raises
    ------
    UsageError
        None is named; it is a folder in the released layout; the pack's prompts are none that
        lighteval can put together.
    """
    settings = read_settings({}, environment)
    edition = open_edition(settings.edition, revision=settings.edition_revision)
    pack = load_pack(settings.pack)
    if (pack.separator, pack.delimiter) != ("\n\n", " "):
        raise UsageError(
            f"pack {pack.name}: lighteval joins blocks by an empty line, and answers by a space"
        )
    source: dict[str, Any] = {"hf_repo": settings.edition, "hf_revision": edition.revision}
    if edition.revision is None:
        source = {"hf_repo": str(named_by_content(edition)), "hf_revision": None}
    return [
        LightevalTaskConfig(
            name=name,
            prompt_function=prompt_function(task, pack, lang),
            hf_subset=task.name,
            hf_avail_splits=list(SPLITS),
            evaluation_splits=["test"],
            few_shots_split="train",
            few_shots_select="sequential",
            metrics=[Metrics.loglikelihood_acc],
            version=TASK_VERSION,
            **source,
        )
        for task in map(edition.task, edition.tasks)
        for name, lang in leaves(task).items()
    ]


def named_by_content(edition: Edition) -> Path:
    """Link to an edition's folder, called by its digest.

    `datasets` keys what it has read of a folder on the folder's name and README: under its own name
    an edition that was built anew would be read as it was before.
    """
    if not (edition.path / "README.md").is_file():
        raise UsageError(f"edition {edition.name}: lighteval reads editions in our layout only")
    link = cache_dir() / "editions" / f"edition-{edition.digest[:24]}"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(edition.path.resolve(), target_is_directory=True)
    return link


TASKS_TABLE = configs(os.environ)
"""What lighteval looks for."""
