"""The file that says what somebody's data is: `quiz.yaml`, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from builders.reading.files import READERS
from mceval8k.editions.own import BY_LANGUAGE, check_name, checked, checked_yaml
from mceval8k.errors import DataError
from mceval8k.task import LANGUAGES, MAX_OPTIONS

LabelKind = Literal["index", "number", "letter", "text"]
LABEL_KINDS: tuple[LabelKind, ...] = ("index", "number", "letter", "text")

_TEXT = {"type": "string", "pattern": r"\S"}
_SCHEMA = {
    "type": "object",
    "required": ["name", "data", "question", "options", "label", "instruction"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "data": {
            "anyOf": [
                _TEXT,
                {
                    "type": "object",
                    "required": ["hub"],
                    "additionalProperties": False,
                    "properties": dict.fromkeys(("hub", "config", "split", "revision"), _TEXT),
                },
            ]
        },
        "question": _TEXT,
        "options": {
            "anyOf": [
                _TEXT,
                {
                    "type": "array",
                    "items": _TEXT,
                    "minItems": 1,
                    "maxItems": MAX_OPTIONS,
                    "uniqueItems": True,
                },
            ]
        },
        "label": _TEXT,
        "label_is": {"enum": list(LABEL_KINDS)},
        "group": _TEXT,
        "split": _TEXT,
        "lang": _TEXT,
        "instruction": BY_LANGUAGE,
        "shuffle": {"type": "boolean"},
        "templated": {"type": "boolean"},
        "summary": _TEXT,
        "licence": _TEXT,
        "citation": _TEXT,
    },
}


@dataclass(frozen=True)
class HubData:
    """A data set on the Hub."""

    id: str
    config: str | None = None
    split: str | None = None
    """The one split that is read; None for all, each row's in a column `split`."""
    revision: str | None = None


@dataclass(frozen=True, kw_only=True)
class Quiz:
    """What somebody's data is."""

    where: str
    """File that says it, for errors."""
    name: str
    """Name of the task."""
    data: Path | HubData
    """Where the rows are; a path is relative to the folder of the file that names it."""
    question: str
    """Column of the question. Here and below, `a.b` is the field `b` of a column `a`."""
    options: tuple[str, ...]
    """Columns of the options; one column holds a list of them."""
    label: str
    """Column of the right option."""
    label_is: LabelKind | None = None
    """How it is named; None to be seen from the rows."""
    group: str | None = None
    """Column of what must not be split."""
    split: str | None = None
    """Column of the split; None to have the rows split 6:1:1."""
    lang: str = "en"
    """Language of all rows, or the column that holds it."""
    instruction: Mapping[str, str]
    """By language: the wording of the task."""
    shuffle: bool = True
    """Whether options are put in another order, so that the right one stands everywhere alike."""
    templated: bool = False
    """Whether questions are made from templates, so that few different words make another."""
    summary: str = ""
    """The question in one line; the instruction if not given."""
    licence: str = ""
    citation: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that are read, without fields of theirs."""
        lang = () if self.lang in LANGUAGES else (self.lang,)
        named = (self.question, *self.options, self.label, self.group, self.split, *lang)
        return tuple(dict.fromkeys(name.split(".")[0] for name in named if name))


def read_quiz(path: Path) -> Quiz:
    """Read and check a file.

    Raises
    ------
    DataError
        A field is missing, unknown, or not what it must be; the message names it.
    """
    return _quiz(checked_yaml(path, _SCHEMA), str(path), path.parent)


def quiz_of(fields: Mapping[str, Any]) -> Quiz:
    """Check fields that are at hand; a data file is found from the current folder.

    Raises
    ------
    DataError
        As for `read_quiz`.
    """
    return _quiz(checked(fields, _SCHEMA, "quiz"), "quiz", Path())


def _quiz(fields: dict[str, Any], where: str, folder: Path) -> Quiz:
    options = fields.pop("options")
    data = fields.pop("data")
    try:
        return Quiz(
            where=where,
            data=_file(folder / data) if isinstance(data, str) else _hub(data),
            options=(options,) if isinstance(options, str) else tuple(options),
            **fields,
        )
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None


def _file(path: Path) -> Path:
    if path.suffix not in READERS:
        raise ValueError(f"data: {path}: not a file in {', '.join(READERS)}")
    if not path.is_file():
        raise ValueError(f"data: {path}: no such file")
    return path


def _hub(data: Mapping[str, Any]) -> HubData:
    return HubData(data["hub"], data.get("config"), data.get("split"), data.get("revision"))
