"""The released edition: what is known to be wrong with it is found, and its repair has no error."""

from __future__ import annotations

import pytest

from builders.audit.auditing import audit
from builders.repair.repairing import repair
from mceval8k.editions import open_edition

pytestmark = pytest.mark.shared


def test_known_faults_are_found_and_repaired(shared_dir, tmp_path):
    released = open_edition(shared_dir / "released")
    found = {each.task: each for each in audit(released, "clang8,chunking,templama").tasks}

    def count(task, check):
        return [each.count for each in found[task].findings if each.check == check]

    assert count("clang8", "exact-overlap") == [1000, 1000, 1000]
    assert count("clang8", "blank-field") == [27]
    assert count("chunking", "exact-overlap") == [1000]
    distant = [each for each in found["templama"].findings if "most distant" in each.message]
    assert [each.severity for each in distant] == ["error"]
    repair(released, tmp_path / "clean", "clang8,chunking,templama")
    assert audit(open_edition(tmp_path / "clean")).ok
