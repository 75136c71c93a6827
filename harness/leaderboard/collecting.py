"""All runs of a board: what is known from the cache, the rest read, by several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from harness.leaderboard import run_cache
from harness.leaderboard.finding import ResultFile, files_of
from harness.leaderboard.reading import read_run
from harness.leaderboard.records import Run
from mceval8k.console import progress

MANY_BYTES = 50_000_000
"""From here on, several processes are worth the seconds that it takes to start them."""


def collect(
    files: Sequence[ResultFile], *, use_cache: bool = True, tell: Callable[[str], object] = id
) -> list[Run]:
    """Runs of result files, in their order.

    Parameters
    ----------
    files
        What to read.
    use_cache
        Whether to look in the cache first, and to keep there what is read.
    tell
        Called with a line when much is to be read.
    """
    paths = [run_cache.cache_path(file.path, file.label) for file in files]
    known = [run_cache.load(path) if use_cache else None for path in paths]
    missing = [file for file, run in zip(files, known, strict=True) if run is None]
    read = dict(zip(missing, _read(missing, tell), strict=True))
    if use_cache:
        for file, path in zip(files, paths, strict=True):
            if file in read:
                run_cache.store(path, read[file])
    return [run or read[file] for file, run in zip(files, known, strict=True)]


def _read(files: Sequence[ResultFile], tell: Callable[[str], object]) -> list[Run]:
    size = sum(each.stat().st_size for file in files for each in files_of(file.path))
    workers = min(len(files), _processors())
    with progress("read results", len(files)) as advance:
        if size < MANY_BYTES or workers < 2:
            return list(_counted(map(read_run, files), advance))
        tell(f"reading {len(files)} result files, {size / 1e9:.1f} GB, with {workers} processes")
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            chunk = max(1, len(files) // (8 * workers))
            return list(_counted(pool.map(read_run, files, chunksize=chunk), advance))


def _counted(runs: Iterable[Run], advance: Callable[[int], None]) -> Iterator[Run]:
    for run in runs:
        advance(1)
        yield run


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
