"""Prompt packs: YAML files that turn items into prompts.

A prompt is the instruction, the demonstrations and the item, each a block, joined by the pack's
separator. An item's block is its question, its options one per line, and the answer cue without a
trailing space; a demonstration's block is the same, followed by delimiter and answer symbol. This
is the text that lm-eval composes from the same parts, so that every tool of the project sees one
prompt.
"""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from mceval8k.errors import DataError, UsageError
from mceval8k.registry import get_task
from mceval8k.task import LANGUAGES, MAX_OPTIONS, Item, Task

DEFAULT = "default"


@dataclass(frozen=True)
class TaskWording:
    """What a pack says of one task; empty fields mean the task's own wording."""

    instruction: Mapping[str, str]
    question: Mapping[str, str]
    symbols: tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """A prompt pack, checked and complete."""

    name: str
    symbols: tuple[str, ...]
    option: str
    delimiter: str
    separator: str
    cue: Mapping[str, str]
    tasks: Mapping[str, TaskWording]

    def instruction(self, task: Task, lang: str) -> str:
        """Wording of the task for items of language `lang`."""
        spoken = task.language_of_prompt(lang)
        wording = self.tasks.get(task.name)
        if wording and spoken in wording.instruction:
            return wording.instruction[spoken]
        return task.instruction[spoken]

    def symbols_for(self, task: Task, n_options: int) -> tuple[str, ...]:
        """Answer symbols of an item with `n_options` options."""
        wording = self.tasks.get(task.name)
        symbols = wording.symbols if wording and wording.symbols else self.symbols
        if n_options > len(symbols):
            raise DataError(f"pack {self.name}: {len(symbols)} symbols for {n_options} options")
        return symbols[:n_options]

    def continuations(self, task: Task, n_options: int) -> tuple[str, ...]:
        """What a model emits for each option: delimiter and symbol, for example `" A"`."""
        return tuple(self.delimiter + symbol for symbol in self.symbols_for(task, n_options))

    def block(self, task: Task, item: Item) -> str:
        """Question, options and cue of one item."""
        spoken = task.language_of_prompt(item["lang"])
        wording = self.tasks.get(task.name)
        question = str(item["question"])
        if wording and spoken in wording.question:
            question = wording.question[spoken].format_map(item)
        symbols = self.symbols_for(task, len(item["options"]))
        options = (
            self.option.format(symbol=symbol, text=text)
            for symbol, text in zip(symbols, item["options"], strict=True)
        )
        return "\n".join((question, *options, self.cue[spoken]))

    def answered(self, task: Task, item: Item) -> str:
        """Block of a demonstration: the item and its gold symbol."""
        symbol = self.symbols_for(task, len(item["options"]))[item["label"]]
        return self.block(task, item) + self.delimiter + symbol

    def prompt(self, task: Task, item: Item, demonstrations: Sequence[Item] = ()) -> str:
        """Full prompt of an item, ending in the answer cue without a trailing space."""
        blocks = (
            self.instruction(task, item["lang"]),
            *(self.answered(task, shot) for shot in demonstrations),
            self.block(task, item),
        )
        return self.separator.join(blocks)

    def digest(self, task: Task) -> str:
        """SHA-256 (hexadecimal) of everything that shapes the prompts of a task."""
        spoken = sorted({task.language_of_prompt(lang) for lang in task.languages})
        wording = self.tasks.get(task.name)
        content = {
            "symbols": self.symbols_for(task, task.n_options),
            "option": self.option,
            "delimiter": self.delimiter,
            "separator": self.separator,
            "cue": {lang: self.cue[lang] for lang in spoken},
            "instruction": {lang: self.instruction(task, lang) for lang in spoken},
            "question": dict(wording.question) if wording else {},
        }
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for records of a run."""
        return asdict(self)


def load_pack(name_or_path: str | Path = DEFAULT) -> Pack:
    """Read a pack by the name of an embedded one or by the path of a YAML file.

    A pack states what differs from the default pack; the rest is the default's.

    Raises
    ------
    UsageError
        There is no such pack.
    DataError
        The file is not a pack; the message names file and field.
    """
    base = _read(_embedded(DEFAULT), DEFAULT)
    if str(name_or_path) == DEFAULT:
        return _parse(base, DEFAULT)
    path = Path(name_or_path)
    if path.suffix in {".yaml", ".yml"}:
        if not path.is_file():
            raise UsageError(f"pack {path}: no such file")
        text = path.read_text(encoding="utf-8")
    else:
        text = _embedded(str(name_or_path))
    own = _read(text, str(name_or_path))
    if "name" not in own:
        raise DataError(f"pack {name_or_path}: field 'name' is missing")
    cue = {**base["cue"], **_mapping(own, "cue", str(name_or_path))}
    return _parse({**base, **own, "cue": cue}, str(name_or_path))


def embedded_packs() -> tuple[str, ...]:
    """Names of the packs that come with the package."""
    folder = resources.files("mceval8k.prompts") / "packs"
    return tuple(sorted(f.name[:-5] for f in folder.iterdir() if f.name.endswith(".yaml")))


def _embedded(name: str) -> str:
    if name not in embedded_packs():
        known = ", ".join(embedded_packs())
        raise UsageError(f"unknown pack {name!r}: give a .yaml file or one of: {known}")
    return (resources.files("mceval8k.prompts") / "packs" / f"{name}.yaml").read_text("utf-8")


def _read(text: str, where: str) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"pack {where}: not YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise DataError(f"pack {where}: not a mapping of fields")
    return content


def _parse(fields: Mapping[str, Any], where: str) -> Pack:
    known = set(Pack.__dataclass_fields__)
    if unknown := sorted(set(fields) - known):
        raise DataError(f"pack {where}: unknown field {unknown[0]!r}; known: {sorted(known)}")
    texts = {name: _text(fields, name, where) for name in ("name", "option", "delimiter")}
    wordings = {
        name: _wording(get_task(name), wording, f"{where}: tasks.{name}")
        for name, wording in _mapping(fields, "tasks", where).items()
    }
    _check_template(texts["option"], {"symbol", "text"}, f"{where}: option")
    return Pack(
        **texts,
        separator=_text(fields, "separator", where),
        symbols=_symbols(fields["symbols"], where, at_least=MAX_OPTIONS),
        cue=_by_language(fields, "cue", where),
        tasks=wordings,
    )


def _wording(task: Task, fields: Any, where: str) -> TaskWording:
    if not isinstance(fields, dict):
        raise DataError(f"pack {where}: not a mapping of fields")
    if unknown := sorted(set(fields) - set(TaskWording.__dataclass_fields__)):
        raise DataError(f"pack {where}: unknown field {unknown[0]!r}")
    questions = _by_language(fields, "question", where)
    for lang, template in questions.items():
        columns = {"question", *task.raw_columns}
        _check_template(template, columns, f"{where}.question.{lang}")
    symbols = fields.get("symbols")
    return TaskWording(
        instruction=_by_language(fields, "instruction", where),
        question=questions,
        symbols=() if symbols is None else _symbols(symbols, where, at_least=task.n_options),
    )


def _symbols(value: Any, where: str, *, at_least: int) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(s, str) and s.strip() for s in value):
        raise DataError(f'pack {where}: symbols must be a list of texts (quote numbers: "1")')
    if len(value) < at_least or len(set(value)) < len(value):
        raise DataError(f"pack {where}: symbols must be at least {at_least} and distinct: {value}")
    return tuple(value)


def _mapping(fields: Mapping[str, Any], name: str, where: str) -> dict[str, Any]:
    value = fields.get(name) or {}
    if not isinstance(value, dict):
        raise DataError(f"pack {where}: field {name!r} is not a mapping")
    return value


def _text(fields: Mapping[str, Any], name: str, where: str) -> str:
    if not isinstance(fields[name], str):
        raise DataError(f"pack {where}: field {name!r} is not a text")
    return str(fields[name])


def _by_language(fields: Mapping[str, Any], name: str, where: str) -> dict[str, str]:
    table = _mapping(fields, name, where)
    for lang, text in table.items():
        if lang not in LANGUAGES or not isinstance(text, str):
            raise DataError(f"pack {where}: field {name!r}: {lang!r} is not a text by language")
        if name == "cue" and text != text.rstrip():
            raise DataError(f"pack {where}: cue {text!r} ends in white space")
    return table


def _check_template(template: str, allowed: set[str], where: str) -> None:
    try:
        parts = [(name, spec) for _, name, spec, _ in string.Formatter().parse(template)]
    except ValueError as error:
        raise DataError(f"pack {where}: {error}") from None
    for name, spec in parts:
        if name is not None and (name not in allowed or spec):
            raise DataError(f"pack {where}: field {{{name}}} is none of {sorted(allowed)}")
