"""Own tasks: an edition may bring along records of tasks that are not the benchmark's.

A record is a YAML file, `tasks/<name>.yaml` in the edition's folder, and says of a task what a
module of `mceval8k.tasks` says of the benchmark's: name, languages, options, instruction, source.
Its items have the common columns and no others. `mceval8k import` writes such editions
(docs/own-data.md); `Edition.own_tasks` are what it reads of them, and `mceval8k.registry` resolves
their names like the benchmark's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import index
from pathlib import Path
from typing import Any

import yaml
from jsonschema.exceptions import best_match, by_relevance
from jsonschema.validators import validator_for

from mceval8k.errors import DataError
from mceval8k.registry import all_tasks
from mceval8k.task import GENRES, LANGUAGES, MAX_OPTIONS, OWN, Parts, RawRow, Source, Task
from mceval8k.yaml_text import read_yaml

FOLDER = "tasks"
"""Folder of the records in an edition's folder."""

RAW_COLUMNS: Mapping[str, str] = {
    "question": "string",
    "options": "list<string>",
    "label": "int64",
    "group": "string",
    "lang": "string",
}
GROUP = "the group"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 60
_TAKEN = frozenset({*GENRES, OWN, "all", "tasks", "schema"})

_TEXT = {"type": "string", "pattern": r"\S"}
_COUNT = {"type": "integer", "minimum": 2, "maximum": MAX_OPTIONS}
BY_LANGUAGE = {
    "type": "object",
    "propertyNames": {"enum": list(LANGUAGES)},
    "minProperties": 1,
    "additionalProperties": _TEXT,
}
"""Schema of a text for each language."""
_SCHEMA = {
    "type": "object",
    "required": ["name", "summary", "languages", "instruction", "options", "source"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "summary": _TEXT,
        "languages": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"enum": list(LANGUAGES)},
        },
        "instruction": BY_LANGUAGE,
        "options": {
            "type": "object",
            "required": ["fewest", "most"],
            "additionalProperties": False,
            "properties": {
                "fewest": _COUNT,
                "most": _COUNT,
                "fixed": {
                    "type": "object",
                    "propertyNames": {"enum": list(LANGUAGES)},
                    "additionalProperties": {"type": "array", "items": _TEXT},
                },
            },
        },
        "one_question": {"type": "boolean"},
        "templated": {"type": "boolean"},
        "group": _TEXT,
        "licence": {"type": "string"},
        "citation": {"type": "string"},
        "source": {
            "type": "object",
            "required": ["id"],
            "additionalProperties": False,
            "properties": {"id": _TEXT, "config": _TEXT, "url": {"type": "string"}},
        },
    },
}


def record_file(name: str) -> str:
    """Path of a task's record in the edition's folder."""
    return f"{FOLDER}/{name}.yaml"


def check_name(name: str) -> None:
    """Raise ValueError for a name that an own task cannot have."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ValueError(
            f"name {name!r}: small letters and digits, words joined by single hyphens, "
            f"{_LONGEST_NAME} characters at most"
        )
    if name in _TAKEN or name in all_tasks():
        raise ValueError(f"name {name!r} is taken by the benchmark: choose another")
    if name.endswith("-gen"):
        raise ValueError(f"name {name!r}: names that end in '-gen' are those of generation tasks")


def own_task(
    *,
    name: str,
    summary: str,
    languages: tuple[str, ...],
    instruction: Mapping[str, str],
    options: range,
    source: Source,
    fixed_options: Mapping[str, tuple[str, ...]] | None = None,
    one_question: bool = False,
    templated: bool = False,
    group: str = GROUP,
    citation: str = "",
) -> Task:
    """Record of an own task.

    Parameters
    ----------
    options
        Numbers of options that items have.
    one_question
        Whether all items ask the same question, so that their options alone tell them apart.
    name, summary, languages, instruction, source, fixed_options, templated, group, citation
        As in `Task`.

    Raises
    ------
    ValueError
        The name cannot be an own task's, or something does not fit together; see `Task`.
    """
    check_name(name)
    return Task(
        name=name,
        genre=OWN,
        summary=summary,
        languages=languages,
        n_options=options[-1],
        fewest_options=options[0] if len(options) > 1 else None,
        fixed_options=fixed_options,
        sources=(source,),
        licence=source.licence,
        citation=citation,
        raw_columns=RAW_COLUMNS,
        group=group,
        instruction=instruction,
        to_parts=to_parts,
        examples=(),
        templated=templated,
        shared=() if one_question else None,
        not_text=("question",) if one_question else (),
    )


def to_parts(raw: RawRow) -> Parts:
    """What an own row says: its columns are those of an item."""
    return Parts(
        question=raw["question"],
        options=tuple(raw["options"]),
        label=index(raw["label"]),
        group=raw["group"],
        lang=raw["lang"],
    )


def record_text(task: Task) -> str:
    """Record of an own task as it stands in its file."""
    (source,) = task.sources
    options: dict[str, Any] = {"fewest": task.option_counts[0], "most": task.n_options}
    if task.fixed_options is not None:
        options["fixed"] = {lang: list(texts) for lang, texts in task.fixed_options.items()}
    origin = {"id": source.id, "config": source.config, "url": source.url}
    fields = {
        "name": task.name,
        "summary": task.summary,
        "languages": list(task.languages),
        "instruction": dict(task.instruction),
        "options": options,
        "one_question": task.shared is not None,
        "templated": task.templated,
        "group": task.group,
        "licence": task.licence,
        "citation": task.citation,
        "source": {key: value for key, value in origin.items() if value},
    }
    text: str = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=100)
    return text


def read_record(path: Path) -> Task:
    """Read a record.

    Raises
    ------
    DataError
        The file is no record of an own task; the message names file and field.
    """
    fields = checked_yaml(path, _SCHEMA)
    options, source = fields["options"], fields["source"]
    fixed = options.get("fixed")
    try:
        return own_task(
            name=fields["name"],
            summary=fields["summary"],
            languages=tuple(fields["languages"]),
            instruction=fields["instruction"],
            options=range(options["fewest"], options["most"] + 1),
            source=Source(
                source["id"],
                licence=fields.get("licence", ""),
                config=source.get("config"),
                url=source.get("url", ""),
            ),
            fixed_options=fixed and {lang: tuple(texts) for lang, texts in fixed.items()},
            one_question=fields.get("one_question", False),
            templated=fields.get("templated", False),
            group=fields.get("group", GROUP),
            citation=fields.get("citation", ""),
        )
    except (ValueError, IndexError) as error:
        raise DataError(f"{path}: {error}") from None


def checked_yaml(path: Path, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a YAML file that a schema allows.

    Raises
    ------
    DataError
        The file cannot be read, or a field is not what it must be; the message names it.
    """
    return checked(read_yaml(path), schema, str(path))


def checked(fields: Any, schema: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Fields that a schema allows; DataError, after `where`, names one that it does not."""
    # A misspelt field is also a missing one: the misspelling is what is named.
    unknown_first = by_relevance(strong=["additionalProperties"])
    error = best_match(validator_for(schema)(schema).iter_errors(fields), key=unknown_first)
    if error is not None:
        place = error.json_path.removeprefix("$").removeprefix(".")
        raise DataError(f"{where}: {f'{place}: ' if place else ''}{error.message}")
    return dict(fields)
