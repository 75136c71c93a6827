"""Toy mirrors and what is built from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from builders.build import Built, build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.reading.upstream import UpstreamRow
from mceval8k.editions import open_edition

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
    """Six tasks, one of each genre, built from the embedded samples."""
    return _built("ner,agnews,paws,commonsenseqa,halueval,mlama", tmp_path_factory)


@pytest.fixture(scope="session")
def further_samples(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The other sixteen tasks, built from the embedded samples."""
    tasks = (
        "chunking,clang8,postag,amazon-reviews,imdb,mnli,swag,fever,myriadlama,templama,"
        "stereoset,toxicity,amazon-review-multi,lti,mpostag,xnli"
    )
    return _built(tasks, tmp_path_factory)


def _built(tasks: str, temporary: pytest.TempPathFactory) -> Built:
    store = open_source("samples")
    folder = temporary.mktemp("built") / "samples"
    return build(plan(tasks, store).builders, store, Request(all_there_is=True), folder)


@pytest.fixture
def digest_elsewhere(tmp_path: Path) -> Callable[[Sequence[str]], str]:
    """Function that builds tasks again in other processes, and gives the edition's digest."""

    def build_again(tasks: Sequence[str]) -> str:
        words = ["build", "--task", ",".join(tasks), "--processes", "2"]
        subprocess.run(
            [sys.executable, "-m", "mceval8k", *words, "--out", str(tmp_path / "again")],
            env={**os.environ, "PYTHONHASHSEED": "1"},
            capture_output=True,
            check=True,
        )
        return open_edition(tmp_path / "again").digest

    return build_again
