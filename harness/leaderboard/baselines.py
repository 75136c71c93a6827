"""What is reached without knowing anything: by chance, and by the tasks' shortcuts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.leaderboard.board import Board
from harness.leaderboard.ranking import chance_corrected
from harness.leaderboard.scoring import over_genres


@dataclass(frozen=True)
class Baseline:
    """What stands beside the scores of models."""

    name: str
    headline: float | None
    """Averages are None where no row has a task of the board."""
    genre_macro: float | None
    micro: float | None
    genres: Mapping[str, float]
    """Mean accuracy over the tasks of each genre, where all are known."""
    tasks: Mapping[str, float]


def baselines(board: Board) -> tuple[Baseline, ...]:
    """Baselines of a board: a uniform guess and, where the edition states them, shortcuts.

    A shortcut is a baseline that never reads the question; where a task has none that is known, it
    counts with chance.
    """
    found = [_baseline("Uniform guess", board.chances, board)]
    if board.shortcuts:
        reached = {
            name: board.shortcuts.get(name, chance) for name, chance in board.chances.items()
        }
        found.append(_baseline("Strongest shortcut", reached, board))
    return tuple(found)


def _baseline(name: str, reached: Mapping[str, float], board: Board) -> Baseline:
    genres = {
        genre: sum(reached[task] for task in members) / len(members)
        for genre, members in board.genres.items()
        if all(task in reached for task in members)
    }
    if len(genres) < len(board.genres):
        return Baseline(name, None, None, None, genres, reached)
    corrected = {task: chance_corrected(reached[task], board.chances[task]) for task in reached}
    total = sum(reached[task] * board.sizes[task] for task in reached)
    return Baseline(
        name=name,
        headline=over_genres(corrected, board.genres),
        genre_macro=over_genres(reached, board.genres),
        micro=total / sum(board.sizes.values()),
        genres=genres,
        tasks=reached,
    )
