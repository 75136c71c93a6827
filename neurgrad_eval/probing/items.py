"""The items of an experiment as a table: what analyses of stored features must know of each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pyarrow as pa

from mceval8k.item import Item
from mceval8k.text import normalise

ITEMS = "items.parquet"


def items_table(splits: Mapping[str, Sequence[Item]]) -> pa.Table:
    """One row per item, in the order of the rows of the features.

    Columns are `id`, `split`, `lang`, `label`, `group` and `question`: the SHA-256 of the
    normalised question, by which items that ask the same are known without their text.

    Parameters
    ----------
    splits
        Items by the split they were drawn from, in the order in which they were asked.
    """
    rows = [(split, item) for split, items in splits.items() for item in items]
    return pa.table(
        {
            "id": pa.array([item["id"] for _, item in rows], pa.string()),
            "split": pa.array([split for split, _ in rows], pa.string()),
            "lang": pa.array([item["lang"] for _, item in rows], pa.string()),
            "label": pa.array([item["label"] for _, item in rows], pa.int8()),
            "group": pa.array([item["group"] for _, item in rows], pa.string()),
            "question": pa.array([_digest(item["question"]) for _, item in rows], pa.string()),
        }
    )


def _digest(question: str) -> str:
    return hashlib.sha256(normalise(question).encode()).hexdigest()
