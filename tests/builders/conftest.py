"""Toy mirrors and what is built from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from builders.build import Built, build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.reading.upstream import UpstreamRow

TOPICS = ("border talks", "cup final", "share price", "comet probe")


@pytest.fixture
def write_jsonl() -> Callable[[Path, Iterable[Any]], Path]:
    def write(path: Path, rows: Iterable[Any]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write


@pytest.fixture
def upstream_rows() -> Callable[[Iterable[Mapping[str, Any]]], list[UpstreamRow]]:
    def wrap(values: Iterable[Mapping[str, Any]]) -> list[UpstreamRow]:
        return [
            UpstreamRow(each, "owner/set", f"train:{number}", f"train.jsonl: line {number + 1}")
            for number, each in enumerate(values)
        ]

    return wrap


@pytest.fixture
def news() -> list[dict[str, Any]]:
    """Sixteen articles of each of the four topics."""
    return [
        {"text": f"Report {number} on the {topic} of day {number}", "label": label}
        for number in range(16)
        for label, topic in enumerate(TOPICS)
    ]


@pytest.fixture
def news_mirror(tmp_path: Path, write_jsonl: Any, news: list[dict[str, Any]]) -> Path:
    """Mirror with AG News alone: 48 rows of training, 16 of test."""
    folder = tmp_path / "mirror" / "fancyzhx/ag_news/default"
    write_jsonl(folder / "train.jsonl", news[:48])
    write_jsonl(folder / "test.jsonl", news[48:])
    return tmp_path / "mirror"


@pytest.fixture(scope="session")
def samples_edition(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The six tasks, built from the embedded samples."""
    store = open_source("samples")
    tasks = "ner,agnews,paws,commonsenseqa,halueval,mlama"
    folder = tmp_path_factory.mktemp("built") / "samples"
    return build(plan(tasks, store).builders, store, Request(all_there_is=True), folder)
