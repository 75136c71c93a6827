"""Boards made of result files that the tests write, and the local Hub of the publishing tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.leaderboard.board import Board, make_board
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.writing import write_board
from tests.harness.leaderboard.result_files import make_run, write_run

TASKS = "ner,agnews,paws,fever,toxicity,lti"
"""One task of each genre."""


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True, scope="module")
def _own_cache(cache: Path) -> Iterator[None]:
    """Only while tests of this folder run: the user's cache holds the model of the others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MCEVAL8K_CACHE", str(cache))
        yield


def board_of(*places: Path, **options: Any) -> Board:
    runs = collect(find_results(places), use_cache=False)
    return make_board(runs, **{"tasks": TASKS, **options})


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four models, one of them asked in two ways and one on a single task."""
    folder = tmp_path_factory.mktemp("made") / "results"
    skills = dict.fromkeys(TASKS.split(","), 1.0)
    for name, skill in (("lab/strong", 3.0), ("lab/weak", 0.3)):
        content, samples = make_run(name, tasks=dict.fromkeys(skills, skill), n=40)
        write_run(folder / name.replace("/", "-"), content, samples)
    content, samples = make_run("lab/strong", tasks=skills, n=40, shots=2, seed="few")
    write_run(folder / "few", content, samples)
    content, samples = make_run("lab/single", tasks={"agnews": 1.0}, n=40)
    write_run(folder / "single", content, samples)
    return folder


@pytest.fixture(scope="session")
def board(results: Path) -> Board:
    return board_of(results)


@pytest.fixture(scope="session")
def board_folder(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board") / "board"
    write_board(board, folder)
    return folder
