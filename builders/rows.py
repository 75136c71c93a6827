"""Checks of an edition's rows: the facts of the JSON Schema and more, column by column.

They are the schema's own facts, written so that 176,000 rows take seconds; beyond the schema they
see ids that do not fit the content, options that are equal after normalisation, and options other
than the fixed ones of the row's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mceval8k.item import INPUT, item_id, normalise, own_columns, stored_features
from mceval8k.prompts.asking import question_with_instruction
from mceval8k.task import Parts, Task

Fault = tuple[int | None, str]
"""Row (None for the whole file) and what is wrong with it."""

_TEXTS = ("id", "question", "group", "source", "source_id")
_READ = ("id", "lang", "question", "options", "label", INPUT)


def schema_faults(task: Task, table: pa.Table) -> Iterator[Fault]:
    """Missing, additional and ill-typed columns."""
    expected = stored_features(task).arrow_schema
    for name in expected.names:
        if name not in table.column_names:
            yield None, f"column {name!r} is missing"
        elif (found := _type(table.schema, name)) != (wanted := _type(expected, name)):
            yield None, f"column {name!r} is {found} instead of {wanted}"
    for name in table.column_names:
        if name not in expected.names:
            yield None, f"column {name!r} is none of the task's"


def row_faults(task: Task, table: pa.Table) -> list[tuple[int, str]]:
    """Faults of the rows of a table that has the task's columns, in the order of the rows."""
    faults: list[tuple[int, str]] = [
        *_blanks(table),
        *_strangers(task, table),
        *_nulls(task, table),
    ]
    broken = {row for row, _ in faults}
    columns = [table[name].to_pylist() for name in _READ]
    for row, (id_, *content) in enumerate(zip(*columns, strict=True)):
        if row not in broken:
            faults += [(row, fault) for fault in _content_faults(task, id_, content)]
    return sorted(faults)


def content_id(task: str, lang: str, question: str, options: Sequence[str], label: int) -> str:
    """Id that an item of this content has, whatever its column `id` says."""
    return item_id(task, Parts(question, tuple(options), label, group="", lang=lang))


def _blanks(table: pa.Table) -> Iterator[tuple[int, str]]:
    """Texts that are null or blank."""
    for name in _TEXTS:
        filled = pc.fill_null(
            pc.not_equal(pc.utf8_trim_whitespace(table[name]), ""), fill_value=False
        )
        for row in _where_false(filled):
            yield row, f"{name} is blank"
    for row in _where_false(pc.is_valid(table["label"])):
        yield row, "label is null"
    for row, options in enumerate(table["options"].to_pylist()):
        if options is None or not all(map(_is_text, options)):
            yield row, "an option is blank"


def _strangers(task: Task, table: pa.Table) -> Iterator[tuple[int, str]]:
    """Rows of another task, genre or language."""
    allowed = {"task": [task.name], "genre": [task.genre], "lang": list(task.languages)}
    for name, values in allowed.items():
        known = pc.is_in(table[name], value_set=pa.array(values, pa.string()))
        for row in _where_false(known):
            yield row, f"{name} {table[name][row].as_py()!r} is none of {', '.join(values)}"


def _where_false(column: pa.ChunkedArray) -> list[int]:
    rows: list[int] = pc.indices_nonzero(pc.invert(column)).to_pylist()
    return rows


def _content_faults(task: Task, id_: str, content: Sequence[Any]) -> Iterator[str]:
    lang, question, options, label, shown = content
    if task.fixed_options is not None:
        if tuple(options) != task.options_in(lang):
            yield f"options are not {list(task.options_in(lang))}"
    elif len(set(map(normalise, options))) < len(options):
        yield f"options are not distinct: {options}"
    if len(options) not in task.option_counts:
        counts = " to ".join(map(str, dict.fromkeys((task.option_counts[0], task.n_options))))
        yield f"{len(options)} options instead of {counts}"
    if not 0 <= label < len(options):
        yield f"label {label} is out of range for {len(options)} options"
    if id_ != (expected := content_id(task.name, lang, question, options, label)):
        yield f"id {id_!r} does not fit the content, whose id is {expected}"
    if shown != question_with_instruction(task, {"lang": lang, "question": question}):
        yield f"{INPUT} is not the question with the instruction before it"


def _is_text(option: str | None) -> bool:
    return bool(option and not option.isspace())


def _nulls(task: Task, table: pa.Table) -> Iterator[tuple[int, str]]:
    """Nulls in the task's own columns, on any level."""
    for name in own_columns(task):
        column = table[name].combine_chunks()
        if _has_nulls(column):
            for number, value in enumerate(column.to_pylist()):
                if _holds_none(value):
                    yield number, f"column {name!r} holds a null"


def _has_nulls(array: pa.Array) -> bool:
    if array.null_count:
        return True
    return bool(pa.types.is_list(array.type) and _has_nulls(array.flatten()))


def _holds_none(value: Any) -> bool:
    return value is None or (isinstance(value, list) and any(map(_holds_none, value)))


def _type(schema: pa.Schema, name: str) -> str:
    """Type in words; the name of a list's inner field is no matter."""
    return str(schema.field(name).type).replace("<element: ", "<").replace("<item: ", "<")
