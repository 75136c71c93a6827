"""The items of an experiment as a table: what analyses of stored features must know of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from mceval8k.errors import DataError
from mceval8k.item import Item
from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.same_question import question_key


def items_table(splits: Mapping[str, Sequence[Item]]) -> pa.Table:
    """One row per item, in the order of the rows of the features.

    Columns are `id`, `split`, `lang`, `label`, `group` and `question`: the SHA-256 of what is the
    same for items with the same question (`question_key`), known so without their text.

    Parameters
    ----------
    splits
        Items by the split they were drawn from, in the order of their prompts.
    """
    rows = [(split, item) for split, items in splits.items() for item in items]
    key = question_key([item for _, item in rows])
    return pa.table(
        {
            "id": pa.array([item["id"] for _, item in rows], pa.string()),
            "split": pa.array([split for split, _ in rows], pa.string()),
            "lang": pa.array([item["lang"] for _, item in rows], pa.string()),
            "label": pa.array([item["label"] for _, item in rows], pa.int8()),
            "group": pa.array([item["group"] for _, item in rows], pa.string()),
            "question": pa.array([_digest(key(item)) for _, item in rows], pa.string()),
        }
    )


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def with_items(features: Features, items: pa.Table) -> Features:
    """Features with what a table of their items says of each.

    Raises
    ------
    DataError
        The items are not those of the features.
    """
    if items["label"].to_pylist() != features.labels.tolist():
        raise DataError("the items are not those of the features: their labels differ")
    ids, groups, languages, questions = (
        tuple(items[name].to_pylist()) for name in ("id", "group", "lang", "question")
    )
    return replace(features, ids=ids, groups=groups, languages=languages, questions=questions)


def split_features(features: Features, items: pa.Table) -> dict[str, Features]:
    """Features by the split of their items: `train`, `test` and `validation`, as far as there."""
    splits = np.asarray(items["split"].to_pylist())
    names = [name for name in ("train", "test", "validation") if (splits == name).any()]
    return {name: features.take(np.flatnonzero(splits == name)) for name in names}
