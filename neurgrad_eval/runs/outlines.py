"""Outlines of the experiments' commands, by which mistakes show before an experiment is imported.

An experiment imports the libraries that it computes with, which takes seconds. Its options are
therefore kept in a file beside this one, which `neurgrad generate-outlines` writes from the
experiments' settings. A command line is first read by the outline alone; only if it can be right,
the experiment is imported and reads it again.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer

from mceval8k.errors import UsageError
from neurgrad_eval.runs.options import COMMON, metavar, write
from neurgrad_eval.runs.settings import Known, Option, Settings, check, options_of

FILE = Path(__file__).with_name("outlines.json")
_MORE = ",…"
"""Ends the word for values of which several may be typed."""


@dataclass(frozen=True)
class Outline:
    """What is to be known of an option to read a command line and to show help."""

    name: str
    """As it is typed, without dashes."""
    help: str
    metavar: str
    """What may be typed; empty for a flag."""
    default: str | None = None
    """As help shows it."""
    required: bool = False
    several: bool = False
    """Whether it may be given again."""
    argument: bool = False
    """Whether it is typed without its name."""
    least: float | None = None
    above: float | None = None
    most: float | None = None


@cache
def outlines() -> Mapping[str, Sequence[Outline]]:
    """Options of each experiment of this package."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: [Outline(**each) for each in listed] for name, listed in stored.items()}


def outlines_text(kinds: Mapping[str, type[Settings]]) -> str:
    """Text of the file, of the settings of each experiment."""
    lines = (
        f"{json.dumps(name)}: [\n" + ",\n".join(map(_line, outline(kind))) + "\n]"
        for name, kind in sorted(kinds.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _line(option: Outline) -> str:
    """One option as JSON, without what is as by default."""
    values = ((field, getattr(option, field.name)) for field in fields(option))
    given = {field.name: value for field, value in values if value != field.default}
    return json.dumps(given, ensure_ascii=False)


def outline(kind: type[Settings]) -> list[Outline]:
    """Options that are made of the fields of settings, arguments first."""
    found = []
    for known in sorted(options_of(kind), key=lambda one: not one.option.argument):
        limits, is_flag = known.option, isinstance(known.default, bool)
        nothing = known.is_required or (known.default is None and not limits.nothing)
        found.append(
            Outline(
                known.name,
                limits.help,
                "" if is_flag else "TEXT" if limits.separate else metavar(known),
                None if nothing or is_flag else _shown(known),
                required=known.is_required,
                several=limits.repeated or limits.separate,
                argument=limits.argument,
                least=limits.least,
                above=limits.above,
                most=limits.most,
            )
        )
    return found


def _shown(known: Known) -> str | None:
    """Return a default as help shows it; nothing where it is an empty text or list."""
    if isinstance(known.default, float):
        return str(known.default)
    return write(known, known.default) or None


def check_values(options: Sequence[Outline], typed: Mapping[str, Any]) -> None:
    """Raise UsageError, as the settings would, for a value that an option cannot have.

    Parameters
    ----------
    options
        Of the command.
    typed
        Texts by option, with underscores in the names.
    """
    for option in options:
        value = typed.get(option.name.replace("-", "_"))
        if isinstance(value, str) and option.metavar:
            words = value.split(",") if option.metavar.endswith(_MORE) else [value]
            for word in words:
                _check(option, word.strip())


def _check(option: Outline, word: str) -> None:
    choices = option.metavar.removesuffix(_MORE).split("|")
    if word in choices or {"TEXT", "PATH"} & {*choices}:
        return
    number = _number(word, choices)
    if number is None:
        raise UsageError(f"--{option.name} {word!r} is none of: {option.metavar}")
    limits = Option(option.help, least=option.least, above=option.above, most=option.most)
    check(Known(option.name, type(number), None, limits), number)


def _number(word: str, choices: Sequence[str]) -> float | None:
    for kind in (int, float):
        if kind.__name__.upper() in choices:
            with suppress(ValueError):
                return kind(word)
    return None


def outlined(options: Sequence[Outline], run: Callable[[Mapping[str, Any]], None]) -> Any:
    """Make the function of a Typer command that passes on what is typed, as text."""

    def typed(**values: Any) -> None:
        run(values)

    parameters = [*map(_parameter, options), *COMMON]
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return typed


def _parameter(option: Outline) -> inspect.Parameter:
    nothing: Any = inspect.Parameter.empty if option.required else None
    hint: Any = str | None
    if option.argument:
        made = typer.Argument(help=option.help, metavar=option.name.upper())
        hint = list[Path] | None if option.metavar.startswith("PATH") else list[str] | None
    elif not option.metavar:
        made, hint, nothing = typer.Option(f"--{option.name}", help=option.help), bool, False
    else:
        made = typer.Option(f"--{option.name}", help=option.help, metavar=option.metavar)
        hint = list[str] if option.several else hint
        if not option.required:
            nothing = [] if option.several else option.default
    name = option.name.replace("-", "_")
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=nothing, annotation=Annotated[hint, made])
