"""From rows to questions: every row is read or named as bad, with what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builders.own.labels import read_labels
from builders.own.quiz import Quiz
from builders.own.reading import Table
from mceval8k.editions import SPLITS
from mceval8k.errors import DataError
from mceval8k.task import LANGUAGES, MAX_OPTIONS
from mceval8k.text import normalise

_SPLIT_NAMES: Mapping[str, str] = {
    **{name: name for name in SPLITS},
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
}


@dataclass(frozen=True)
class Question:
    """What a row asks."""

    number: int
    """Row of the data, from 0."""
    place: str
    """Row, as errors name it."""
    question: str
    options: tuple[str, ...]
    label: int
    """Index of the right option."""
    lang: str
    group: str
    """What must not be split; empty where only the question says it."""
    split: str
    """Split that the row names; empty where it names none."""

    @property
    def content(self) -> tuple[str, str, tuple[str, ...]]:
        """The question, with the options in any order."""
        options = tuple(sorted(map(normalise, self.options)))
        return self.lang, normalise(self.question), options

    @property
    def keys(self) -> tuple[str, ...]:
        """What the row must not share with a row of another split."""
        return (*([f"group: {self.group}"] if self.group else []), f"question: {self.content[1]}")

    @property
    def gold(self) -> str:
        """Text of the right option, normalised."""
        return normalise(self.options[self.label])


@dataclass(frozen=True)
class Bad:
    """A row that no item can be made of."""

    number: int
    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


def read_questions(quiz: Quiz, table: Table) -> tuple[list[Question], list[Bad]]:
    """Read all rows; what is repeated, or contradicts an earlier row, is bad too.

    Raises
    ------
    DataError
        The labels can be read in two ways that disagree.
    """
    read: list[tuple[Question, Any]] = []
    bad: list[Bad] = []
    for number, (place, values) in enumerate(table.rows):
        found = _question_or_reason(quiz, number, place, values)
        if isinstance(found, Bad):
            bad.append(found)
        else:
            read.append(found)
    questions = []
    for (question, label), index in zip(read, _labels(quiz, read), strict=True):
        if index is None:
            reason = f"label {_shown(label)} is none of its {len(question.options)} options"
            bad.append(Bad(question.number, question.place, reason))
        else:
            questions.append(replace(question, label=index))
    clashing = list(_clashes(questions))
    numbers = {each.number for each in clashing}
    bad = sorted([*bad, *clashing], key=lambda each: each.number)
    return [each for each in questions if each.number not in numbers], bad


def _labels(quiz: Quiz, read: Sequence[tuple[Question, Any]]) -> list[int | None]:
    labels = [label for _, label in read]
    try:
        return read_labels(labels, [question.options for question, _ in read], quiz.label_is)
    except DataError as error:
        raise DataError(f"{quiz.where}: label: {error}") from None


def _question_or_reason(
    quiz: Quiz, number: int, place: str, values: Mapping[str, Any]
) -> tuple[Question, Any] | Bad:
    try:
        return _question(quiz, number, place, values)
    except ValueError as error:
        return Bad(number, place, str(error))


def _question(
    quiz: Quiz, number: int, place: str, values: Mapping[str, Any]
) -> tuple[Question, Any]:
    """Question of a row, its label still as it stands there; ValueError for what is wrong."""
    options = _options(quiz, values)
    lang, split = quiz.lang, ""
    if lang not in LANGUAGES:
        lang = _text(values, quiz.lang)
        if lang not in quiz.instruction:
            known = ", ".join(quiz.instruction)
            raise ValueError(f"language {_shown(lang)}: there is an instruction in {known}")
    if quiz.split:
        named = _text(values, quiz.split)
        split = _SPLIT_NAMES.get(named, "")
        if not split:
            raise ValueError(f"split {_shown(named)} is none of {', '.join(SPLITS)}")
    group = _text(values, quiz.group) if quiz.group else ""
    question = _text(values, quiz.question)
    return (
        Question(number, place, question, options, 0, lang, group, split),
        _value(values, quiz.label),
    )


def _options(quiz: Quiz, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Options of a row; the last ones may be blank where they have a column each."""
    if len(quiz.options) > 1:
        cells = [_value(values, name) for name in quiz.options]
        while cells and _is_blank(cells[-1]):
            cells.pop()
        names: Sequence[str] = quiz.options
    else:
        (column,) = quiz.options
        cells = _list(_value(values, column), column)
        names = [f"{column}[{index}]" for index in range(len(cells))]
    options = tuple(_as_text(cell, name) for cell, name in zip(cells, names, strict=False))
    if not 2 <= len(options) <= MAX_OPTIONS:
        raise ValueError(f"{len(options)} options; an item has 2 to {MAX_OPTIONS}")
    if len(set(map(normalise, options))) < len(options):
        raise ValueError(f"two options are the same: {_shown(list(options))}")
    return options


def _list(value: Any, column: str) -> list[Any]:
    """List in a cell; in CSV it is written as JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError(f"column {column!r}: {_shown(value)} is no JSON list") from None
    if not isinstance(value, list):
        raise ValueError(f"column {column!r}: {_shown(value)} is no list of options")
    return value


def _text(values: Mapping[str, Any], name: str) -> str:
    return _as_text(_value(values, name), name)


def _as_text(value: Any, name: str) -> str:
    if _is_blank(value):
        raise ValueError(f"column {name!r} is blank")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"column {name!r}: {_shown(value)} is not a text")
    return value.strip()


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _value(values: Mapping[str, Any], name: str) -> Any:
    """Value of a column, or of a field of one: `choices.text`."""
    column, *fields = name.split(".")
    value: Any = values.get(column)
    for each in fields:
        if not isinstance(value, Mapping) or each not in value:
            raise ValueError(f"column {column!r} has no field {each!r}")
        value = value[each]
    return value


def _clashes(questions: Sequence[Question]) -> Iterator[Bad]:
    """Rows that repeat or contradict an earlier one, or whose group lies in another split."""
    seen: dict[object, Question] = {}
    homes: dict[str, Question] = {}
    one = is_one_question(questions)
    for each in questions:
        first = seen.setdefault(each.content, each)
        if first is not each:
            what = "asks the same as" if first.gold == each.gold else "contradicts"
            yield Bad(each.number, each.place, f"{what} {first.place}")
            continue
        for key in each.keys[: -1 if one else None]:
            home = homes.setdefault(key, each)
            if home.split != each.split:
                reason = f"is in {each.split}, but {home.place} of {home.split} has the same "
                yield Bad(each.number, each.place, reason + key.split(":")[0])
                break


def is_one_question(questions: Sequence[Question]) -> bool:
    """Whether all rows ask the same, so that their options alone tell them apart."""
    return len({each.content[1] for each in questions}) == 1


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"
