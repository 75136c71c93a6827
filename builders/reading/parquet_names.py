"""Which files of a Hub repository hold a split of a config.

The data set's README says so in `configs:`, in any form that `datasets` takes; where it does not,
the usual names are looked for. Only parquet counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from datasets.data_files import sanitize_patterns
from fsspec.utils import glob_translate

LISTED = 12
"""Names that an error lists at most."""

_SHARD_END = re.compile(r"/\d{4}\.parquet|(?:-\d{5}-of-\d{5}(?:-[0-9a-f]+)?)?\.parquet")
_SHARD = r"(?:-\d{5}-of-\d{5}(?:-[0-9a-f]+)?)?\.parquet"


def split_files(paths: Iterable[str], header: Any, config: str, split: str) -> tuple[str, ...]:
    """Parquet files of a split, in order; none if it is not there, or not as parquet."""
    there = sorted(paths)
    declared = [re.compile(glob_translate(each)) for each in _declared(header, config, split)]
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
        try:
            patterns = sanitize_patterns(each.get("data_files") or {})
        except (TypeError, ValueError, AttributeError, KeyError):
            continue  # no form that `datasets` takes
        for name, of_split in patterns.items():
            if str(name) == split:
                yield from (f"{folder}/{pattern}".lstrip("/") for pattern in of_split)


def _usual(config: str, split: str) -> Iterator[re.Pattern[str]]:
    """Patterns of the names that converters give."""
    config, split = re.escape(config), re.escape(split)
    yield re.compile(f"{config}/{split}{_SHARD}")
    yield re.compile(rf"{config}/{split}/\d{{4}}\.parquet")
    if config == "default":
        yield re.compile(f"(?:data/)?{split}{_SHARD}")


def what_is_there(paths: Iterable[str]) -> str:
    """Folders or names of the parquet files of a repository, in words."""
    found = sorted({_SHARD_END.sub("", path) for path in paths if path.endswith(".parquet")})
    return ", ".join(found[:LISTED]) + (" …" if len(found) > LISTED else "") or "none"
