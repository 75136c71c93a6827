"""`mceval8k leaderboard export`: results as records of Every Eval Ever."""

from __future__ import annotations

import os
import re
import time
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mceval8k.cli_options import EditionRevision
from mceval8k.console import print_json, say
from mceval8k.errors import UsageError

if TYPE_CHECKING:
    from harness.leaderboard.export.every_eval_ever_scores import Dataset
    from harness.leaderboard.reference import Reference


class Relationship(str, Enum):
    """Of the evaluator to the models' developers, in the words of the schema."""

    FIRST_PARTY = "first_party"
    THIRD_PARTY = "third_party"
    COLLABORATIVE = "collaborative"
    OTHER = "other"


class Availability(str, Enum):
    """Of a model's weights, in the words of the schema."""

    OPEN = "open_weights"
    CLOSED = "closed_weights"
    UNKNOWN = "unknown"


Places = Annotated[
    list[Path],
    typer.Argument(metavar="RESULTS", help="Folders of lm-eval's results, or files."),
]
Out = Annotated[Path, typer.Option(help="Folder of the records: new or empty.")]
Organization = Annotated[str, typer.Option(help="Who publishes the results.")]
By = Annotated[Relationship, typer.Option(help="Of the evaluator to the models' developers.")]
Weights = Annotated[Availability, typer.Option(help="Of the models' weights.")]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="Export this model only: owner/name, or NAME=owner/name. Default: all with a Hub id.",
    ),
]
EditionName = Annotated[
    str | None,
    typer.Option(help="Directory or Hub id of the edition: items, golds and groups are compared."),
]
Tasks = Annotated[str, typer.Option("--task", help="Tasks or genres, or 'all'.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")]


def export_command(
    places: Places,
    out: Out,
    organization: Organization,
    relationship: By,
    availability: Weights = Availability.UNKNOWN,
    models: Models = None,
    edition: EditionName = None,
    revision: EditionRevision = None,
    tasks: Tasks = "all",
    as_json: AsJson = False,
) -> None:
    """Check result files and write them as records of Every Eval Ever (schema 0.3.0)."""
    from harness.leaderboard.board import make_board
    from harness.leaderboard.collecting import collect
    from harness.leaderboard.export.every_eval_ever import Publisher
    from harness.leaderboard.export.writing import chosen_rows, write_records
    from harness.leaderboard.finding import find_results
    from harness.leaderboard.records import grouped
    from harness.leaderboard.reference import read_reference

    reference = read_reference(edition, tasks=tasks, revision=revision) if edition else None
    board = make_board(collect(find_results(places), tell=say), tasks=tasks, reference=reference)
    rows, nameless = chosen_rows(board, models or [])
    publisher = Publisher(
        organization=_named(organization),
        relationship=relationship.value,
        retrieved=_now(),
        availability=availability.value,
        dataset=_dataset(reference),
    )
    written = write_records(board, rows, publisher, out)
    for file, names, reason in grouped(board.rejected):
        say(f"left out: {file}{f' ({names})' if names else ''}: {reason}")
    for name in nameless:
        say(f"left out: {name} is no Hub id: --model {name}=owner/name exports it")
    say(f"{out}: {len(written)} records of {len(rows)} rows")
    if as_json:
        print_json({"out": str(out), "records": written, "left_out": nameless})


def _dataset(reference: Reference | None) -> Dataset:
    from harness.leaderboard.export.every_eval_ever_scores import Dataset

    if reference is None or reference.revision is None:
        return Dataset()
    return Dataset(reference.name, reference.revision)


def _named(organization: str) -> str:
    if not organization.strip():
        raise UsageError("--organization is empty")
    return organization.strip()


def _now() -> int:
    """Seconds since 1970; those of $SOURCE_DATE_EPOCH where the same bytes are wanted again."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given is None:
        return int(time.time())
    if re.fullmatch("[0-9]{1,11}", given) is None:
        raise UsageError(f"SOURCE_DATE_EPOCH={given[:80]!r} is no number of seconds")
    return int(given)
