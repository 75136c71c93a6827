"""The example notebooks run as they stand, with a local copy of the model that they name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"


@pytest.mark.model
@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_cell_runs(path, smollm2, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    seen: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"]).replace(NAME, str(smollm2))
            exec(compile(source, f"{path.name}:{cell['id']}", "exec"), seen)
    assert (tmp_path / "run" / "manifest.json").is_file()
    assert {"layer", "neuron", "activation", "gradient", "neurgrad"} == set(
        seen["g"].top(" Paris", k=1)
    )
    assert len(seen["r"].to_pandas()) == sum(seen["model"].widths)
    assert seen["p"].to_pandas()["accuracy"].between(0, 1).all()
    assert isinstance(seen["text"], str)
