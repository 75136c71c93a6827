"""An edition in our layout with all tasks in all their languages, made of the records' examples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builders.card.header import header_text
from builders.making.writing import write_parquet
from mceval8k.editions.manifest import MANIFEST, Manifest
from mceval8k.editions.native import split_file
from mceval8k.files import sha256
from mceval8k.item import make_item
from mceval8k.registry import all_tasks
from mceval8k.task import Task

SIZES = {"train": 4, "validation": 1, "test": 2}
"""Items of each example."""


@pytest.fixture(scope="session")
def whole_edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the edition."""
    folder = tmp_path_factory.mktemp("editions") / "whole"
    make_whole_edition(folder)
    return folder


def make_whole_edition(folder: Path) -> None:
    """Write the edition."""
    counts = {}
    for task in all_tasks().values():
        counts[task.name] = {split: _write(folder, task, split) for split in SIZES}
    rows = sum(sum(of.values()) for of in counts.values())
    header = header_text(list(all_tasks().values()), rows)
    (folder / "README.md").write_text(f"{header}\n# Whole\n", encoding="utf-8")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    hashes = {path.relative_to(folder).as_posix(): sha256(path) for path in files}
    manifest = Manifest("whole", "0", 0, sources={}, tasks=counts, files=hashes)
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")


def _write(folder: Path, task: Task, split: str) -> int:
    items = list(_items(task, split))
    path = folder / split_file(task.name, split)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_parquet(path, task, items)
    return len(items)


def _items(task: Task, split: str) -> Iterator[dict[str, Any]]:
    for number in range(SIZES[split]):
        for place, raw in enumerate(task.examples):
            item = make_item(task, raw, source="example", source_id=str(place))
            name = f"{split}-{number}-{place}"
            more = {"question": f"{item['question']} ({{{{{name}}}}})", "group": name}
            digits = hashlib.sha256(name.encode()).hexdigest()[:12]
            yield {**item, **more, "id": f"{task.name}-{digits}"}
