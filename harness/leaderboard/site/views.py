"""What the templates are given: plain values, in the order in which they are shown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.leaderboard.board import Board, Row
from harness.leaderboard.records import Example, TaskResult
from harness.leaderboard.reliability import Reliability, joined
from mceval8k.statistics import Estimate
from mceval8k.task import GENRES, Task

Values = dict[str, Any]


def page_name(model: str) -> str:
    """File name of a model's page: what is safe of its name, and a digest of all of it."""
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", model).strip("-.")[:60]
    digest = hashlib.sha256(model.encode()).hexdigest()[:8]
    return f"{safe}-{digest}" if safe else digest


def detail(row: Row) -> str:
    """What tells models of one name apart."""
    revision = row.model.revision
    short = revision[:7] if re.fullmatch(r"[0-9a-f]{40}", revision) else revision
    shown = "" if short in ("", "main", "None") else short
    return ", ".join(filter(None, (row.model.dtype, shown, row.model.variant)))


def genres_of(board: Board) -> list[str]:
    """Genres that a board has tasks of."""
    return [genre for genre in GENRES if any(task.genre == genre for task in board.tasks)]


def pooled(row: Row) -> Reliability | None:
    """Reliability over all tasks of a row; None where an answer was generated."""
    parts = [result.reliability for result in row.results.values()]
    known = [part for part in parts if part is not None]
    return joined(known) if len(known) == len(parts) else None


def index_rows(board: Board) -> list[Values]:
    """Rows of the overview."""
    return [_index_row(row, board) for row in board.rows]


def _index_row(row: Row, board: Board) -> Values:
    results, everything = row.results, pooled(row) if row.averages else None
    return {
        **naming(row),
        "n_tasks": len(results),
        "micro": row.averages and row.averages.micro,
        "genre_macro": row.averages and row.averages.genre_macro,
        "genres": [row.genres.get(genre) for genre in genres_of(board)],
        "tasks": [_accuracy(results.get(task.name)) for task in board.tasks],
        "brier": everything and everything.brier,
        "ece": everything and everything.ece,
    }


def naming(row: Row) -> Values:
    """What a row is called."""
    return {
        "key": row.key,
        "name": row.model.name,
        "page": page_name(row.model.name),
        "detail": detail(row),
        "setting": row.setting.label,
    }


def _accuracy(result: TaskResult | None) -> Estimate | None:
    return None if result is None else result.count.estimate


def heatmap(board: Board) -> Values:
    """Values [row][task] above chance and accuracies, None where a task was not asked."""
    results = [[row.results.get(task.name) for task in board.tasks] for row in board.rows]
    return {
        "rows": [f"{row.model.name} · {row.setting.label}" for row in board.rows],
        "tasks": [task.name for task in board.tasks],
        "values": [[result and round(above_chance(result), 4) for result in r] for r in results],
        "accuracies": [
            [result and round(result.count.accuracy, 4) for result in r] for r in results
        ],
    }


def above_chance(result: TaskResult) -> float:
    """Accuracy above chance as a share of what is possible above it."""
    return (result.count.accuracy - result.chance) / (1 - result.chance)


def task_page(task: Task, board: Board) -> Values | None:
    """Values of a task's page; None for a task that no row has."""
    rows = [row for row in board.rows if task.name in row.results]
    if not rows:
        return None
    rows.sort(key=lambda row: -row.results[task.name].count.accuracy)
    newest = max(row.entries[task.name].age for row in rows)
    shown = next(row.results[task.name] for row in rows if row.entries[task.name].age == newest)
    languages = sorted(shown.languages) if len(shown.languages) > 1 else []
    return {
        "task": task,
        "n": shown.n,
        "chance": shown.chance,
        "languages": languages,
        "rows": [_task_row(row, task.name, languages) for row in rows],
        "examples": list(_task_examples(rows, task.name)),
    }


def _task_row(row: Row, task: str, languages: Sequence[str]) -> Values:
    result = row.results[task]
    counts = (result.languages.get(lang) for lang in languages)
    known = result.reliability
    return {
        **naming(row),
        "accuracy": result.count.estimate,
        "languages": [count and count.estimate for count in counts],
        "brier": known and known.brier,
        "ece": known and known.ece,
    }


def _task_examples(rows: Sequence[Row], task: str) -> Iterator[Values]:
    """Items in the order of their options in the edition, where a row has them so."""
    plain = [row for row in rows if not row.setting.rotation] or rows[:1]
    for index, example in enumerate(plain[0].results[task].examples):
        asked = [row.results[task].examples[index] for row in rows]
        right = sum(each.is_correct for each in asked)
        yield {**shown_example(example, []), "right": right, "asked": len(asked)}


def shown_example(example: Example, shares: Sequence[tuple[float, ...]]) -> Values:
    """An item with the probabilities [setting][option] of its options."""
    options = [
        {
            "text": text,
            "is_gold": index == example.gold,
            "shares": [f"{each[index]:.3f}" if each else "" for each in shares],
        }
        for index, text in enumerate(example.options)
    ]
    question = example.question
    return {"id": example.id, "lang": example.lang, "question": question, "options": options}


def by_model(board: Board) -> Mapping[str, list[Row]]:
    """Rows of each model's name."""
    found: dict[str, list[Row]] = {}
    for row in board.rows:
        found.setdefault(row.model.name, []).append(row)
    return found
