"""Importing: from somebody's rows to an edition with a task of its own.

1. Read every row; if any is bad, all bad rows are named and nothing is written (`questions`).
2. Rows that share a group or a question, or have near-duplicate questions, go to one split: 6:1:1,
   or where the rows say themselves.
3. Options are put in seeded order, the right one at each place alike, unless every item has the
   same ones; training rows are put in balanced blocks.
4. Files, record, schema, audit, card and manifest are written, as of every edition.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builders.builder import Candidate
from builders.card.card import Entry
from builders.making.near_duplicates import split_apart
from builders.making.options import place_golds
from builders.making.ordering import ordered
from builders.making.splitting import split_all
from builders.making.writing import write_rest, write_task, writing_edition
from builders.own.candidates import candidates_of, task_of
from builders.own.card import own_card, section
from builders.own.questions import Bad, Question, read_questions
from builders.own.quiz import Quiz, quiz_of, read_quiz
from builders.own.reading import Table, read_table
from mceval8k.editions import SPLITS, Edition, open_edition
from mceval8k.editions.manifest import MANIFEST
from mceval8k.editions.own import record_file, record_text
from mceval8k.errors import DataError
from mceval8k.files import sha256
from mceval8k.item import Item, make_item
from mceval8k.task import OWN, Task

Members = Mapping[str, Sequence[Candidate]]
"""Candidates by split."""

_SHOWN = 5
"""Bad rows that an error names."""


@dataclass(frozen=True)
class Imported:
    """An edition that was made of somebody's data."""

    task: Task
    """Its task."""
    items: Mapping[str, Sequence[Item]]
    """Items by split, in the order in which they are written."""
    read: int
    """Rows that were read."""
    bad: tuple[Bad, ...]
    """Rows that were left out."""
    joined: int
    """Groups that were joined with another for near-duplicate questions."""
    digest: str = ""
    """SHA-256 of the manifest; empty where nothing was written."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by split."""
        return {name: len(rows) for name, rows in self.items.items()}


def import_quiz(
    quiz: Quiz,
    folder: Path,
    *,
    table: Table | None = None,
    seed: int = 0,
    drop_bad: bool = False,
    dry_run: bool = False,
    processes: int = 1,
) -> Imported:
    """Make an edition of somebody's data, in a folder that is replaced in one step at the end.

    Parameters
    ----------
    quiz
        What the data is; `builders.own.quiz.read_quiz` reads it from a YAML file.
    folder
        A new or empty folder, or an edition, which is replaced.
    table
        The rows; read from where the quiz says if not given.
    seed
        Seed of split and order.
    drop_bad
        Leave bad rows out instead of refusing them all.
    dry_run
        Check everything and write nothing.
    processes
        How many share the audit.

    Raises
    ------
    DataError
        Rows are bad, the data cannot be split, or a file cannot be read or written.
    UsageError
        The folder holds something else, or a data set cannot be had from the Hub.
    """
    table = table or read_table(quiz)
    questions, bad = read_questions(quiz, table)
    if bad and not drop_bad:
        raise DataError(_refusal(quiz, len(table.rows), bad))
    if not questions:
        raise DataError(f"{quiz.where}: no row of {table.id} is left")
    task = task_of(quiz, table, questions)
    shuffles = quiz.shuffle and task.fixed_options is None
    candidates = candidates_of(task, table, questions, shuffles=shuffles)
    if quiz.split:
        members, joined = _by_column(candidates, questions), 0
    else:
        chosen, joined = split_apart(task, candidates, lambda each: split_all(each, seed))
        members = chosen.members
    _check_splits(quiz, members)
    items = {
        name: _items(task, part, name, seed, shuffles=shuffles) for name, part in members.items()
    }
    made = Imported(task, items, len(table.rows), tuple(bad), joined)
    if dry_run:
        return made
    with writing_edition(folder) as temporary:
        _write(temporary, made, table, seed, processes)
    return replace(made, digest=sha256(folder / MANIFEST))


def import_data(
    quiz: str | Path | Mapping[str, Any],
    out: str | Path,
    *,
    seed: int = 0,
    drop_bad: bool = False,
) -> Edition:
    """Import somebody's data and open the edition; see `mceval8k.import_data`."""
    what = quiz_of(quiz) if isinstance(quiz, Mapping) else read_quiz(Path(quiz))
    import_quiz(what, Path(out), seed=seed, drop_bad=drop_bad)
    return open_edition(out)


def _refusal(quiz: Quiz, of: int, bad: Sequence[Bad]) -> str:
    named = "; ".join(map(str, bad[:_SHOWN]))
    more = f"; and {len(bad) - _SHOWN:,} more" if len(bad) > _SHOWN else ""
    return f"{quiz.where}: {len(bad):,} of {of:,} rows are bad, nothing was written: {named}{more}"


def _by_column(candidates: Sequence[Candidate], questions: Sequence[Question]) -> Members:
    pairs = list(zip(candidates, questions, strict=True))
    return {name: [each for each, question in pairs if question.split == name] for name in SPLITS}


def _check_splits(quiz: Quiz, members: Members) -> None:
    """Refuse empty splits; only validation may be, where the rows say their split themselves."""
    for name in SPLITS:
        if not members[name] and not (quiz.split and name == "validation"):
            rows = sum(map(len, members.values()))
            groups = len({each.group for part in members.values() for each in part})
            raise DataError(
                f"{quiz.where}: split {name} is empty: {rows:,} rows in {groups:,} groups that "
                "must not be cut"
            )


def _items(
    task: Task, members: Sequence[Candidate], split: str, seed: int, *, shuffles: bool
) -> list[Item]:
    placed = place_golds(members, seed) if shuffles else members
    items = [
        make_item(
            task,
            draft.raw,
            source=draft.row.source,
            source_id=draft.row.source_id,
            group=each.group,
        )
        for each in placed
        for draft in each.drafts
    ]
    return ordered(items, task, split, seed)


def _write(folder: Path, made: Imported, table: Table, seed: int, processes: int) -> None:
    task = made.task
    write_task(folder, task, made.items)
    record = folder / record_file(task.name)
    record.parent.mkdir()
    record.write_bytes(record_text(task).encode())
    write_rest(
        folder,
        edition=OWN,
        seed=seed,
        sources={table.id: table.revision},
        entries=[Entry(task, made.counts, section(made))],
        readme=own_card,
        processes=processes,
    )
