"""The released edition: what is known to be wrong with it is found, and its repair has no error."""

from __future__ import annotations

import pytest

from builders.audit.auditing import audit
from builders.audit.stored import read_audit
from builders.repair.repairing import repair
from mceval8k.editions import open_edition

pytestmark = pytest.mark.shared
TASKS = ("clang8", "chunking", "templama")


@pytest.mark.parametrize(("share", "blank"), [(5, 9), pytest.param(1, 27, marks=pytest.mark.full)])
def test_known_faults_are_found_and_repaired(released_part, tmp_path, share, blank):
    released = open_edition(released_part(TASKS, share))
    found = {each.task: each for each in audit(released).tasks}

    def count(task, check):
        return [each.count for each in found[task].findings if each.check == check]

    assert count("clang8", "exact-overlap") == [1000 // share] * 3
    assert count("clang8", "blank-field") == [blank]
    assert count("chunking", "exact-overlap") == [1000 // share]
    distant = [each for each in found["templama"].findings if "most distant" in each.message]
    assert [each.severity for each in distant] == ["error"]
    repair(released, tmp_path / "clean")
    assert read_audit(tmp_path / "clean").ok
