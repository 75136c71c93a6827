"""The `croissant.json` of an edition: its files and columns in MLCommons' Croissant 1.1.

The Hub describes the data sets it hosts by itself; this file is the same for an edition in a
folder. Each task is a record set over its parquet files, whose split is a field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from builders.card.header import LICENCES
from builders.card.texts import SUMMARY
from builders.publishing.redistribution import OWN_EDITIONS
from mceval8k.editions import SPLITS
from mceval8k.item import stored_features
from mceval8k.task import Task

if TYPE_CHECKING:
    from datasets import Features

CROISSANT = "croissant.json"
"""File of the description."""

_CONTEXT = {  # that of the specification, word for word
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_TYPES = {"string": "sc:Text", "bool": "sc:Boolean", "int": "sc:Integer", "float": "sc:Float"}
_PAPER = """@inproceedings{zhao-etal-2025-neuron,
  title = {Neuron Empirical Gradient: Discovering and Quantifying Neurons' Global Linear Controllability},
  author = {Zhao, Xin and Jiang, Zehui and Yoshinaga, Naoki},
  booktitle = {Proceedings of ACL 2025 (Volume 1: Long Papers)},
  pages = {21446--21477},
  year = {2025}
}"""
_SPLIT = rf".*?({'|'.join(SPLITS)})-[^/]*$"


def croissant(edition: str, version: str, tasks: Sequence[Task]) -> dict[str, Any]:
    """Description of an edition with these tasks.

    Parameters
    ----------
    edition
        Name of the edition.
    version
        Of the package that built it.
    tasks
        Tasks, in the order of their record sets.
    """
    own = edition in OWN_EDITIONS
    return {
        "@context": deepcopy(_CONTEXT),  # mlcroissant writes into it
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": f"mceval8k-{edition}",
        "description": SUMMARY,
        "license": "https://spdx.org/licenses/Apache-2.0.html" if own else LICENCES,
        "inLanguage": sorted({lang for task in tasks for lang in task.languages}),
        "citeAs": _PAPER,
        "keywords": ["evaluation", "multiple choice", "language models"],
        "version": version,
        "distribution": [_files(task) for task in tasks],
        "recordSet": [_records(task) for task in tasks],
    }


def croissant_text(edition: str, version: str, tasks: Iterable[Task]) -> str:
    """Description as it stands in the edition's folder."""
    content = croissant(edition, version, list(tasks))
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _files(task: Task) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{task.name}-files",
        "name": f"{task.name}-files",
        "encodingFormat": "application/x-parquet",
        "includes": f"{task.name}/*.parquet",
    }


def _records(task: Task) -> dict[str, Any]:
    columns: Features = stored_features(task)
    path = {"extract": {"fileProperty": "fullpath"}, "transform": {"regex": _SPLIT}}
    return {
        "@type": "cr:RecordSet",
        "@id": task.name,
        "name": task.name,
        "description": task.summary,
        "key": {"@id": f"{task.name}/id"},
        "field": [
            _field(task, "split", {"dataType": "sc:Text"}, path),
            *(
                _field(task, name, _type(feature), {"extract": {"column": name}})
                for name, feature in columns.items()
            ),
        ],
    }


def _field(task: Task, name: str, kind: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"{task.name}/{name}",
        "name": name,
        **kind,
        "source": {"fileSet": {"@id": f"{task.name}-files"}, **source},
    }


def _type(feature: Any) -> dict[str, Any]:
    """Type of a column; lists in lists are arrays of more dimensions, all of unknown size."""
    depth = 0
    while hasattr(feature, "feature"):
        feature, depth = feature.feature, depth + 1
    kind = {"dataType": _TYPES[feature.dtype.rstrip("0123456789")]}
    return kind | ({"isArray": True, "arrayShape": ",".join(["-1"] * depth)} if depth else {})
