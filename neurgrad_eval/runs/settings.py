"""Settings: frozen dataclasses whose field metadata says what may be given, and how it is typed.

A field made with `option` is an option of the command line, a range that is checked whoever makes
the settings, and a line of the manifest.
"""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mceval8k.errors import UsageError

_OPTION = "option"
_TOO_LARGE = 2**63


class UpTo(int):
    """A number as a default: it gives way where there is less, unlike a number that is given.

    It equals the plain number, and is stored as that.
    """


@dataclass(frozen=True)
class Option:
    """How a field is typed on the command line, and which values it may have."""

    help: str
    name: str = ""
    """Of the option, without dashes; the field's own if empty."""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    nothing: str = ""
    """What is typed for None; empty where None is only meant by typing nothing."""
    affects: bool = True
    """Whether it decides the numbers, rather than how fast or where they are computed."""
    argument: bool = False
    """Whether it is typed without its name."""
    repeated: bool = False
    """Whether the command takes several values, and runs once for each."""
    separate: bool = False
    """Whether each of several values is typed with the option's name, and may hold commas."""


def option(default: Any = dataclasses.MISSING, help: str = "", **more: Any) -> Any:  # noqa: A002
    """Make a field of settings; see `Option` for the parameters beside its default."""
    return field(default=default, metadata={_OPTION: Option(help, **more)})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of all settings: values that cannot be used raise UsageError when they are made."""

    def __post_init__(self) -> None:
        for known in options_of(type(self)):
            value = getattr(self, known.field)
            if isinstance(value, list):
                value = tuple(value)
                object.__setattr__(self, known.field, value)
            check(known, value)

    def deciding(self, kind: type[Settings]) -> dict[str, Any]:
        """What decides the numbers among the fields of one kind of settings, as plain values."""
        return {
            known.field: plain(getattr(self, known.field))
            for known in options_of(kind)
            if known.option.affects
        }

    def several(self) -> Sequence[tuple[str, Settings]]:
        """Runs of one command line, each with a word for the name of its folder."""
        return [("", self)]


@dataclass(frozen=True)
class Known:
    """A field of settings that is an option."""

    field: str
    hint: Any
    default: Any
    option: Option

    @property
    def name(self) -> str:
        """As it is typed, without dashes."""
        return self.option.name or self.field.replace("_", "-")

    @property
    def is_required(self) -> bool:
        """Whether it must be given."""
        return self.default is dataclasses.MISSING


def options_of(settings: type[Settings]) -> Iterator[Known]:
    """Fields that are options, in the order in which they are declared."""
    hints = get_type_hints(settings)
    for one in dataclasses.fields(settings):
        if _OPTION in one.metadata:
            yield Known(one.name, hints[one.name], one.default, one.metadata[_OPTION])


def check(known: Known, value: Any) -> None:
    """Raise UsageError, in one line that names the option, for a value that it cannot have."""
    values = value if isinstance(value, tuple) else (value,)
    optional = known.option.argument or known.option.separate
    if isinstance(value, tuple) and not value and not optional:
        raise UsageError(f"{known.name}: at least one value is needed")
    if len(set(values)) < len(values):
        raise UsageError(f"{known.name}: a value is given twice")
    for one in values:
        if isinstance(one, (int, float)) and not isinstance(one, bool):
            _check_number(known, one)
        elif isinstance(one, str) and (choices := _choices(known.hint)) and one not in choices:
            raise UsageError(f"{known.name} {one!r} is none of {', '.join(choices)}")


def _check_number(known: Known, value: float) -> None:
    limits = known.option
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{known.name} {value}: a finite number is needed")
    if isinstance(value, int) and abs(value) >= _TOO_LARGE:
        raise UsageError(f"{known.name} {value}: it must be below 2^63")
    if limits.least is not None and value < limits.least:
        raise UsageError(f"{known.name} {value}: at least {limits.least:g} is needed")
    if limits.above is not None and value <= limits.above:
        raise UsageError(f"{known.name} {value}: it must be above {limits.above:g}")
    if limits.most is not None and value > limits.most:
        raise UsageError(f"{known.name} {value}: at most {limits.most:g} is possible")


def members(hint: Any) -> tuple[Any, ...]:
    """Members of a union; a type that is none is its only member."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


def item_hint(hint: Any) -> Any:
    """Type of the items of `tuple[X, ...]`; None for another type."""
    return get_args(hint)[0] if get_origin(hint) is tuple else None


def _choices(hint: Any) -> tuple[str, ...]:
    """What a text may be, where the type says so and leaves nothing else open."""
    found: list[str] = []
    for member in members(item_hint(hint) or hint):
        if get_origin(member) is Literal:
            found.extend(get_args(member))
        elif member in (str, Path):
            return ()
    return tuple(found)


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    return value
