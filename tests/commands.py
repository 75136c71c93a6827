"""Commands run in this process, which has imported what they import: a second less for each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from subprocess import CompletedProcess

import pytest

import neurgrad_eval.cli
from mceval8k import cli


def mceval8k(*words: object) -> CompletedProcess[str]:
    """Run `mceval8k`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli.app, "registered_groups", [*cli.app.registered_groups])
        return _run(cli.main, "mceval8k", *words)


def neurgrad(*words: object) -> CompletedProcess[str]:
    """Run `neurgrad`."""
    return _run(neurgrad_eval.cli.main, "neurgrad", *words)


def _run(main: Callable[[], None], *typed: object) -> CompletedProcess[str]:
    words = [str(word) for word in typed]
    out, err, status = StringIO(), StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", words)
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
    return CompletedProcess(words, status, out.getvalue(), err.getvalue())
