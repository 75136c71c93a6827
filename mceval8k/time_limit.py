"""A limit of time for code that comes with data, such as chat templates."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from mceval8k.errors import UsageError


@contextmanager
def time_limit(seconds: float, what: str) -> Iterator[None]:
    """Raise UsageError in a body that takes longer: "`what` takes longer than … s".

    Only the main thread can be interrupted, and not on Windows; elsewhere nothing is limited. A
    timer that is already running continues afterwards.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not (is_main and hasattr(signal, "setitimer")):
        yield
        return

    def stop(_number: int, _frame: object) -> NoReturn:
        raise UsageError(f"{what} takes longer than {seconds:g} s")

    handler = signal.signal(signal.SIGALRM, stop)
    started = time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            rest = left - (time.monotonic() - started)
            signal.setitimer(signal.ITIMER_REAL, max(rest, 0.001), interval)
