"""The JSON Schema of an edition's items, made from the task records."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from mceval8k.item import COMMON_COLUMNS, INPUT, own_columns
from mceval8k.task import Task

SCHEMA_FILE = "schema/item.schema.json"

_TEXT = {"type": "string", "pattern": r"\S"}
_JSON_TYPES = {"string": "string", "bool": "boolean", "int": "integer", "float": "number"}


def item_schema(tasks: Iterable[Task]) -> dict[str, Any]:
    """Schema (draft 2020-12) of an item: common columns, then what its task adds."""
    chosen = list(tasks)
    properties: dict[str, Any] = dict.fromkeys(COMMON_COLUMNS, _TEXT)
    properties["task"] = {"enum": [task.name for task in chosen]}
    properties["options"] = {"type": "array", "items": _TEXT, "uniqueItems": True}
    properties["label"] = {"type": "integer", "minimum": 0}
    properties[INPUT] = _TEXT
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "MCEval8k item",
        "type": "object",
        "required": [*COMMON_COLUMNS, INPUT],
        "properties": properties,
        "allOf": [_of_task(task) for task in chosen],
        "unevaluatedProperties": False,
    }


def schema_text(tasks: Iterable[Task]) -> str:
    """Schema as it stands in the edition's folder."""
    return json.dumps(item_schema(tasks), indent=2, ensure_ascii=False) + "\n"


def _of_task(task: Task) -> dict[str, Any]:
    own = own_columns(task)
    options: dict[str, Any] = {
        "minItems": task.option_counts[0],
        "maxItems": task.n_options,
    }
    if task.fixed_options is not None:
        options["enum"] = [list(task.options_in(lang)) for lang in task.languages]
    return {
        "if": {"properties": {"task": {"const": task.name}}},
        "then": {
            "required": list(own),
            "properties": {
                "id": {"pattern": f"^{task.name}-[0-9a-f]{{12}}$"},
                "genre": {"const": task.genre},
                "lang": {"enum": list(task.languages)},
                "options": options,
                "label": {"maximum": task.n_options - 1},
                **{name: _type(task.raw_columns[name]) for name in own},
            },
        },
    }


def _type(name: str) -> dict[str, Any]:
    if name.startswith("list<") and name.endswith(">"):
        return {"type": "array", "items": _type(name[5:-1])}
    return {"type": _JSON_TYPES[name.rstrip("0123456789")]}
