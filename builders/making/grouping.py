"""Groups: rows that share anything are joined, directly or through others."""

from __future__ import annotations

from collections.abc import Sequence


def components(keys: Sequence[Sequence[str]]) -> list[str]:
    """Group of each row, for rows that belong together if they have a key in common.

    Connected components by union-find. A component's name is the smallest of its keys, so that it
    does not depend on the order of the rows.

    Parameters
    ----------
    keys
        The keys of each row, at least one.

    Returns
    -------
    list of str
        Name of each row's component, as long as `keys`.
    """
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for first, *others in keys:
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    return [root(first) for first, *_ in keys]
