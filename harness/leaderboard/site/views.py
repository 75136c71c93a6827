"""What the templates are given: plain values, in the order in which they are shown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from harness.leaderboard.board import Board, Row
from harness.leaderboard.ranking import chance_corrected
from harness.leaderboard.records import Model, Setting, TaskResult
from harness.leaderboard.site.svg import size_text
from harness.metrics.reliability import Reliability, joined
from harness.samples.counts import Count, mean_accuracy
from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.statistics import Estimate
from mceval8k.task import Task

Values = dict[str, Any]


def page_name(model: str) -> str:
    """File name of a model's page: what is safe of its name, and a digest of all of it."""
    safe = re.sub(r"[^A-Za-z0-9.-]+", "-", model).strip("-.")[:40]
    digest = hashlib.sha256(model.encode()).hexdigest()[:8]
    return f"{safe}-{digest}" if safe else digest


def detail(row: Row) -> str:
    """What tells models of one name apart."""
    revision = row.model.revision
    short = revision[:7] if re.fullmatch(r"[0-9a-f]{40}", revision) else revision
    shown = "" if short in ("", "main", "None") else short
    return ", ".join(filter(None, (row.model.dtype, shown, row.model.variant)))


def hub_link(model: Model) -> str:
    """Address of a model that is named by a Hub id, at its commit where that is known."""
    if not looks_like_hub_id(model.name):
        return ""
    known = re.fullmatch(r"[0-9a-f]{40}", model.revision)
    end = f"/tree/{model.revision}" if known else ""
    return f"https://huggingface.co/{quote(model.name)}{end}"


def pooled(row: Row) -> Reliability | None:
    """Reliability over all tasks of a row; None where an answer was generated."""
    parts = [result.reliability for result in row.results.values()]
    known = [part for part in parts if part is not None]
    return joined(known) if len(known) == len(parts) else None


def naming(row: Row, board: Board) -> Values:
    """What a row is called; `whole` is the name where a shorter one is shown."""
    return {
        "key": row.key,
        "name": (short := board.short_names[row.model.name]),
        "whole": row.model.name if short != row.model.name else "",
        "page": page_name(row.model.name),
        "detail": detail(row),
        "setting": row.setting.label,
        "size": size_text(row.parameters) if row.parameters else "",
    }


def above_chance(result: TaskResult) -> float:
    """Accuracy above chance as a share of what is possible above it."""
    return chance_corrected(result.count.accuracy, result.chance)


def heatmap(board: Board) -> list[Values]:
    """Rows with a cell per task."""
    return [
        {
            **naming(row, board),
            "cells": [
                (above_chance(result), result.count.accuracy) if result else (None, None)
                for result in (row.results.get(task.name) for task in board.tasks)
            ],
        }
        for row in board.rows
    ]


def by_language(row: Row) -> Mapping[str, Estimate]:
    """Mean accuracy, in each language, over the tasks that have several."""
    counts: dict[str, list[Count]] = {}
    for result in row.results.values():
        if len(result.languages) > 1:
            for lang, count in result.languages.items():
                counts.setdefault(lang, []).append(count)
    return {lang: mean_accuracy(each) for lang, each in counts.items()}


def language_rows(board: Board) -> list[Values]:
    """Rows with a cell per language."""
    return [
        {**naming(row, board), "cells": [known.get(lang) for lang in board.languages]}
        for row in board.rows
        for known in [by_language(row)]
        if known
    ]


def task_page(task: Task, board: Board) -> Values | None:
    """Values of a task's page; None for a task that no row has."""
    rows = [row for row in board.rows if task.name in row.results]
    if not rows:
        return None
    rows.sort(key=lambda row: -row.results[task.name].count.accuracy)
    shown = rows[0].results[task.name]
    languages = sorted(shown.languages) if len(shown.languages) > 1 else []
    return {
        "task": task,
        "n": shown.n,
        "chance": shown.chance,
        "shortcut": board.shortcuts.get(task.name),
        "languages": languages,
        "rows": [_task_row(row, board, task.name, languages) for row in rows],
    }


def _task_row(row: Row, board: Board, task: str, languages: Sequence[str]) -> Values:
    result = row.results[task]
    counts = (result.languages.get(lang) for lang in languages)
    known = result.reliability
    return {
        **naming(row, board),
        "accuracy": result.count.estimate,
        "above": above_chance(result),
        "languages": [count and count.estimate for count in counts],
        "brier": known and known.brier,
        "ece": known and known.ece,
    }


def run_lines(board: Board) -> list[Values]:
    """Result files, the newest first, and what became of their results."""
    on_board: dict[str, list[tuple[Model, Setting, str]]] = {}
    for row in board.rows:
        for name, entry in row.entries.items():
            on_board.setdefault(entry.run.file, []).append((row.model, row.setting, name))
    left: dict[str, int] = {}
    for each in board.rejected:
        left[each.file] = left.get(each.file, 0) + 1
    runs = sorted(board.runs, key=lambda run: (run.date, run.file), reverse=True)
    return [
        {
            "date": run.date[:10],
            "name": run.model.name,
            "page": page_name(run.model.name) if run.file in on_board else "",
            "settings": sorted({setting.label for _, setting, _ in on_board.get(run.file, [])}),
            "backend": run.backend,
            "on": len(on_board.get(run.file, [])),
            "left": left.get(run.file, 0),
            "file": run.file,
        }
        for run in runs
    ]


def by_model(board: Board) -> Mapping[str, list[Row]]:
    """Rows of each model's name."""
    found: dict[str, list[Row]] = {}
    for row in board.rows:
        found.setdefault(row.model.name, []).append(row)
    return found
