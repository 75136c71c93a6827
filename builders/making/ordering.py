"""The order of a split's rows; that of training rows makes their beginning balanced demonstrations.

A *block* is as many rows in sequence as there are labels: each label once, and no group twice. The
training rows of a language begin with blocks, until the others hold none; blocks of all languages
take turns, and what belongs to no block stands at the end. So the first k·n rows of the split, and
of each of its languages, are k balanced demonstrations of each label, for any tool that takes the
first rows. Where the language is the question, all rows count as of one.

Which rows make a block: rows of the largest groups are taken first, since a block can hold only one
of each group; where taking them one after the other fails, a maximum matching of labels and groups
says whether there is a block at all. Nothing in the order depends on the order of the input.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from builders.making.hashing import rank
from mceval8k.task import Item, Task


class Place(NamedTuple):
    """What a row's place depends on."""

    label: int
    group: str


def ordered(items: Sequence[Item], task: Task, split: str, seed: int) -> list[Item]:
    """Items of a split in the order in which they are written.

    It says nothing about upstream rows, and in the held-out splits nothing about labels and
    languages.
    """
    shuffled = sorted(items, key=lambda item: rank(seed, "row", item["id"]))
    return _in_blocks(shuffled, task, seed) if split == "train" else shuffled


def _in_blocks(items: Sequence[Item], task: Task, seed: int) -> list[Item]:
    labels = {int(item["label"]) for item in items}
    turns: list[tuple[int, bytes, list[Item]]] = []
    rest: list[int] = []
    for rows in by_language(task, [item["lang"] for item in items]):
        places = [Place(int(items[row]["label"]), items[row]["group"]) for row in rows]
        blocks, others = _blocks(places, labels)
        found = [[items[rows[index]] for index in sorted(block)] for block in blocks]
        found.sort(key=lambda block: rank(seed, "block", block[0]["id"]))
        turns += [
            (turn, rank(seed, "turn", block[0]["id"]), block) for turn, block in enumerate(found)
        ]
        rest += [rows[index] for index in others]
    turns.sort(key=lambda each: each[:2])
    return [
        *chain.from_iterable(block for *_, block in turns),
        *(items[row] for row in sorted(rest)),
    ]


def by_language(task: Task, langs: Sequence[str]) -> list[list[int]]:
    """Rows of each language; all in one where the language is the question."""
    found: dict[str, list[int]] = defaultdict(list)
    for row, lang in enumerate(langs):
        found[lang if task.prompt_language is None else ""].append(row)
    return [found[lang] for lang in sorted(found)]


def _blocks(places: Sequence[Place], labels: set[int]) -> tuple[list[list[int]], list[int]]:
    """Blocks, and the rows that are in none."""
    sizes = Counter(place.group for place in places)
    queues: dict[int, list[int]] = {label: [] for label in sorted(labels)}
    for row in sorted(range(len(places)), key=lambda row: -sizes[places[row].group]):
        queues[places[row].label].append(row)
    blocks = []
    while block := _greedy(places, queues) or a_block(
        places, labels, sorted(chain.from_iterable(queues.values()))
    ):
        blocks.append(block)
        for row in block:
            queues[places[row].label].remove(row)
    return blocks, sorted(chain.from_iterable(queues.values()))


def _greedy(places: Sequence[Place], queues: Mapping[int, Sequence[int]]) -> list[int] | None:
    """Take for each label its first row of a group that is not taken."""
    block: list[int] = []
    groups: set[str] = set()
    for queue in queues.values():
        row = next((row for row in queue if places[row].group not in groups), None)
        if row is None:
            return None
        block.append(row)
        groups.add(places[row].group)
    return block


def a_block(places: Sequence[Place], labels: set[int], rows: Sequence[int]) -> list[int] | None:
    """Find a block among some rows; None where there is none."""
    if {places[row].label for row in rows} != labels or not labels:
        return None
    numbers = {label: number for number, label in enumerate(sorted(labels))}
    groups = {group: number for number, group in enumerate({places[row].group: 0 for row in rows})}
    first: dict[tuple[int, int], int] = {}
    for row in rows:
        first.setdefault((numbers[places[row].label], groups[places[row].group]), row)
    edges = np.array(list(first))
    shape = (len(numbers), len(groups))
    graph = csr_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=shape)
    matched = maximum_bipartite_matching(graph, perm_type="column")
    if (matched < 0).any():
        return None
    return [first[label, int(group)] for label, group in enumerate(matched)]


def order_faults(
    task: Task, labels: Sequence[int], groups: Sequence[str], langs: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """Where the rows of a training split are not in balanced blocks: row, and what is wrong."""
    places = [Place(*each) for each in zip(labels, groups, strict=True)]
    there = set(labels)
    total = 0
    for rows in by_language(task, langs):
        begun = _leading_blocks([places[row] for row in rows], there)
        rest = rows[begun * len(there) :]
        if further := a_block(places, there, rest):
            named = ", ".join(map(str, sorted(further)))
            yield rest[0], f"rows {named} would be one more balanced block; the order breaks off"
            return
        total += begun
    if (found := _leading_blocks(places, there)) < total:
        yield found * len(there), f"{total} balanced blocks, but only {found} at the beginning"


def _leading_blocks(places: Sequence[Place], labels: set[int]) -> int:
    width, count = len(labels), 0
    while block := places[count * width : (count + 1) * width]:
        if {place.label for place in block} != labels:
            break
        if len({place.group for place in block}) < width:
            break
        count += 1
    return count
