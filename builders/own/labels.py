"""How the right option is named: by its index, its number, its letter or its text.

One way of naming holds for all rows. Where nobody says which, it is the one by which every row can
be read; where two ways fit and mean different options, nobody can know, and it must be said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from builders.own.quiz import LABEL_KINDS, LabelKind
from mceval8k.errors import DataError
from mceval8k.text import normalise

_WHOLE = re.compile(r"[0-9]{1,3}")
_MEANING: Mapping[LabelKind, str] = {
    "index": "an index from 0",
    "number": "a number from 1",
    "letter": "a letter",
    "text": "an option's text",
}


def read_labels(
    labels: Sequence[Any], options: Sequence[Sequence[str]], kind: LabelKind | None
) -> list[int | None]:
    """Index of each row's right option; None where it cannot be read.

    Raises
    ------
    DataError
        Two ways of reading fit all rows and disagree.
    """
    kinds = (kind,) if kind else LABEL_KINDS
    readings = {
        each: [_READERS[each](label, own) for label, own in zip(labels, options, strict=True)]
        for each in kinds
    }
    whole = [each for each in kinds if None not in readings[each]]
    if not whole:
        return max(readings.values(), key=lambda read: len(read) - read.count(None))
    first, *others = whole
    for other in others:
        for row, (one, two) in enumerate(zip(readings[first], readings[other], strict=True)):
            if one != two:
                raise DataError(
                    f"every label can be read as {_MEANING[first]} and as {_MEANING[other]}, and "
                    f"{labels[row]!r} means another option then: say which with "
                    f"'label_is: {first}' or 'label_is: {other}'"
                )
    return readings[first]


def _whole_number(label: Any) -> int | None:
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    if isinstance(label, int) and not isinstance(label, bool):
        return label
    if isinstance(label, str) and _WHOLE.fullmatch(label.strip()):
        return int(label)
    return None


def _index(label: Any, options: Sequence[str]) -> int | None:
    number = _whole_number(label)
    return number if number is not None and 0 <= number < len(options) else None


def _number(label: Any, options: Sequence[str]) -> int | None:
    number = _whole_number(label)
    return None if number is None else _index(number - 1, options)


def _letter(label: Any, options: Sequence[str]) -> int | None:
    text = str(label).strip().upper()
    return _index(ord(text) - ord("A"), options) if len(text) == 1 else None


def _text(label: Any, options: Sequence[str]) -> int | None:
    if not isinstance(label, str | int) or isinstance(label, bool):
        return None
    found = [i for i, option in enumerate(options) if normalise(option) == normalise(str(label))]
    return found[0] if len(found) == 1 else None


_READERS: Mapping[LabelKind, Callable[[Any, Sequence[str]], int | None]] = {
    "index": _index,
    "number": _number,
    "letter": _letter,
    "text": _text,
}
