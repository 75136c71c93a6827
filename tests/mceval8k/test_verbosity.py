"""What is shown besides the result: by --quiet, --verbose, and whether there is a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from tqdm import tqdm

from mceval8k import verbosity
from mceval8k.console import complain, progress, say
from mceval8k.errors import UsageError


class Terminal(io.StringIO):
    """Standard error of a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbosity, "_requested", verbosity._Requested())
    monkeypatch.setattr(tqdm, "__init__", tqdm.__init__)
    monkeypatch.delenv("RANK", raising=False)


def test_bars_are_of_terminals_and_of_the_first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not verbosity.has_bars()
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert verbosity.has_bars()
    monkeypatch.setenv("RANK", "1")
    assert not verbosity.has_bars()
    monkeypatch.setenv("RANK", "0")
    verbosity.ask(quiet=True)
    assert not verbosity.has_bars()


def test_bars_of_libraries_are_hidden_though_they_ask_for_it() -> None:
    verbosity.settle()
    verbosity.settle()
    shown = io.StringIO()
    assert list(tqdm(range(3), disable=False, file=shown)) == [0, 1, 2]
    assert shown.getvalue() == ""


def test_quiet_leaves_errors(capsys: pytest.CaptureFixture[str]) -> None:
    say("a note")
    verbosity.ask(quiet=True)
    say("another")
    complain("error: wrong")
    with progress("work", 2) as advance:
        advance(1)
    assert capsys.readouterr().err.split("\n") == ["a note", "error: wrong", ""]


def test_quiet_and_verbose() -> None:
    verbosity.ask(quiet=True)
    with pytest.raises(UsageError, match="exclude each other"):
        verbosity.ask(verbose=True)
