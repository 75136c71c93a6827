"""Scores of the rows of one setting: genres, averages, and ranks with ties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.leaderboard.ranking import (
    Rank,
    chance_corrected,
    estimates,
    ranks,
    score_draws,
    task_draws,
)
from harness.leaderboard.records import TaskResult
from harness.samples.counts import genre_macro, mean_accuracy, micro
from mceval8k.statistics import Estimate
from mceval8k.task import Task

Genres = Mapping[str, Sequence[str]]
"""Tasks of each genre."""


@dataclass(frozen=True)
class Scores:
    """What is said of a row over several tasks."""

    genres: Mapping[str, Estimate]
    """Mean accuracy over the tasks of each genre that is complete."""
    headline: Estimate | None = None
    """Genre-macro average of the accuracies corrected for chance; the interval is by bootstrap."""
    genre_macro: Estimate | None = None
    """Mean over genres of the mean over tasks."""
    micro: Estimate | None = None
    """Share of all items that are right."""


def genres_of(tasks: Iterable[Task]) -> dict[str, tuple[str, ...]]:
    """Tasks of each genre, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        found[task.genre] = (*found.get(task.genre, ()), task.name)
    return found


def chances_of(rows: Iterable[Mapping[str, TaskResult]]) -> dict[str, float]:
    """By task: accuracy of a uniform guess."""
    return {name: result.chance for results in rows for name, result in results.items()}


def over_genres(values: Mapping[str, float], genres: Genres) -> float:
    """Mean over genres of the mean over their tasks."""
    means = [sum(values[name] for name in names) / len(names) for names in genres.values()]
    return sum(means) / len(means)


def score_rows(
    rows: Sequence[Mapping[str, TaskResult]], genres: Genres
) -> list[tuple[Scores, Rank | None]]:
    """Scores of rows of one setting, by their results by task."""
    complete = [n for n, row in enumerate(rows) if _is_complete(row, genres)]
    found: list[tuple[Scores, Rank | None]] = [(Scores(_genres(row, genres)), None) for row in rows]
    if not complete:
        return found
    results = [rows[n] for n in complete]
    names = [name for members in genres.values() for name in members]
    chances = chances_of(results)
    draws = score_draws(
        genres, {name: task_draws([row[name] for row in results]) for name in names}, chances
    )
    headlines = estimates([_headline(row, genres) for row in results], draws)
    for n, row, headline, rank in zip(complete, results, headlines, ranks(draws), strict=True):
        by_genre = {
            genre: [row[name].count for name in members] for genre, members in genres.items()
        }
        everything = [count for counts in by_genre.values() for count in counts]
        scores = Scores(found[n][0].genres, headline, genre_macro(by_genre), micro(everything))
        found[n] = scores, rank
    return found


def _is_complete(row: Mapping[str, TaskResult], genres: Genres) -> bool:
    return all(name in row for members in genres.values() for name in members)


def _genres(row: Mapping[str, TaskResult], genres: Genres) -> dict[str, Estimate]:
    return {
        genre: mean_accuracy([row[name].count for name in members])
        for genre, members in genres.items()
        if all(name in row for name in members)
    }


def _headline(row: Mapping[str, TaskResult], genres: Genres) -> float:
    corrected = {
        name: chance_corrected(result.count.accuracy, result.chance) for name, result in row.items()
    }
    return over_genres(corrected, genres)
