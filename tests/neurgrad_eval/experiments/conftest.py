"""The command line, run in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from neurgrad_eval import cli


@pytest.fixture
def neurgrad(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `neurgrad` with words and options; gives status, standard output and error."""

    def run(*words: Any, **options: Any) -> tuple[int, str, str]:
        pairs = ((f"--{name.replace('_', '-')}", value) for name, value in options.items())
        typed = [*words, *(part for pair in pairs for part in pair)]
        monkeypatch.setattr(sys, "argv", ["neurgrad", *map(str, typed)])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, " ".join(said.err.split())

    return run
