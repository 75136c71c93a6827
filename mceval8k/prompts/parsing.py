"""From the fields of a YAML file to a prompt pack; what is wrong is named by file and field."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from typing import Any

from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.prompting import Pack, TaskWording
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import LANGUAGES, Task
from mceval8k.yaml_text import parse_yaml


def read(text: str, where: str) -> dict[str, Any]:
    """Fields of a pack, as they stand in the file called `where`."""
    content = parse_yaml(text, f"pack {where}")
    if not isinstance(content, dict):
        raise DataError(f"pack {where}: not a mapping of fields")
    return content


def parse(fields: Mapping[str, Any], where: str) -> Pack:
    """Pack of complete fields.

    Raises
    ------
    DataError
        A field is unknown, or its value is not what it must be.
    """
    _check_names(fields, Pack.__dataclass_fields__, where)
    only = _only(fields.get("only"), where)
    wordings = {
        name: _wording(_task(name, f"{where}: tasks"), wording, f"{where}: tasks.{name}")
        for name, wording in mapping(fields, "tasks", where).items()
    }
    if only and (beyond := [name for name in wordings if name not in only]):
        raise DataError(f"pack {where}: tasks.{beyond[0]}: the task is not in field 'only'")
    option = _text(fields, "option", where)
    _check_option(option, f"{where}: option")
    reply = _by_language(fields, "reply", where)
    for lang, template in reply.items():
        _check_template(template, {"symbols"}, f"{where}: reply.{lang}")
    return Pack(
        name=_text(fields, "name", where),
        description=_text(fields, "description", where),
        only=only,
        symbols=_symbols(fields["symbols"], where, at_least=_most_options()),
        positional=_truth(fields, "positional", where),
        option=option,
        delimiter=_text(fields, "delimiter", where),
        separator=_text(fields, "separator", where),
        cue=_by_language(fields, "cue", where),
        reply=reply,
        tasks=wordings,
    )


def _most_options() -> int:
    """Options that items of the benchmark have at most; those of an edition's own may have more."""
    return max(task.n_options for task in all_tasks().values())


def mapping(fields: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    """Value of a field that is a mapping; empty where the field is missing."""
    value = {} if fields.get(name) is None else fields[name]
    if not isinstance(value, dict):
        raise DataError(f"pack {where}: field {name!r} is not a mapping")
    return value


def _wording(task: Task, fields: Any, where: str) -> TaskWording:
    if not isinstance(fields, dict):
        raise DataError(f"pack {where}: not a mapping of fields")
    _check_names(fields, TaskWording.__dataclass_fields__, where)
    spoken = {task.language_of_prompt(lang): None for lang in task.languages}
    questions = _by_language(fields, "question", where, spoken)
    for lang, template in questions.items():
        _check_template(template, _columns(task), f"{where}.question.{lang}")
    option = _text(fields, "option", where) if "option" in fields else ""
    if option:
        _check_option(option, f"{where}.option")
    symbols = fields.get("symbols")
    return TaskWording(
        instruction=_by_language(fields, "instruction", where, spoken),
        question=questions,
        symbols=() if symbols is None else _symbols(symbols, where, at_least=task.n_options),
        option=option,
    )


def _columns(task: Task) -> set[str]:
    """Columns that a question may show: texts that do not say the answer."""
    texts = {name for name, kind in task.raw_columns.items() if kind == "string"}
    return {"question", *texts - {"lang"}}


def _only(value: Any, where: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise DataError(f"pack {where}: field 'only' is not a list of tasks")
    return tuple(_task(str(name), f"{where}: only").name for name in value)


def _task(name: Any, where: str) -> Task:
    try:
        return get_task(str(name))
    except UsageError as error:
        raise DataError(f"pack {where}: {error}") from None


def _symbols(value: Any, where: str, *, at_least: int) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(s, str) and s.strip() for s in value):
        raise DataError(
            f"pack {where}: symbols must be a list of texts (quote numbers and yes, no, true, "
            f'false: "1"): {value}'
        )
    if len(value) < at_least or len(set(value)) < len(value):
        raise DataError(f"pack {where}: symbols must be at least {at_least} and distinct: {value}")
    if spaced := [symbol for symbol in value if symbol != symbol.strip()]:
        raise DataError(f"pack {where}: symbol {spaced[0]!r} has white space around it")
    return tuple(value)


def _text(fields: Mapping[str, Any], name: str, where: str) -> str:
    if not isinstance(fields.get(name), str):
        raise DataError(f"pack {where}: field {name!r} is not a text")
    return str(fields[name])


def _truth(fields: Mapping[str, Any], name: str, where: str) -> bool:
    if not isinstance(fields.get(name), bool):
        raise DataError(f"pack {where}: field {name!r} is neither true nor false")
    return bool(fields[name])


def _by_language(
    fields: Mapping[str, Any], name: str, where: str, spoken: Collection[str] = LANGUAGES
) -> dict[str, str]:
    table = mapping(fields, name, where)
    for lang, text in table.items():
        if lang not in spoken:
            known = ", ".join(spoken)
            raise DataError(
                f"pack {where}: field {name!r}: {lang!r} is no language of the task: {known}"
            )
        if not isinstance(text, str) or not text.strip():
            raise DataError(f"pack {where}: field {name!r}: {lang!r} is not a text")
        if text != text.rstrip():
            raise DataError(f"pack {where}: field {name!r}: {lang!r} ends in white space")
    return table


def _check_names(fields: Mapping[str, Any], known: Collection[str], where: str) -> None:
    if unknown := sorted(str(name) for name in fields if name not in known):
        raise DataError(f"pack {where}: unknown field {unknown[0]!r}; known: {', '.join(known)}")


def _check_option(template: str, where: str) -> None:
    if not _check_template(template, {"symbol", "text"}, where):
        raise DataError(f"pack {where}: shows neither {{symbol}} nor {{text}}")


def _check_template(template: str, allowed: set[str], where: str) -> set[str]:
    """Names of the fields of a template, each one of those allowed."""
    try:
        parts = [part[1:] for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise DataError(f"pack {where}: {error}") from None
    for name, form, conversion in parts:
        if name not in allowed or form or conversion:
            raise DataError(f"pack {where}: field {{{name}}} is none of {sorted(allowed)}")
    return {str(name) for name, _, _ in parts}
