"""Print what is found in each tested architecture, and the largest error of its gradients.

The models are the tiny random ones of the tests, in float64; the error is against every token with
gradients and one backward pass per answer, relative, in the Euclidean norm of a layer.

    python scripts/architecture_errors.py
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

TESTS = Path(__file__).parents[1] / "tests" / "neurgrad_eval" / "engine" / "test_architectures.py"


def main() -> None:
    """Print a Markdown table."""
    tests = _load(TESTS)
    print("| architecture | site | spaces | copies | hidden | up |")
    print("|---|---|---|---|--:|--:|")
    for name, architecture in tests.ARCHITECTURES.items():
        spaces = ("hidden", "up") if architecture.gated else ("hidden",)
        errors = [f"{_error(tests, name, space):.0e}" for space in spaces]
        copies = "packed" if tests.load(name).packed else "repeated"
        cells = (
            name,
            f"`{architecture.down}`",
            ", ".join(spaces),
            "whole prompt" if architecture.masked else copies,
            *errors,
            *[""] * (2 - len(errors)),
        )
        print(f"| {' | '.join(cells)} |")


def _error(tests: ModuleType, name: str, space: str) -> float:
    model, texts = tests.load(name), tests.prompts(name)
    found = model.answer_gradients(texts, tests.ANSWERS, space=space)
    expected = tests.plain_answer_gradients(model, texts, tests.ANSWERS, space=space)
    error: float = tests.largest_error(found, expected)
    return error


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
