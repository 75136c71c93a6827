"""Importing one's own data, from Python."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mceval8k.packages import loaded

if TYPE_CHECKING:
    from mceval8k.editions import Edition


def import_data(
    quiz: str | Path | Mapping[str, Any],
    out: str | Path,
    *,
    seed: int = 0,
    drop_bad: bool = False,
) -> Edition:
    """Make an edition of one's own questions, as `mceval8k import` does (docs/own-data.md).

    Parameters
    ----------
    quiz
        YAML file that says what the data is, or its fields as a mapping.
    out
        Folder of the edition: new, empty, or an earlier edition, which is replaced.
    seed
        Seed of split and order.
    drop_bad
        Leave bad rows out instead of refusing them all.

    Returns
    -------
    Edition
        The edition, opened.

    Raises
    ------
    DataError
        A field or a row is not what it must be, or the rows cannot be split; nothing is written.
    UsageError
        The folder holds something else, or a data set cannot be had from the Hub.
    """
    # The package that imports data imports this one, not the other way round.
    (importer, *_) = entry_points(group="mceval8k.importers", name="own-data")
    edition: Edition = loaded(importer)(quiz, out, seed=seed, drop_bad=drop_bad)
    return edition
