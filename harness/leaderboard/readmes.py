"""The documents of the two repositories that a board is published in."""

from __future__ import annotations

from harness.leaderboard.board import Board
from harness.leaderboard.tables import markdown
from mceval8k.markdown_text import code

SPACE = """---
title: MCEval8k leaderboard
emoji: 📊
colorFrom: blue
colorTo: green
sdk: static
pinned: false
license: cc-by-4.0
tags:
- leaderboard
- eval:accuracy
---

Scores of language models on MCEval8k. The pages are static: they are files, and ask no server.
"""

_DATA = """---
pretty_name: MCEval8k leaderboard results
license: cc-by-4.0
tags:
- leaderboard
- evaluation
- benchmark
configs:
- config_name: scores
  default: true
  data_files: scores.parquet
- config_name: answers
  data_files: answers.parquet
- config_name: probabilities
  data_files: probabilities.parquet
---

# MCEval8k leaderboard: results

Scores of {rows} rows (a model and a setting) on edition {edition} of MCEval8k.

- `scores`: one line per row and task, language of a task, genre or average (`level`), with 95 %
  intervals.
- `answers`: one line per row and task: for each item of the test split, in the order of asking,
  whether it was answered rightly, and the number of its group. `ids_digest` is a SHA-256 of the
  items' ids in that order.
- `probabilities`: the same, with the probabilities of all options.
- `rejected.csv`: results that were left out, with reasons.

{table}"""


def data_readme(board: Board) -> str:
    """Card of the results repository."""
    return _DATA.format(rows=len(board.rows), edition=code(board.edition), table=markdown(board))
