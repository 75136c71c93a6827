"""Work shared by processes, with results in the order of the work."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from mceval8k.console import progress
from mceval8k.errors import DataError

Piece = TypeVar("Piece")
Result = TypeVar("Result")

PROCESSES = min(2, os.cpu_count() or 1)
"""How many the commands use by default."""

_BROKEN = (
    "a worker process ended before its work was done: memory may be short (--processes 1 needs "
    "less), or the calling script cannot be imported, as workers do (it is read from standard "
    "input, or lacks `if __name__ == '__main__':`)"
)


def in_order(
    work: Callable[[Piece], Result], pieces: Sequence[Piece], processes: int, *, title: str
) -> Iterator[Result]:
    """Yield what `work` makes of each piece, in order; the first exception ends it.

    Parameters
    ----------
    work
        A function of a module, or a `functools.partial` of one.
    pieces
        What it is given.
    processes
        How many share the pieces; with one, or one piece, all is done in this process.
    title
        What is done, for the progress that is shown.

    Raises
    ------
    DataError
        A worker ended before its work was done.
    """
    with progress(title, len(pieces)) as advance:
        for done in _results(work, pieces, processes):
            advance(1)
            yield done


def _results(
    work: Callable[[Piece], Result], pieces: Sequence[Piece], processes: int
) -> Iterator[Result]:
    if processes == 1 or len(pieces) == 1:
        yield from map(work, pieces)
        return
    # Not forked: a fork copies the threads' locks of Arrow and of the tokenisers.
    context = multiprocessing.get_context("spawn")
    count = min(processes, len(pieces))
    pool = ProcessPoolExecutor(count, context, initializer=_follow, initargs=(os.getpid(),))
    try:
        yield from pool.map(work, pieces)
    except BrokenProcessPool:
        raise DataError(_BROKEN) from None
    except BaseException:
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _follow(parent: int) -> None:
    """End this process soon after its parent, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
