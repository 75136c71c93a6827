"""YAML of untrusted files, read within limits; errors are one line that names the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from mceval8k.errors import DataError
from mceval8k.files import read_bytes

_MOST_BYTES = 2**22
_MOST_VALUES = 100_000
_DEEPEST = 100


def read_yaml(path: Path, *, texts_only: bool = False) -> Any:
    """Read a YAML file; `texts_only` as for `parse_yaml`.

    Raises
    ------
    DataError
        The file cannot be read, is no regular file or larger than 4 MiB, or its text is none of
        `parse_yaml`'s; the message names it.
    """
    try:
        text = read_bytes(path, _MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text") from None
    return parse_yaml(text, str(path), texts_only=texts_only)


def parse_yaml(text: str, where: str, *, texts_only: bool = False) -> Any:
    """Parse one YAML document; tags make no objects.

    Parameters
    ----------
    texts_only
        Whether numbers, dates and truth values stay the texts that they are written as.

    Raises
    ------
    DataError
        It is no YAML, holds half of a surrogate pair, is nested more than 100 deep, or has more
        than 100,000 values, each alias counted with all that it stands for; the message begins
        with `where`.
    """
    try:
        _check(text)
        # Both loaders make plain values only.
        return yaml.load(text, yaml.BaseLoader if texts_only else yaml.SafeLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError) as error:
        raise DataError(f"{where}: not YAML: {' '.join(str(error).split())}") from None


def _check(text: str) -> None:
    """Raise ValueError for what would take too long; nothing is built, and nothing recurses."""
    sizes: dict[str, int] = {}
    opened: list[tuple[str | None, int]] = []
    count = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                raise ValueError(f"alias *{event.anchor} has no value yet")
            count += sizes[event.anchor]
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, count))
            count += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes |= {anchor: count - before} if anchor else {}
        elif isinstance(event, yaml.ScalarEvent):
            event.value.encode()
            count += 1
            sizes |= {event.anchor: 1} if event.anchor else {}
        if len(opened) > _DEEPEST or count > _MOST_VALUES:
            raise ValueError("nested too deeply" if len(opened) > _DEEPEST else "too many values")
