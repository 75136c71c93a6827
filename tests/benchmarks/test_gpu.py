"""The script for a GPU runs from start to end, on the CPU with a tiny shape."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import gpu


def test_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = ["--shapes", "tiny", "--prompts", "3", "--plain", "1", "--batch", "2"]
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--out", str(tmp_path), *sizes])
    gpu.main()
    found = json.loads((tmp_path / "gpu.json").read_text())
    ways = [row["what"].split(":")[0] for row in found["rows"]]
    assert ways == [
        "stock forward",
        "floor",
        "gradients",
        "features",
        "rank",
        "plain gradients",
        "sweeps (one neuron, 20 shifts)",
    ]
    assert all(row["rate"] > 0 for row in found["rows"])
    errors = {row["what"]: row["error"] for row in found["rows"] if row["error"] is not None}
    assert list(errors) == ["gradients"]
    assert 0 < errors["gradients"] < 1e-4
    table = (tmp_path / "gpu.md").read_text()
    assert len(table.splitlines()) == 4 + len(ways)
