"""Names of tasks: found, grouped, and corrected when mistyped."""

from __future__ import annotations

import pytest

from mceval8k.errors import UsageError
from mceval8k.registry import all_tasks, get_task, resolve
from mceval8k.task import GENRES


def test_tasks_are_ordered_by_genre() -> None:
    genres = [task.genre for task in all_tasks().values()]
    assert genres == sorted(genres, key=GENRES.index)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("agnews, ner", ["ner", "agnews"]),
        ("nli", [name for name, task in all_tasks().items() if task.genre == "nli"]),
        ("paws,paws,mnli", ["mnli", "paws"]),
        (["imdb", ""], ["imdb"]),
    ],
)
def test_resolve(words: str, expected: list[str]) -> None:
    assert [task.name for task in resolve(words)] == expected


def test_resolve_all() -> None:
    assert resolve("all") == tuple(all_tasks().values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("agnew", "did you mean 'agnews'"),
        ("linguistics", "'linguistic'"),
        ("", "no task"),
        (",", "no task"),
    ],
)
def test_resolve_names_what_is_wrong(words: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        resolve(words)


def test_get_task_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'commonsenseqa'"):
        get_task("comonsenseqa")
