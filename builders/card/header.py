"""The YAML header of an edition's README: what `datasets` reads before it reads data.

Every task is a config. The config `all` reads the files of all tasks, but only the columns that
they share: its `columns` are handed to the parquet reader, so that the tasks' own columns, which
differ, do not get in each other's way and no row is stored twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import yaml
from datasets import ClassLabel, Features, Value
from datasets.features import Sequence as ListOf

from builders.publishing.redistribution import OWN_EDITIONS
from mceval8k.editions import SPLITS
from mceval8k.editions.native import split_file
from mceval8k.item import COMMON_COLUMNS, stored_features
from mceval8k.task import Task
from mceval8k.yaml_text import parse_yaml

ALL = "all"
LICENCES = "LICENSE.md"
"""File that says which licence each task has."""


_OWN_ROWS = {"annotations_creators": ["expert-generated"], "source_datasets": ["original"]}
_RELEASED = "iszhaoxin/MCEval8K"


def header(
    tasks: Sequence[Task], rows: int, *, title: str = "MCEval8k", edition: str = ""
) -> dict[str, Any]:
    """Header of an edition with these tasks and so many rows in all of them."""
    return {
        "pretty_name": title,
        **_licence(edition),
        "language": sorted({lang for task in tasks for lang in task.languages}),
        "task_categories": ["multiple-choice", "question-answering", "text-classification"],
        "size_categories": [_size_category(rows)],
        "tags": ["evaluation", "benchmark", "lm-eval", "interpretability"],
        **_origin(tasks, edition),
        "configs": [_all_config(), *(_config(task) for task in tasks)],
        "dataset_info": [_info(ALL, _shared_features()), *_infos(tasks)],
    }


def _licence(edition: str) -> dict[str, str]:
    if edition in OWN_EDITIONS:
        return {"license": "apache-2.0"}
    return {"license": "other", "license_name": "per-task", "license_link": LICENCES}


def _origin(tasks: Sequence[Task], edition: str) -> dict[str, Any]:
    """Who wrote the rows and labels, for the editions of which it is known."""
    if edition in OWN_EDITIONS:
        return _OWN_ROWS
    if edition == "clean":
        return {"annotations_creators": ["found"], "source_datasets": [_RELEASED]}
    if edition == "full":
        # Treebanks and files of other places are no data sets of the Hub.
        sources = (source for task in tasks for source in task.sources)
        ids = {source.id for source in sources if "//huggingface.co/datasets/" in source.url}
        return {"annotations_creators": ["found"], "source_datasets": sorted(ids)}
    return {}


def header_text(
    tasks: Sequence[Task], rows: int, *, title: str = "MCEval8k", edition: str = ""
) -> str:
    """Header as it stands at the top of the README; each feature and file on a line of its own."""
    content = header(tasks, rows, title=title, edition=edition)
    body = yaml.safe_dump(
        content, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return f"---\n{body}---\n"


def read_header(text: str) -> Any:
    """Read the header of a README; None if it has none.

    Raises
    ------
    DataError
        It is no YAML.
    """
    parts = text.split("---\n", 2)
    return parse_yaml(parts[1], "header") if len(parts) == 3 and not parts[0] else None


def yaml_features(columns: Features) -> list[dict[str, Any]]:
    """Features as `dataset_info` has them, in words that every `datasets` since 2.16 reads."""
    return [{"name": name, **_feature(feature)} for name, feature in columns.items()]


def _feature(feature: Any) -> dict[str, Any]:
    if isinstance(feature, ClassLabel):
        names = {str(index): name for index, name in enumerate(feature.names)}
        return {"dtype": {"class_label": {"names": names}}}
    if isinstance(feature, Value):
        return {"dtype": feature.dtype}
    inner = _feature(feature.feature)
    return {"sequence": inner["dtype"] if isinstance(inner.get("dtype"), str) else inner}


def _config(task: Task) -> dict[str, Any]:
    return {"config_name": task.name, "data_files": _data_files(task.name)}


def _all_config() -> dict[str, Any]:
    return {
        "config_name": ALL,
        "default": True,
        "columns": list(COMMON_COLUMNS),
        "data_files": _data_files("*"),
    }


def _data_files(folder: str) -> list[dict[str, str]]:
    return [{"split": split, "path": split_file(folder, split)} for split in SPLITS]


def _infos(tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        yield _info(task.name, stored_features(task))


def _info(config: str, columns: Features) -> dict[str, Any]:
    """Features of a config; counts are in the manifest, and `datasets` reads them off the files."""
    return {"config_name": config, "features": yaml_features(columns)}


def _shared_features() -> Features:
    columns: dict[str, Any] = {name: Value("string") for name in COMMON_COLUMNS}
    return Features(columns | {"options": ListOf(Value("string")), "label": Value("int64")})


def _size_category(rows: int) -> str:
    bounds: Sequence[tuple[int, str]] = (
        (1_000, "n<1K"),
        (10_000, "1K<n<10K"),
        (100_000, "10K<n<100K"),
    )
    return next((name for bound, name in bounds if rows < bound), "100K<n<1M")
