"""A model really asked a task that an edition brings along, on a board of that edition."""

from __future__ import annotations

import json

from harness.leaderboard.board import make_board
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.reference import read_reference
from harness.leaderboard.writing import write_board
from harness.report.output import write_output
from harness.run.evaluation import evaluate
from harness.run.options import Options
from harness.tasks.settings import Settings
from mceval8k import import_data


def make_edition(folder):
    """Forty-eight questions with two to five options."""
    rows = [
        {
            "q": f"Which animal is on stamp {n * n} of album {n * 11 % 17}?",
            "options": [
                f"{word} {n}" for word in ("heron", "otter", "newt", "lynx", "crane")[: 2 + n % 4]
            ],
            "right": n % (2 + n % 4),
        }
        for n in range(48)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    fields = {
        **{"name": "stamps", "data": str(folder / "rows.jsonl"), "question": "q"},
        **{"options": "options", "label": "right", "label_is": "index"},
        "instruction": {"en": "Say which animal the stamp shows."},
    }
    import_data(fields, folder / "edition")
    return folder / "edition"


def test_an_own_task_is_ranked(tiny_model, tmp_path):
    edition = make_edition(tmp_path)
    arguments = f"pretrained={tiny_model},dtype=float32"
    settings = Settings(str(edition))
    done = evaluate(Options("hf", arguments, settings, batch_size="4", device="cpu"))
    write_output(done, tmp_path / "out")
    runs = collect(find_results([tmp_path / "out"]), use_cache=False)
    board = make_board(runs, reference=read_reference(str(edition), tasks="all"))
    assert board.rejected == ()
    (row,) = board.rows
    assert row.results["stamps"].count == done.scores[0].count
    assert row.results["stamps"].chance == done.scores[0].chance
    assert list(row.genres) == ["own"]
    assert row.rank.label == "1"
    assert row.model.name == str(tiny_model)
    assert row.prompts_checked
    assert row.setting.pack == "default"
    assert row.parameters > 0
    write_board(board, tmp_path / "board")
    assert (tmp_path / "board" / "site" / "tasks" / "stamps.html").is_file()
