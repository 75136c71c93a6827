"""Quizzes as somebody might have them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from builders.own.quiz import Quiz, read_quiz

COLOURS = ("red", "green", "blue", "black", "white", "pink", "brown", "grey", "gold", "lilac")


def colour_rows(
    count: int = 40, options: Callable[[int], int] = lambda _: 3
) -> list[dict[str, Any]]:
    """Rows whose question names the right colour; the n-th has `options(n)` of them."""
    rows = []
    for n in range(count):
        width = options(n)
        shown = [COLOURS[(n + i) % len(COLOURS)] for i in range(width)]
        right = shown[n % width]
        question = f"Card {n} of box {n * 7 % 11} shows {right}, said guest {n * n}. Which colour?"
        rows.append({"q": question, "options": shown, "right": right, "box": f"box {n % 20}"})
    return rows


@pytest.fixture
def colours() -> Callable[..., list[dict[str, Any]]]:
    return colour_rows


@pytest.fixture
def write_quiz(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as CSV, with a column for each option, and the YAML file beside them."""

    def write(rows: Sequence[Mapping[str, Any]], **fields: Any) -> Path:
        width = max(len(row["options"]) for row in rows)
        names = [f"o{i}" for i in range(width)]
        others = [name for name in rows[0] if name != "options"]
        with (tmp_path / "quiz.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*others, *names])
            for row in rows:
                cells = [*row["options"], *[""] * (width - len(row["options"]))]
                writer.writerow([*(row[name] for name in others), *cells])
        content = {
            "name": "colours",
            "data": "quiz.csv",
            "question": "q",
            "options": names,
            "label": "right",
            "instruction": {"en": "Name the colour."},
            **fields,
        }
        path = tmp_path / "quiz.yaml"
        path.write_text(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))
        return path

    return write


@pytest.fixture
def quiz(write_quiz: Callable[..., Path]) -> Quiz:
    return read_quiz(write_quiz(colour_rows()))
