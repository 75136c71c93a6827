"""What tables call a model that is a local path."""

from __future__ import annotations

from harness.leaderboard.board import make_board
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.short_names import short_names
from harness.leaderboard.site.overview import board_data
from harness.leaderboard.site.pages import site_files
from tests.harness.leaderboard.result_files import make_run, write_run


def test_of_a_path_the_shortest_end_that_is_its_own() -> None:
    shown = {
        "lab/model": "lab/model",
        "gpt-4": "gpt-4",
        "/home/me/models/SmolLM2": "…/SmolLM2",
        "/runs/A/checkpoint-1000": "…/A/checkpoint-1000",
        "/runs/B/checkpoint-1000": "…/B/checkpoint-1000",
        "/cache/lab/model": "/cache/lab/model",  # not taken for the Hub's lab/model
        "./small": "./small",
        "/x": "/x",
    }
    assert short_names(shown) == shown
    assert short_names(["/cache/lab/model"]) == {"/cache/lab/model": "…/model"}


def test_pages_have_the_whole_path_as_title(tmp_path) -> None:
    path = "/home/me/runs/<b>checkpoint-9"
    content, samples = make_run(path, tasks={"agnews": 1.0})
    write_run(tmp_path, content, samples)
    runs = collect(find_results([tmp_path]), use_cache=False)
    board = make_board(runs, tasks="agnews")
    (row,) = board_data(board)["rows"]
    assert (row[1], row[-1]) == ("…/<b>checkpoint-9", path)
    pages = dict(site_files(board))
    link = ' title="/home/me/runs/&lt;b&gt;checkpoint-9"><bdi>…/&lt;b&gt;checkpoint-9</bdi></a>'
    for name in ("index.html", "heatmap.html", "tasks/agnews.html"):
        assert link in pages[name], name
