"""`mceval8k lm-eval`: lm-eval's own command, which knows our tasks and the model `hf-prefix`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from harness.prefix_scorer import register
from harness.tasks.discovery import tasks_path
from mceval8k.errors import UsageError
from mceval8k.verbosity import settle

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
    settle()
    # lm-eval reads the command line itself.
    sys.argv = ["lm-eval", *with_tasks(arguments or ())]
    try:
        with _checking(sys.argv[1:]):
            cli_evaluate()
    except (ValueError, KeyError) as error:
        if not _is_of_command_line(error):
            raise
        reason = str(error.args[0] if error.args else error).strip()
        raise UsageError(f"lm-eval: {reason.partition(chr(10))[0]}") from error


def _checking(arguments: Sequence[str]) -> AbstractContextManager[None]:
    """Refuse checkpoints that lack weights where models are run; lists and help need no torch."""
    first = next(iter(arguments), "ls")
    runs = first == "run" or first.startswith("-")  # lm-eval runs where no command is named
    if not runs or {"-h", "--help"}.intersection(arguments):
        return nullcontext()
    from harness.prefix_scorer.whole_checkpoints import only_whole_checkpoints

    return only_whole_checkpoints()


def _is_of_command_line(error: Exception) -> bool:
    """Whether lm-eval itself raised it about its arguments: a task or model that it has not got."""
    *_, innermost = traceback.extract_tb(error.__traceback__)
    parts = Path(innermost.filename).parts
    return "lm_eval" in parts and not {"models", "filters"} & set(parts)


def with_tasks(arguments: Sequence[str]) -> list[str]:
    """Add the folder of our tasks to what follows `lm-eval`, where no folder is chosen.

    lm-eval takes one folder only, from the command line or from the file of `--config`.
    """
    chosen = any(word.partition("=")[0] in _CHOOSE for word in arguments)
    alone = len(arguments) < 2  # a command by itself, for which lm-eval shows its help
    return [*arguments] if chosen or alone else [*arguments, _INCLUDE, str(tasks_path())]
