from __future__ import annotations

import pytest

from mceval8k.statistics import benjamini_hochberg, holm


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == pytest.approx([1, 1])


def test_benjamini_hochberg_by_hand():
    # 0.005·4/1, 0.009·4/2, 0.05·4/3, 0.5·4/4, each at most the next one.
    adjusted = benjamini_hochberg([0.05, 0.005, 0.5, 0.009])
    assert adjusted == pytest.approx([0.2 / 3, 0.018, 0.5, 0.018])
    assert len(benjamini_hochberg([])) == 0
