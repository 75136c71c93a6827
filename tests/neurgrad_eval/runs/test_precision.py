"""A result says that its model computed in 16 bits."""

from __future__ import annotations

from typing import Any

import pytest

from neurgrad_eval.runs.experiment import Experiment, Findings
from neurgrad_eval.runs.runner import run
from neurgrad_eval.runs.settings import Settings


class Typed(Experiment):
    """One row, by a model of some type."""

    name = "typed"
    Settings = Options = Settings

    def __init__(self, about: dict[str, Any]) -> None:
        self._about = about

    @classmethod
    def open(cls, options: Any, out: Any) -> Typed:
        raise NotImplementedError

    def about(self) -> dict[str, Any]:
        return self._about

    def units(self) -> list[int]:
        return [1]

    def measure(self, unit: int) -> Any:
        return [{"unit": unit}]

    def summarise(self, measured: Any) -> Findings:
        return Findings({"rows": measured.table()}, {}, ("few rows",))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_results_in_16_bits_say_so(dtype: str) -> None:
    first, second = run(Typed({"dtype": dtype})).warnings
    assert first == "few rows"
    assert second.startswith(f"The model ran prompts in {dtype}: ")


def test_results_of_kernels_that_round_by_the_batch_say_so() -> None:
    warnings = run(Typed({"dtype": "float32", "rounds_by_batch": True})).warnings
    assert warnings[1].startswith("The model's kernels round by the batch: ")


@pytest.mark.parametrize("about", [{"dtype": "float32"}, {}])
def test_others_do_not(about: dict[str, Any]) -> None:
    assert run(Typed(about)).warnings == ("few rows",)
