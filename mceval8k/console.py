"""What the command lines share: results on stdout, all else on stderr, errors in one line."""

from __future__ import annotations

import json
import sys
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from mceval8k.errors import MCEvalError

messages = Console(stderr=True, highlight=False)
"""Progress, notes and errors."""


def results() -> Console:
    """Console for tables on stdout."""
    return Console(highlight=False)


def say(text: str) -> None:
    """Print a note; text of the data is never read as markup."""
    messages.print(escape(text), soft_wrap=True)


def print_json(value: Any) -> None:
    """Print a command's one machine-readable result."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def run(app: typer.Typer) -> None:
    """Run a command line; a user's mistake becomes one line and its exit status."""
    try:
        app()
    except MCEvalError as error:
        say(f"error: {' '.join(str(error).split())}")
        sys.exit(error.exit_code)
    except OSError as error:
        say(f"error: {error.filename or ''}: {error.strerror or error}")
        sys.exit(1)
