"""Which beginnings get a cache: hand-made rows, and what holds for any."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.prefix_scorer import prefixes as module
from harness.prefix_scorer.prefixes import Prefix, find_prefixes

EN, DE = list(range(100)), list(range(200, 300))


def test_what_all_share_is_cached_once() -> None:
    first, second = find_prefixes([[*EN, 7], [*EN, 8, 9], EN])
    assert first == Prefix(None, (), 0, ())
    assert second.tokens == tuple(EN)
    assert (second.before, second.level) == (0, 1)
    assert sorted(second.rows) == [0, 1, 2]


def test_groups_have_prefixes_of_their_own_after_the_shared_one() -> None:
    header = list(range(1000, 1040))
    stems = [header + group + [n] for n in range(8) for group in (EN, DE)]
    found = find_prefixes(stems)
    assert [(p.before, p.tokens) for p in found] == [
        (None, ()),
        (0, tuple(header)),
        (1, tuple(EN)),
        (1, tuple(DE)),
    ]
    assert [sorted(p.rows) for p in found] == [[], [], list(range(0, 16, 2)), list(range(1, 16, 2))]


def test_small_groups_are_left_in_one_batch() -> None:
    found = find_prefixes([[*group[:10], n] for n in range(4) for group in (EN, DE)])
    assert len(found) == 1
    assert sorted(found[0].rows) == list(range(8))


def test_nothing_shared() -> None:
    assert find_prefixes([[]]) == [Prefix(None, (), 0, (0,))]
    assert find_prefixes([[1], [2], []])[0].rows == (2, 0, 1)


def test_nested_prefixes_are_few() -> None:
    found = find_prefixes([list(range(n)) for n in range(0, 1200, 2)])
    assert max(prefix.level for prefix in found) == module._LEVELS


@given(
    st.lists(st.lists(st.integers(0, 1), max_size=8), min_size=1, max_size=30),
    st.integers(0, 5),
)
def test_each_row_continues_its_prefix(stems, batch) -> None:
    with_costs = (module._PASS, module._BATCH)
    module._PASS, module._BATCH = 1, batch
    try:
        found = find_prefixes(stems)
    finally:
        module._PASS, module._BATCH = with_costs
    assert sorted(row for prefix in found for row in prefix.rows) == list(range(len(stems)))
    caches: list[tuple[int, ...]] = []
    for index, prefix in enumerate(found):
        # As the scorer keeps them: those of lower levels are the ones that this one continues.
        del caches[prefix.level :]
        assert len(caches) == prefix.level
        assert (index == 0) == (prefix.before is None) == (prefix.tokens == ())
        caches.append((caches[-1] if caches else ()) + prefix.tokens)
        for row in prefix.rows:
            assert tuple(stems[row][: len(caches[-1])]) == caches[-1]
    assert all(found[p.before].level == p.level - 1 for p in found if p.before is not None)
