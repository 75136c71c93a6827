from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from harness.report.tables import MEASURES, ROTATION, tables
from harness.samples.counts import Count
from mceval8k import all_tasks
from mceval8k.statistics import Estimate

ESTIMATE = Estimate(0.25, 0.2, 0.3)
UNKNOWN = Estimate(0.25, float("nan"), float("nan"))


def evaluation(estimate: Estimate = ESTIMATE, **changes: Any) -> Any:
    values = dict.fromkeys([*MEASURES, *ROTATION], estimate)
    tasks = list(all_tasks().values())
    metrics = {
        task.name: SimpleNamespace(
            task=task.name,
            values=values,
            languages={"zh": values} if len(task.languages) > 1 else {},
            counts={"zh": Count(1, 4)},
        )
        for task in tasks
    }
    scores = [
        SimpleNamespace(
            task=t.name, genre=t.genre, count=Count(250, 1000), accuracy=ESTIMATE, chance=0.25
        )
        for t in tasks
    ]
    record = {"model": "hf", "model_args": "pretrained=[bold]x", "edition": "e"}
    return SimpleNamespace(
        record=record | {"num_fewshot": "0", "pack": "default"},
        options=SimpleNamespace(rotate=changes.get("rotate", False)),
        scores=scores,
        averages=SimpleNamespace(micro=ESTIMATE, genre_macro=ESTIMATE),
        metrics=metrics,
    )


def printed(*arguments: Any, **options: Any) -> str:
    # Like the console of `mceval8k.console.results`.
    console = Console(width=80, record=True, file=io.StringIO(), markup=False, emoji=False)
    for table in tables(*arguments, **options):
        console.print(table)
    return console.export_text()


def test_everything_fits_into_80_columns() -> None:
    text = printed(evaluation(rotate=True), metrics=True)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    for heading in (*MEASURES.values(), *ROTATION.values(), "language"):
        assert heading in text


@pytest.mark.parametrize(("rotate", "metrics", "count"), [(False, False, 1), (True, False, 2)])
def test_only_what_was_asked_for_is_shown(rotate: bool, metrics: bool, count: int) -> None:
    assert len(list(tables(evaluation(rotate=rotate), metrics=metrics))) == count


def test_names_are_no_markup() -> None:
    assert "[bold]x" in printed(evaluation())


def test_an_interval_that_is_not_known_is_left_blank() -> None:
    assert "nan" not in printed(evaluation(UNKNOWN), metrics=True)
