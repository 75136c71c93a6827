"""The reference of the commands, made of the very options that they take."""

from __future__ import annotations

import re
from collections.abc import Callable
from copy import copy
from importlib.metadata import entry_points

import typer
from typer.cli import get_docs_for_click
from typer.main import get_command

from mceval8k import cli as mceval8k_cli
from mceval8k.cli_options import with_shared
from neurgrad_eval import cli as neurgrad_cli
from neurgrad_eval.runs import registry


def _mceval8k() -> typer.Typer:
    app = copy(mceval8k_cli.app)
    app.registered_groups = [*app.registered_groups]
    for point in sorted(entry_points(group="mceval8k.commands"), key=lambda found: found.name):
        app.add_typer(point.load())
    return app


def _neurgrad() -> typer.Typer:
    return neurgrad_cli.make_app(registry.modules())


_LISTS = re.compile(r"\*\*Commands\*\*:\n\n(\* .*\n)+\n")
"""Commands with their help cut short; each has its heading below."""
_EXAMPLES = re.compile(r"[\b\n]*^Examples:\n((?:  .*\n)+)", re.MULTILINE)
COMMANDS: dict[str, Callable[[], typer.Typer]] = {"mceval8k": _mceval8k, "neurgrad": _neurgrad}


def reference(name: str) -> str:
    """Markdown about a program: each of its commands, with arguments and options."""
    command = with_shared(get_command(COMMANDS[name]()))
    made = get_docs_for_click(obj=command, ctx=typer.Context(command), name=name)
    return _EXAMPLES.sub(_in_console, _LISTS.sub("", made))


def _in_console(found: re.Match[str]) -> str:
    lines = "".join(f"$ {line.strip()}\n" for line in found[1].splitlines())
    return f"\n\n**Examples**:\n\n```console\n{lines}```\n"
