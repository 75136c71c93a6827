"""Result files of lm-eval below folders, whatever else lies there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mceval8k.errors import UsageError

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d+)?")
_NAME = re.compile(rf"(results_.*|.+_{_DATE.pattern})\.json")
"""Of lm-eval's files: `results_DATE.json`, or `NAME_DATE.json` for `--output_path NAME.json`."""


@dataclass(frozen=True)
class ResultFile:
    """A result file, and what it is called on the board."""

    path: Path
    label: str


def find_results(places: Sequence[Path]) -> tuple[ResultFile, ...]:
    """All result files below folders (or named themselves), in a fixed order, each once.

    Raises
    ------
    UsageError
        A place does not exist, or has no such file.
    """
    found: dict[Path, ResultFile] = {}
    for place in places:
        paths = list(_paths(place))
        if not paths:
            raise UsageError(f"{place}: no results_*.json of lm-eval here or below")
        root = place.absolute().parent
        for path in paths:
            inside = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
            found.setdefault(_real(path), ResultFile(path, _printable(inside.as_posix())))
    return tuple(sorted(found.values(), key=lambda each: (each.label, str(each.path))))


def _paths(place: Path) -> Iterator[Path]:
    if not place.exists():
        raise UsageError(f"{place} does not exist")
    place = place.absolute()
    if not place.is_dir():
        yield place
        return
    for path in sorted(place.rglob("*.json")):
        if _NAME.fullmatch(path.name) and not path.is_dir():
            yield path


def _real(path: Path) -> Path:
    """What a path leads to; the path itself where its links go round in a circle."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _printable(name: str) -> str:
    """A name of a file whose bytes are no UTF-8, as text that can be written."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")


def date_of(path: Path) -> str:
    """Date in the name of a result file, which is in the names of its samples too."""
    found = list(_DATE.finditer(path.stem))
    return found[-1][0] if found else path.stem.removeprefix("results_")


def samples_path(path: Path, name: str) -> Path:
    """Samples of lm-eval's task `name` beside a result file."""
    return path.parent / f"samples_{name}_{date_of(path)}.jsonl"


def files_of(path: Path) -> list[Path]:
    """A result file and the samples beside it, as far as these are regular files."""
    beside = sorted(path.parent.glob(f"samples_*_{_escaped(date_of(path))}.jsonl"))
    return [each for each in (path, *beside) if each.is_file()]


def _escaped(text: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", text)
