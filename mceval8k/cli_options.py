"""Options that the commands of both programs share: names, older names, how help shows them.

Former names of options still work but are not shown. Commands state them where they are
declared, as `context_settings=renamed(tasks="task")`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from mceval8k.help_groups import with_groups
from mceval8k.verbosity import ask, settle
from mceval8k.version import __version__

TASKS_HELP = "Tasks or genres, separated by commas, or 'all' that are there."
REVISION_HELP = "Branch, tag or commit of the edition's Hub id."

Tasks = Annotated[str, typer.Option("--task", help=TASKS_HELP)]
EditionRevision = Annotated[str | None, typer.Option("--edition-revision", help=REVISION_HELP)]

_METAVARS = {
    "<bool>": "",
    "<float>": "FLOAT",
    "<float range>": "FLOAT",
    "<int>": "INT",
    "<int range>": "INT",
    "<list[Path]>": "PATH",
    "<list[str]>": "TEXT",
    "<path>": "PATH",
    "<str>": "TEXT",
}


def print_version(wanted: bool) -> None:
    """Print the version and end, where `--version` is given."""
    if wanted:
        print(__version__)
        raise typer.Exit


def program_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Options of a program itself, which `print_version` acts on."""


def renamed(**names: str) -> dict[str, Any]:
    """Context settings of a command some of whose options had other names.

    Parameters
    ----------
    **names
        New name by old one, without dashes before it; an underscore stands for a dash.
    """
    return {"token_normalize_func": _translator({_dashed(k): v for k, v in names.items()})}


def examples(*lines: str) -> str:
    r"""Text that ends a command's help: lines to type, kept as they are (click's `\b`)."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines))) if lines else ""


def with_help(command: Any) -> Any:
    """Let help name what options take in the usual words, and show whole lines on commands."""
    for child in getattr(command, "commands", {}).values():
        child.short_help = " ".join((child.help or "").partition("\n\n")[0].split())
        with_help(child)
    context = typer.Context(command)
    for parameter in command.params:
        if hasattr(parameter, "display_type"):  # older versions of Typer show these words anyway
            shown = parameter.display_type(context)
            word = _METAVARS.get(shown, shown.strip("<>"))
            parameter.display_type = lambda _context, word=word: word
    with_groups(command)
    return command


def with_shared(command: Any) -> Any:
    """Give a program and each of its commands `--quiet` and `--verbose`; then see `with_help`."""
    of_groups, of_commands = (
        typer.main.get_command(_verbosity(act)).params for act in (ask, settle)
    )
    _add(command, of_groups, of_commands)
    return with_help(command)


def _add(command: Any, of_groups: Sequence[Any], of_commands: Sequence[Any]) -> None:
    children = getattr(command, "commands", {}).values()
    for child in children:
        _add(child, of_groups, of_commands)
    if not command.context_settings.get("ignore_unknown_options"):  # such hand their options on
        command.params.extend(of_groups if children else of_commands)


def _verbosity(act: Callable[..., None]) -> typer.Typer:
    """Make a command with the options that all have; `act` receives their values."""
    app = typer.Typer(add_completion=False)

    def switch(name: str, text: str) -> Any:
        def note(value: bool) -> None:
            act(**{name: value})

        return typer.Option(False, f"--{name}", help=text, callback=note, expose_value=False)

    quietly = switch("quiet", "Show results and errors only.")
    in_detail = switch("verbose", "Show also what libraries log, and tracebacks of their errors.")

    @app.command()
    def _(*, quiet: bool = quietly, verbose: bool = in_detail) -> None: ...

    return app


def _translator(names: dict[str, str]) -> Callable[[str], str]:
    return lambda word: names.get(word, word)


def _dashed(name: str) -> str:
    return name.replace("_", "-")
