"""Rows of a batch: lm-eval's requests, with every token that requests share held once.

A row is a tree of tokens. Its stem comes before everything that is predicted; after the stem the
continuations of one context branch off. A row without branches is a plain sequence of tokens.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

Request = tuple[tuple[str, str] | None, list[int], list[int]]
"""lm-eval's: the two texts (None for a window of a longer text), context and continuation."""

# Every token of a row is compared with every other. Branches beyond this would cost more there
# than it costs to run their context again.
_BRANCH_TOKENS = 512


@dataclass(frozen=True)
class Reading:
    """Where the answer to a request is read."""

    request: int
    nodes: tuple[int, ...]
    """Tokens of the row at which the continuation's tokens are predicted."""
    continuation: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """Tokens to run, and what is read at them."""

    tokens: tuple[int, ...]
    parents: Sequence[int]
    """Index of the token before each token; -1 at the start."""
    stem: int
    """Leading tokens at which nothing is read; each follows the one before it."""
    readings: tuple[Reading, ...]

    @property
    def branches(self) -> bool:
        """Whether the row is more than a plain sequence."""
        return len(self.runs(0)) > 1

    def runs(self, skipped: int) -> list[tuple[int, int]]:
        """Start and end of the plain sequences that make up the row after `skipped` tokens."""
        rest = self.parents[skipped:]
        starts = [i for i, parent in enumerate(rest) if i == 0 or parent != i + skipped - 1]
        return list(zip(starts, [*starts[1:], len(rest)], strict=True))


def make_rows(requests: Sequence[Request], max_length: int, *, branching: bool) -> list[Row]:
    """Rows of all requests.

    Parameters
    ----------
    requests
        Contexts and continuations of at least one token each.
    max_length
        Tokens that the model takes; longer requests lose their first tokens, as in lm-eval.
    branching
        Whether the continuations of a context share a row; else only those do that differ in
        their last token alone, which is never run.
    """
    groups: dict[tuple[bool, tuple[int, ...]], list[int]] = defaultdict(list)
    for index, (_, context, continuation) in enumerate(requests):
        whole = len(context) + len(continuation) <= max_length + 1
        if branching and whole:
            groups[True, tuple(context)].append(index)
        else:
            groups[False, _inputs(requests[index], max_length)].append(index)
    parts = (part for members in groups.values() for part in _parts(requests, members))
    return [_row(requests, part, max_length) for part in parts]


def _inputs(request: Request, max_length: int) -> tuple[int, ...]:
    """Tokens that are run for a request: all but its last, the first ones cut off if too many."""
    _, context, continuation = request
    return tuple((context + continuation)[-(max_length + 1) : -1])


def _parts(requests: Sequence[Request], members: Sequence[int]) -> Iterator[list[int]]:
    """Requests of one group, cut where their branches become too many tokens for a row."""
    part: list[int] = []
    tokens = 0
    for index in members:
        further = len(requests[index][2]) - 1
        if part and tokens + further > _BRANCH_TOKENS:
            yield part
            part, tokens = [], 0
        part.append(index)
        tokens += further
    yield part


def _row(requests: Sequence[Request], members: Sequence[int], max_length: int) -> Row:
    tree = _Tree()
    readings, stems = [], []
    for index in members:
        continuation = requests[index][2]
        path = tree.add(_inputs(requests[index], max_length))
        first = len(path) - len(continuation)
        readings.append(Reading(index, path[first:], tuple(continuation)))
        stems.append(first)
    # A range takes no memory, and most rows of most runs are plain.
    plain = range(-1, len(tree.tokens) - 1)
    parents = plain if tree.parents == list(plain) else tuple(tree.parents)
    return Row(tuple(tree.tokens), parents, min(stems), tuple(readings))


@dataclass
class _Tree:
    """Sequences of tokens, each beginning that they share held once."""

    tokens: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    children: dict[tuple[int, int], int] = field(default_factory=dict)

    def add(self, sequence: Sequence[int]) -> tuple[int, ...]:
        """Add a sequence; returns the index of each of its tokens."""
        path = []
        node = -1
        for token in sequence:
            child = self.children.get((node, token))
            if child is None:
                child = self.children[node, token] = len(self.tokens)
                self.tokens.append(token)
                self.parents.append(node)
            path.append(child)
            node = child
        return tuple(path)
