"""All files of the site, rendered."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.leaderboard.board import Board, Row
from harness.leaderboard.records import grouped
from harness.leaderboard.site import views
from harness.leaderboard.site.assets import assets
from harness.leaderboard.site.cells import figure, share
from harness.leaderboard.site.model_view import model_page
from mceval8k.version import __version__


def site_files(board: Board) -> Iterator[tuple[str, str]]:
    """Path and text of every file of the site."""
    for name, text in assets().items():
        yield f"assets/{name}", text
    yield "assets/rows.js", f"window.mceval8kBoard = {script_json(_rows(board))};\n"
    for row in board.rows:
        yield f"answers/{row.key}.js", _answers(row)
    yield from _pages(board)


def _pages(board: Board) -> Iterator[tuple[str, str]]:
    settings = sorted({row.setting.label for row in board.rows})
    rows, genres = views.index_rows(board), views.genres_of(board)
    models = views.by_model(board)
    yield _page(
        board,
        "index",
        rows=rows,
        tasks=board.tasks,
        genres=genres,
        settings=settings,
        n_models=len(models),
    )
    yield _page(board, "compare")
    yield _page(board, "rejected", rejected=grouped(board.rejected), n_files=board.files)
    yield _page(board, "heatmap", rows=rows, tasks=board.tasks, heatmap=views.heatmap(board))
    for task in board.tasks:
        if values := views.task_page(task, board):
            yield _page(board, "task", f"tasks/{task.name}", **values)
    for name, of_model in models.items():
        yield _page(
            board, "model", f"models/{views.page_name(name)}", **model_page(of_model, board)
        )


def _page(board: Board, template: str, path: str = "", **values: Any) -> tuple[str, str]:
    path = path or template
    text = (
        _environment()
        .get_template(f"{template}.html")
        .render(
            page=path,
            root="../" * path.count("/"),
            edition=board.edition,
            version=__version__,
            n_rejected=len(board.rejected),
            **values,
        )
    )
    return f"{path}.html", text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.leaderboard.site"), autoescape=True, undefined=StrictUndefined
    )
    environment.globals.update(share=share, figure=figure)
    return environment


def script_json(value: Any) -> str:
    """JSON that is safe in a script, wherever the script stands."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _rows(board: Board) -> Any:
    asked = {name: result.n for row in board.rows for name, result in row.results.items()}
    return {
        "tasks": [
            {"name": task.name, "genre": task.genre, "n": asked.get(task.name, 0)}
            for task in board.tasks
        ],
        "rows": [views.naming(row) for row in board.rows],
    }


def _answers(row: Row) -> str:
    bits = {name: base64.b64encode(result.bits).decode() for name, result in row.results.items()}
    return f"mceval8k.add({script_json(row.key)},{script_json(bits)});\n"
