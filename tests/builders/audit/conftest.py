"""Toy editions: clean ones of a few tasks, and ways to plant one defect in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from builders.audit.auditing import Checked, concluded
from builders.audit.checks import all_checks
from builders.audit.crossing import texts
from builders.audit.finding import Finding
from builders.audit.rows import TaskRows
from mceval8k.editions.released import STEMS
from mceval8k.item import make_item
from mceval8k.registry import get_task

Splits = dict[str, list[dict[str, Any]]]
SIZES = {"train": 360, "validation": 60, "test": 60}
YEARS = tuple(str(year) for year in range(2001, 2009))


def words(number: int, count: int = 9) -> str:
    """Words that no other number has, always as many characters."""
    return " ".join(f"w{number:04d}{letter}" for letter in "abcdefghijklmnopqrst"[:count])


def raw(name: str, number: int) -> dict[str, Any]:
    """A sound row of a task, the number-th of many."""
    text = words(number)
    fourth = number % 4
    if name == "agnews":
        return {"text": text, "label": fourth}
    if name == "clang8":
        other = words(number + 5000)
        return {"sentence1": text, "sentence2": other, "acceptable": number % 2}
    if name == "mlama":
        lang = ("en", "fr", "de", "zh", "es")[number % 5]
        options = [f"o{number:04d}{letter}" for letter in "abcd"]
        return {
            "uuid": f"u{number}",
            "text": f"{text} [Y]",
            "options": options,
            "label": number // 5 % 4,
            "lang": lang,
        }
    if name == "ner":
        options = ["PER", "ORG", "LOC", "MISC"]
        turned = [options[(place + number // 4) % 4] for place in range(4)]
        chunks = [[f"w{number:04d}a"], [f"w{number:04d}b"]]
        row = {"text": text, "chunks": chunks, "target_chunk": chunks[0]}
        return row | {"options": turned, "label": fourth}
    if name == "templama":
        # Every run of four years, each year of it as often the gold.
        options = [YEARS[(number // 4 + place) % 8] for place in range(4)]
        return {"text": text, "options": options, "label": fourth}
    options = [f"o{number:04d}{letter}" for letter in "abcde"]
    return {"text": text, "options": options, "label": number % 5}


@pytest.fixture(scope="session")
def toy() -> Callable[[str], Splits]:
    """Sound rows of a task by split."""

    def make(name: str) -> Splits:
        numbers = iter(range(sum(SIZES.values())))
        return {
            split: [raw(name, next(numbers)) for _ in range(size)] for split, size in SIZES.items()
        }

    return make


@pytest.fixture
def task_rows() -> Callable[[str, Mapping[str, Sequence[Mapping[str, Any]]]], TaskRows]:
    def build(name: str, splits: Mapping[str, Sequence[Mapping[str, Any]]]) -> TaskRows:
        task = get_task(name)
        items, names = [], []
        for split, rows in splits.items():
            for number, row in enumerate(rows):
                items.append(make_item(task, row, source="toy", source_id=f"{split}:{number}"))
                names.append(split)
        return TaskRows(task, tuple(items), tuple(names))

    return build


@pytest.fixture
def findings(task_rows: Any) -> Callable[[str, Splits], list[Finding]]:
    """All findings of all checks."""

    def find(name: str, splits: Splits) -> list[Finding]:
        rows = task_rows(name, splits)
        results = tuple(found for check in all_checks() for found in check.find(rows))
        checked = Checked(name, rows.counts, results, None, texts(rows))
        return list(concluded("toy", [checked]).tasks[0].findings)

    return find


def write_tasks(folder: Path, tasks: Mapping[str, Splits]) -> Path:
    """Write tasks as an edition in the released layout."""
    for name, splits in tasks.items():
        below = folder / "released" / get_task(name).released_folder
        below.mkdir(parents=True)
        for split, rows in splits.items():
            (below / f"{STEMS[split]}.json").write_text(json.dumps(rows), encoding="utf-8")
    return folder / "released"


@pytest.fixture
def write_released(tmp_path: Path) -> Callable[[Mapping[str, Splits]], Path]:
    return partial(write_tasks, tmp_path)


@pytest.fixture
def released_part(shared_dir: Path, tmp_path: Path) -> Callable[[Sequence[str], int], Path]:
    """Make an edition of the first rows of each split of the released one: of `share` rows one."""

    def make(tasks: Sequence[str], share: int) -> Path:
        for name in tasks:
            below = get_task(name).released_folder
            assert below is not None
            (tmp_path / "part" / below).mkdir(parents=True)
            for path in (shared_dir / "released" / below).iterdir():
                copy = tmp_path / "part" / below / path.name
                if path.suffix == ".parquet":
                    table = pq.read_table(path)
                    pq.write_table(table.slice(0, len(table) // share), copy)
                else:
                    rows = json.loads(path.read_text(encoding="utf-8"))
                    copy.write_text(json.dumps(rows[: len(rows) // share]), encoding="utf-8")
        return tmp_path / "part"

    return make
