"""JSON: untrusted files, read within limits, with errors that name the file; and for scripts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mceval8k.errors import DataError
from mceval8k.files import read_bytes

MOST_BYTES = 2**28
_DEEPEST = 100


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    DataError
        The file cannot be read, is no regular file or larger than 256 MiB, or its text is none of
        `parse_json`'s; the message names it.
    """
    return parse_json(read_bytes(path, MOST_BYTES), str(path))


def parse_json(content: bytes | str, where: str) -> dict[str, Any]:
    """Parse a JSON object.

    Raises
    ------
    DataError
        It is no JSON in UTF-8, no object, nested more than 100 deep, or holds NaN, a number of
        thousands of digits or a lone surrogate; the message begins with `where`.
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        found = json.loads(text, parse_constant=_refuse)
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate has no bytes
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise DataError(f"{where}: {reason}") from None
    if not isinstance(found, dict):
        raise DataError(f"{where}: not an object")
    if _depth(found) > _DEEPEST:
        raise DataError(f"{where}: nested too deeply")
    return found


def script_json(value: Any) -> str:
    """JSON that is safe in a script, wherever the script stands."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [v for one in level for v in (one.values() if isinstance(one, dict) else one)]
        level = [v for v in inner if isinstance(v, (dict, list))]
    return depth
