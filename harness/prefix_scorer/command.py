"""`mceval8k lm-eval`: lm-eval's own command, with `hf-prefix` among its models."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from harness.prefix_scorer import register


def lm_eval_command(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="What follows `lm-eval`; see `lm-eval --help`.")
    ] = None,
) -> None:
    """Run lm-eval's own command line, to which the model `hf-prefix` is added."""
    from lm_eval.__main__ import cli_evaluate

    register()
    # lm-eval reads the command line itself.
    sys.argv = ["lm-eval", *(arguments or ())]
    cli_evaluate()
