"""Editions that are pushed to a local Hub."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from builders.build import Built, build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.reading.sources.samples import FOLDER as SAMPLES


def parquet(rows: list[dict[str, Any]]) -> bytes:
    """Rows as the content of a parquet file."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer)
    return buffer.getvalue()


@pytest.fixture
def converted(news: list[dict[str, Any]]) -> dict[str, bytes]:
    """AG News as the Hub converts it, in two shards."""
    return {
        "default/train/0000.parquet": parquet(news[:30]),
        "default/train/0001.parquet": parquet(news[30:48]),
        "default/test/0000.parquet": parquet(news[48:]),
    }


@pytest.fixture(scope="session")
def full_edition(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """An edition of kind `full`: a mirror with the rows of the samples."""
    store = open_source(str(SAMPLES))
    folder = tmp_path_factory.mktemp("full") / "edition"
    tasks = plan("ner,agnews,paws,commonsenseqa,mlama", store).builders
    return build(tasks, store, Request(all_there_is=True), folder)


@pytest.fixture
def edition(full_edition: Built, tmp_path: Path) -> Path:
    """A copy of the edition that a test may change."""
    return shutil.copytree(full_edition.folder, tmp_path / "edition")


@pytest.fixture
def build_news() -> Callable[..., Path]:
    """Build agnews from the samples, as a full edition."""

    def make(folder: Path, **request: Any) -> Path:
        store = open_source(str(SAMPLES))
        return build(plan("agnews", store).builders, store, Request(**request), folder).folder

    return make
