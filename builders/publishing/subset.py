"""An edition without some of its tasks: the same files, with documents that fit what is left."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from builders.audit.stored import keep_audit, read_audit
from builders.card.card import README, Entry, read_sections
from builders.card.pages import NOTES
from builders.making.writing import write_documents
from mceval8k.editions import SPLITS
from mceval8k.editions.manifest import read_manifest
from mceval8k.editions.native import split_file
from mceval8k.registry import all_tasks


def write_subset(folder: Path, left_out: Collection[str], target: Path) -> None:
    """Write an edition without some tasks into an empty folder.

    The tasks' files are copied as they are; schema, card and manifest are written anew, and the
    sections that the card has on the tasks that stay are kept word for word.
    """
    manifest = read_manifest(folder)
    tasks = [task for name, task in all_tasks().items() if name in manifest.tasks]
    kept = [task for task in tasks if task.name not in left_out]
    sections, notes = (_sections(folder / name) for name in (README, NOTES))
    for name in (split_file(task.name, split) for task in kept for split in SPLITS):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / name, target / name)
    if (found := read_audit(folder)) is not None:
        stay = {task.name for task in kept}
        tasks_kept = tuple(each for each in found.tasks if each.task in stay)
        keep_audit(target, replace(found, tasks=tasks_kept))
    ids = {source.id for task in kept for source in task.sources}
    write_documents(
        target,
        edition=manifest.edition,
        version=manifest.version,
        seed=manifest.seed,
        sources={name: text for name, text in manifest.sources.items() if name in ids},
        entries=[
            Entry(
                task,
                manifest.tasks[task.name],
                sections.get(task.name, ""),
                notes.get(task.name, ""),
            )
            for task in kept
        ],
        left_out=[task for task in tasks if task.name in left_out],
    )


def _sections(path: Path) -> Mapping[str, str]:
    return read_sections(path.read_text(encoding="utf-8")) if path.is_file() else {}
