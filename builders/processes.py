"""Work shared by processes, with results in the order of the work."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")

PROCESSES = min(2, os.cpu_count() or 1)
"""How many the commands use where nothing else is asked."""


def in_order(
    work: Callable[[Piece], Result], pieces: Sequence[Piece], processes: int
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
    """
    if processes == 1 or len(pieces) == 1:
        yield from map(work, pieces)
        return
    # Not forked: a fork copies the threads' locks of Arrow and of the tokenisers.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(min(processes, len(pieces)), mp_context=context)
    try:
        yield from pool.map(work, pieces)
    finally:
        pool.shutdown(cancel_futures=True)
