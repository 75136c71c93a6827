"""Which files of a Hub repository hold a split of a config.

The data set's README says so in `configs:`; where it does not, the usual names are looked for, as
`datasets` does. Only parquet counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_SHARD = r"(?:-\d{5}-of-\d{5}(?:-[0-9a-f]+)?)?\.parquet"


def split_files(paths: Iterable[str], header: Any, config: str, split: str) -> tuple[str, ...]:
    """Parquet files of a split, in order; none if it is not there, or not as parquet."""
    there = sorted(paths)
    declared = [_glob(pattern) for pattern in _declared(header, config, split)]
    for patterns in (declared, [*_usual(config, split)]):
        found = [path for path in there if any(each.fullmatch(path) for each in patterns)]
        if found:
            return tuple(found) if all(path.endswith(".parquet") for path in found) else ()
    return ()


def _declared(header: Any, config: str, split: str) -> Iterator[str]:
    """Patterns that the README's header gives for a split."""
    configs = header.get("configs") if isinstance(header, Mapping) else None
    for each in configs if isinstance(configs, list) else ():
        if not isinstance(each, Mapping) or each.get("config_name") != config:
            continue
        folder = str(each.get("data_dir") or "").strip("/")
        files = each.get("data_files")
        for entry in files if isinstance(files, list) else ():
            if isinstance(entry, Mapping) and entry.get("split") == split:
                path = entry.get("path")
                for pattern in path if isinstance(path, list) else [path]:
                    yield f"{folder}/{pattern}".lstrip("/")


def _usual(config: str, split: str) -> Iterator[re.Pattern[str]]:
    """Patterns of the names that converters give."""
    config, split = re.escape(config), re.escape(split)
    yield re.compile(f"{config}/{split}{_SHARD}")
    yield re.compile(rf"{config}/{split}/\d{{4}}\.parquet")
    if config == "default":
        yield re.compile(f"(?:data/)?{split}{_SHARD}")


def _glob(pattern: str) -> re.Pattern[str]:
    """Glob as `datasets` reads it: `*` and `?` stay in a folder, `**` does not."""
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(words.get(part, re.escape(part)) for part in parts))
