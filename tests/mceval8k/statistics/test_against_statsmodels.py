"""What is short enough to be written here gives statsmodels' numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from mceval8k.statistics import benjamini_hochberg, holm, paired_test, wilson

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(st.integers(1, 3000), st.data(), st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_of_whole_and_of_shared_counts(n: int, data: st.DataObject, level: float) -> None:
    right = data.draw(st.integers(0, 4 * n)) / 4
    found = wilson(right, n, level=level)
    expected = proportion_confint(right, n, alpha=1 - level, method="wilson")
    assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)
    assert found.low <= found.value <= found.high


@given(P_VALUES)
def test_adjusted_p_values(p: list[float]) -> None:
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1], abs=1e-15)
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1], abs=1e-15)


@given(st.tuples(*[st.integers(0, 60)] * 4).filter(any))
def test_items_of_their_own_by_mcnemars_exact_test(counts: tuple[int, int, int, int]) -> None:
    right = np.repeat([True, True, False, False], counts)
    baseline = np.repeat([True, False, True, False], counts)
    (p,) = paired_test(right[:, None], baseline, np.arange(len(right)))
    table = np.reshape(counts, (2, 2))
    assert p == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-12)
