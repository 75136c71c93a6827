"""Rows of hand-made requests, and what holds for any."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.prefix_scorer import rows as module
from harness.prefix_scorer.rows import Reading, make_rows

tokens = st.integers(0, 3)
requests = st.lists(
    st.tuples(
        st.none(),
        st.lists(tokens, min_size=1, max_size=6),
        st.lists(tokens, min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=12,
)


def test_letters_of_an_item_are_read_at_one_token() -> None:
    (row,) = make_rows([(None, [5, 6, 7], [1]), (None, [5, 6, 7], [2])], 10, branching=False)
    assert row.tokens == (5, 6, 7)
    assert row.stem == 2
    assert not row.branches
    assert row.readings == (Reading(0, (2,), (1,)), Reading(1, (2,), (2,)))


def test_options_branch_off_their_context() -> None:
    options = ([1, 2], [1, 3, 4], [8, 9])
    (row,) = make_rows([(None, [5, 6], option) for option in options], 10, branching=True)
    assert row.tokens == (5, 6, 1, 3, 8)
    assert row.parents == (-1, 0, 1, 2, 1)
    assert row.stem == 1
    assert row.branches
    assert [reading.nodes for reading in row.readings] == [(1, 2), (1, 2, 3), (1, 4)]


def test_without_branching_each_option_is_a_row() -> None:
    found = make_rows([(None, [5, 6], [1, 2]), (None, [5, 6], [1, 3])], 10, branching=False)
    assert [row.tokens for row in found] == [(5, 6, 1)]
    found = make_rows([(None, [5, 6], [1, 2]), (None, [5, 6], [3, 2])], 10, branching=False)
    assert [row.tokens for row in found] == [(5, 6, 1), (5, 6, 3)]


def test_first_tokens_are_cut_off() -> None:
    (row,) = make_rows([(None, [1, 2, 3, 4, 5], [6, 7])], 3, branching=True)
    assert row.tokens == (4, 5, 6)
    assert row.stem == 1
    assert row.readings[0].nodes == (1, 2)


def test_many_long_options_are_several_rows(monkeypatch) -> None:
    monkeypatch.setattr(module, "_BRANCH_TOKENS", 5)
    options = [[n, 1, 1, 1] for n in range(3)]
    found = make_rows([(None, [9], option) for option in options], 10, branching=True)
    assert [len(row.tokens) for row in found] == [4, 4, 4]


@given(requests, st.integers(4, 12), st.booleans())
def test_every_request_is_read_once_at_its_own_tokens(asked, max_length, branching) -> None:
    found = make_rows(asked, max_length, branching=branching)
    read = {reading.request: (row, reading) for row in found for reading in row.readings}
    assert sorted(read) == list(range(len(asked)))
    assert sum(len(row.readings) for row in found) == len(asked)
    for index, (_, context, continuation) in enumerate(asked):
        row, reading = read[index]
        inputs = (context + continuation)[-(max_length + 1) : -1]
        path = _path(row, reading.nodes[-1])
        assert [row.tokens[node] for node in path] == inputs
        assert tuple(path[-len(continuation) :]) == reading.nodes
        assert path[: row.stem] == list(range(row.stem))
        assert row.stem <= len(inputs) - len(continuation)


@given(requests)
def test_branching_runs_no_more_tokens(asked) -> None:
    branched, plain = (
        sum(len(row.tokens) for row in make_rows(asked, 20, branching=branching))
        for branching in (True, False)
    )
    assert branched <= plain or len({tuple(c) for _, c, _ in asked}) > 1


def _path(row, node: int) -> list[int]:
    path = []
    while node >= 0:
        path.append(node)
        node = row.parents[node]
    return path[::-1]
