"""`mceval8k lm-eval`: lm-eval's own command, which knows our tasks and the model `hf-prefix`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from harness.prefix_scorer import register
from harness.tasks.discovery import tasks_path

_INCLUDE = "--include_path"
_CHOOSE = (_INCLUDE, "--config", "-C")


def lm_eval_command(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="What follows `lm-eval`; see `lm-eval --help`.")
    ] = None,
) -> None:
    """Run lm-eval's own command line with our tasks and the model `hf-prefix`."""
    from lm_eval.__main__ import cli_evaluate

    register()
    # lm-eval reads the command line itself.
    sys.argv = ["lm-eval", *with_tasks(arguments or ())]
    cli_evaluate()


def with_tasks(arguments: Sequence[str]) -> list[str]:
    """Add the folder of our tasks to what follows `lm-eval`, where no folder is chosen.

    lm-eval takes one folder only, from the command line or from the file of `--config`.
    """
    chosen = any(word.partition("=")[0] in _CHOOSE for word in arguments)
    alone = len(arguments) < 2  # a command by itself, for which lm-eval shows its help
    return [*arguments] if chosen or alone else [*arguments, _INCLUDE, str(tasks_path())]
