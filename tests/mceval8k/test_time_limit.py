"""A limit of time ends a body, and leaves timers and handlers as they were."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from mceval8k.errors import UsageError
from mceval8k.time_limit import time_limit


def test_a_body_that_does_not_end() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with (
        pytest.raises(UsageError, match=r"the loop takes longer than 0\.05 s"),
        time_limit(0.05, "the loop"),
    ):
        while True:
            pass
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_timer_that_runs_already_goes_on() -> None:
    signal.setitimer(signal.ITIMER_REAL, 100)
    try:
        with time_limit(5, "nothing"):
            time.sleep(0.01)
        assert 98 < signal.getitimer(signal.ITIMER_REAL)[0] < 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_another_thread_is_not_limited() -> None:
    done = []

    def work() -> None:
        with time_limit(0.001, "nothing"):
            time.sleep(0.02)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done
