"""Settings as a command line: options made of fields, texts read into values and written back."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import typer

from mceval8k.errors import UsageError
from neurgrad_eval.runs.settings import Known, Settings, item_hint, members, options_of

_NATIVE = (str, int, float, bool, Path)
_WORDS = {str: "TEXT"}

Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder to write; an earlier run of the same is resumed. Kept only if given."
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in --out.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]
Run = Callable[[list[Settings], Path | None, bool, bool], None]


def command(kind: type[Settings], run: Run) -> Callable[..., None]:
    """Make the function of a Typer command.

    Parameters
    ----------
    kind
        Settings whose fields become the options.
    run
        Called with the settings, one for each value of what may be repeated, and with the values
        of `--out`, `--overwrite` and `--json`.
    """
    known = list(options_of(kind))

    def typed(
        context: typer.Context, out: Path | None, overwrite: bool, json: bool, **values: Any
    ) -> None:
        values = {name: value for name, value in values.items() if not _is_default(context, name)}
        several = next((one.field for one in known if one.option.repeated), None)
        runs = values.pop(several, None) if several else [None]
        settings = [
            kind(**_joined(known, values), **({several: one} if several else {})) for one in runs
        ]
        run(settings, out, overwrite, json)

    typed.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            _keyword("context", typer.Context, inspect.Parameter.empty),
            *(_parameter(one) for one in sorted(known, key=lambda one: not one.option.argument)),
            *COMMON,
        ]
    )
    return typed


def command_line(program: str, settings: type[Settings], values: dict[str, Any]) -> str:
    """What to type for stored values of settings; what is as by default is left out."""
    words = [program]
    for known in options_of(settings):
        value = values.get(known.field)
        if value is None or (not known.is_required and _same(known, value)):
            continue
        if known.option.argument:
            words += map(shlex.quote, value)
        elif known.option.separate:
            words += [word for one in value for word in (f"--{known.name}", shlex.quote(one))]
        elif isinstance(value, bool):
            words.append(f"--{known.name}")
        else:
            words += [f"--{known.name}", shlex.quote(write(known, value))]
    return " ".join(words)


def write(known: Known, value: Any) -> str:
    """Write a value as it is typed."""
    if value is None:
        return known.option.nothing
    if isinstance(value, (tuple, list)):
        return ",".join(write(known, one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def read(known: Known, text: str) -> Any:
    """Read a value as it is typed.

    Raises
    ------
    UsageError
        It is none; the message names the option.
    """
    inner = item_hint(known.hint)
    if inner is None:
        return _read_one(known, known.hint, text)
    found = dict.fromkeys(_read_one(known, inner, word.strip()) for word in text.split(","))
    if all(value is None or isinstance(value, (int, float)) for value in found):
        return tuple(sorted(found, key=lambda value: (value is None, value)))
    return tuple(found)


def _read_one(known: Known, hint: Any, text: str) -> Any:
    for member in members(hint):
        if member is type(None):
            if text == known.option.nothing:
                return None
        elif get_origin(member) is Literal:
            if text in get_args(member):
                return text
        else:
            try:
                return member(text)
            except ValueError:
                continue
    raise UsageError(f"--{known.name} {text!r} is none of: {metavar(known)}")


def _same(known: Known, value: Any) -> bool:
    return write(known, value) == write(known, known.default)


def _is_default(context: typer.Context, name: str) -> bool:
    """Whether a value is the settings' own default, which they know best themselves."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "DEFAULT"


def _joined(known: Sequence[Known], values: dict[str, Any]) -> dict[str, Any]:
    """Values of the fields: what is typed word by word comes as a list, or None if it is not."""
    lists = {one.field for one in known if one.option.argument or one.option.separate}
    return {name: tuple(value or ()) if name in lists else value for name, value in values.items()}


def _parameter(known: Known) -> inspect.Parameter:
    hint, default = known.hint, known.default
    if known.option.argument:
        made = typer.Argument(help=known.option.help, metavar=known.name.upper())
        return _keyword(known.field, _annotated(list[item_hint(hint)] | None, made), None)  # type: ignore[misc]
    more: dict[str, Any] = {}
    if known.option.repeated:
        hint = list[hint]  # type: ignore[valid-type]
    elif known.option.separate:
        hint, default = list[item_hint(hint)], list(default)  # type: ignore[misc]
        more = {"metavar": "TEXT"}
    elif known.option.nothing or not _is_native(hint):
        more = {"parser": lambda text: read(known, text), "metavar": metavar(known)}
        hint, default = str, default if known.is_required else write(known, default)
    made = typer.Option(f"--{known.name}", help=known.option.help, **more)
    nothing = inspect.Parameter.empty if known.is_required else default
    return _keyword(known.field, _annotated(hint, made), nothing)


def _annotated(hint: Any, made: Any) -> Any:
    return Annotated[hint, made]


def _keyword(name: str, hint: Any, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=hint)


def _is_native(hint: Any) -> bool:
    """Whether Typer reads the type itself."""
    kinds = [member for member in members(hint) if member is not type(None)]
    return len(kinds) == 1 and kinds[0] in _NATIVE


def metavar(known: Known) -> str:
    """What may be typed, in words."""
    inner = item_hint(known.hint)
    names: list[str] = []
    for member in members(inner or known.hint):
        if get_origin(member) is Literal:
            names.extend(get_args(member))
        elif member is type(None):
            names += filter(None, [known.option.nothing])
        else:
            names.append(_WORDS.get(member, member.__name__.upper()))
    return "|".join(names) + (",…" if inner else "")


COMMON = (
    _keyword("out", Out, None),
    _keyword("overwrite", Overwrite, False),
    _keyword("json", Json, False),
)
"""Parameters of every experiment's command."""
