"""All files of the site, rendered."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.leaderboard.board import Board, Row
from harness.leaderboard.records import grouped
from harness.leaderboard.site import overview, views
from harness.leaderboard.site.assets import assets
from harness.leaderboard.site.cells import figure, heat, share
from harness.leaderboard.site.item_view import item_data, items_page
from harness.leaderboard.site.model_view import model_page
from harness.leaderboard.site.size_view import size_page
from mceval8k.json_text import script_json
from mceval8k.version import __version__


def site_files(board: Board) -> Iterator[tuple[str, str]]:
    """Path and text of every file of the site."""
    for name, text in assets().items():
        yield f"assets/{name}", text
    yield "assets/rows.js", _script("mceval8kBoard", overview.board_data(board))
    yield "assets/groups.js", _script("mceval8kGroups", _groups(board))
    for row in board.rows:
        yield f"answers/{row.key}.js", _answers(row)
    yield from _overviews(board)
    yield from _task_pages(board)
    for name, of_model in views.by_model(board).items():
        path = f"models/{views.page_name(name)}"
        yield _page(board, "model", path, **model_page(of_model, board))


def _overviews(board: Board) -> Iterator[tuple[str, str]]:
    yield _page(
        board,
        "index",
        rows=overview.first_rows(board),
        n_rows=len(board.rows),
        n_models=len(views.by_model(board)),
        n_main=sum(row.setting.label == board.main_setting for row in board.rows),
        setting=board.main_setting,
        genres=list(board.genres),
        tasks=board.tasks,
        references=overview.references(board),
    )
    yield _page(board, "compare")
    yield _page(board, "submit", example=board.tasks[0].name)
    yield _page(board, "rejected", rejected=grouped(board.rejected), n_files=len(board.runs))
    yield _page(board, "runs", runs=views.run_lines(board))
    yield _page(board, "heatmap", rows=views.heatmap(board), tasks=board.tasks)
    yield _page(board, "size", **size_page(board))
    rows, langs = views.language_rows(board), board.languages
    yield _page(board, "languages", rows=rows, languages=langs)


def _task_pages(board: Board) -> Iterator[tuple[str, str]]:
    for task in board.tasks:
        items = items_page(task, board)
        if values := views.task_page(task, board):
            yield _page(board, "task", f"tasks/{task.name}", has_items=bool(items), **values)
        if items:
            yield _page(board, "items", f"items/{task.name}", **items)
            data = item_data(task, board, len(items["items"]))
            yield f"items/{task.name}.js", _script("mceval8kItems", data)


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
    environment.globals.update(share=share, figure=figure, heat=heat)
    return environment


def _script(name: str, value: Any) -> str:
    return f"window.{name} = {script_json(value)};\n"


def _groups(board: Board) -> dict[str, str | None]:
    """By task: base64 of uint32 [item], the group of each item; None where each is its own."""
    found: dict[str, str | None] = {}
    for row in board.rows:
        for name, result in row.results.items():
            if name not in found:
                numbers = result.groups
                alone = bool(np.array_equal(numbers, np.arange(result.n)))
                encoded = base64.b64encode(result.group_numbers).decode()
                found[name] = None if alone else encoded
    return found


def _answers(row: Row) -> str:
    bits = {name: base64.b64encode(result.bits).decode() for name, result in row.results.items()}
    return f"mceval8k.add({script_json(row.key)},{script_json(bits)});\n"
