"""Editions that are pushed to a local Hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders.build import Built, build, plan
from builders.making.task import Request
from builders.reading.sources import open_source
from builders.reading.sources.samples import FOLDER as SAMPLES


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
