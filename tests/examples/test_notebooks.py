"""The example notebooks run as they stand; the name of their model leads to a local copy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"


def own_prompts(seen: dict[str, Any]) -> None:
    assert Path("run/manifest.json").is_file()
    assert {"layer", "neuron", "activation", "gradient", "neurgrad"} == set(
        seen["g"].top(" Paris", k=1)
    )
    assert len(seen["r"].to_pandas()) == sum(seen["model"].widths)
    assert seen["p"].to_pandas()["accuracy"].between(0, 1).all()
    assert isinstance(seen["text"], str)


def skill_neurons(seen: dict[str, Any]) -> None:
    probes = seen["probes"].to_pandas().set_index("probe")
    assert probes.loc["lm-prob", "accuracy_high"] < probes.loc["activation", "accuracy_low"]
    best = seen["nulls"].set_index(["probe", "null"]).loc[("activation", "permuted labels")]
    assert best["accuracy_high"] < probes.loc["activation", "accuracy"]
    assert seen["curve"].to_pandas()["neurons"].max() == 1024


def own_data(seen: dict[str, Any]) -> None:
    found = seen["found"].to_pandas().set_index("probe")
    assert found.loc["text", "accuracy_high"] < found.loc["logistic", "accuracy_low"]
    assert found.loc["lm-prob", "accuracy_high"] < found.loc["logistic", "accuracy_low"]


def steering(seen: dict[str, Any]) -> None:
    ranked, random_sets = seen["ranked"], seen["random_sets"]
    assert ranked == sorted(ranked)
    assert ranked[-1] > max(line[-1] for line in random_sets)
    assert ranked[0] < min(line[0] for line in random_sets)
    assert len({text for *_, text in seen["texts"]}) == len(seen["texts"])


def two_models(seen: dict[str, Any]) -> None:
    assert {"agnews", "commonsenseqa", "ner"} <= set(seen["compared"]["name"])
    assert Path("board/site/index.html").is_file()
    assert seen["scores"]["model"].nunique() == 2


CHECKS = {
    check.__name__: check for check in (own_prompts, skill_neurons, own_data, steering, two_models)
}


def test_every_notebook_is_checked():
    assert {path.stem for path in EXAMPLES.glob("*.ipynb")} == set(CHECKS)


@pytest.mark.model
@pytest.mark.parametrize("name", CHECKS)
def test_every_cell_runs(name, smollm2, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(NAME).parent.mkdir()
    Path(NAME).symlink_to(smollm2)
    cells = json.loads((EXAMPLES / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    seen: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{name}:{cell['id']}", "exec"), seen)
    CHECKS[name](seen)
