"""Prompts and answers from a file: columns `prompt` and `answer`, as Parquet, JSONL or CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.console import say
from mceval8k.errors import DataError, UsageError
from mceval8k.files import sha256
from mceval8k.json_text import parse_json
from neurgrad_eval.digests import digest_texts
from neurgrad_eval.runs.processes import current

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel

COLUMNS = ("prompt", "answer")
KINDS = (".parquet", ".jsonl", ".csv")


@dataclass(frozen=True)
class PromptRow:
    """One row of the file."""

    number: int
    """Row in the file, from 0: the prompt's id in all results."""
    prompt: str
    answer: str
    """Literal continuation, with the space that it begins with."""


@dataclass(frozen=True)
class Chosen:
    """Rows that a model can answer."""

    rows: tuple[PromptRow, ...]
    skipped: int
    """Rows skipped because their answer is not one token."""
    digest: str
    """SHA-256 of the file, or of the texts."""

    def about(self) -> dict[str, Any]:
        """Which prompts they are, as plain values."""
        return {"prompts_sha256": self.digest}

    def units(self) -> dict[str, PromptRow]:
        """Prompts by name."""
        return {f"{row.number:06d}": row for row in self.rows}


def choose_prompts(model: NeuronModel, path: Path, limit: int | None = None) -> Chosen:
    """Take the first `limit` rows of a file whose answer is one token for the model.

    Raises
    ------
    UsageError
        The file is of no known kind, or no answer is one token.
    DataError
        The file is damaged or empty, lacks a column or a value, or a prompt is too long.
    """
    chosen: list[PromptRow] = []
    skipped, reason = 0, ""
    for row in read_prompts(path):
        if limit is not None and len(chosen) == limit:
            break
        try:
            model.encode([row.prompt], [row.answer])
        except UsageError as error:
            skipped, reason = skipped + 1, reason or f"row {row.number}: {error}"
        except DataError as error:
            raise DataError(f"{path}, row {row.number}: {error}") from None
        else:
            chosen.append(row)
    if not chosen:
        raise UsageError(f"{path}: no answer is one token for this model; {reason}")
    if skipped and current().is_main:
        say(f"{skipped} prompts are skipped: their answers are not one token")
    return Chosen(tuple(chosen), skipped, sha256(path))


def given_prompts(model: NeuronModel, prompts: Sequence[str], answers: Sequence[str]) -> Chosen:
    """Prompts that a user has, each with its own answer: a literal continuation by one token.

    Raises
    ------
    UsageError
        There is not one answer for each prompt, or an answer is not one token.
    DataError
        A prompt is empty or too long.
    """
    model.encode(prompts, [[answer] for answer in answers])
    pairs = zip(prompts, answers, strict=True)
    rows = tuple(PromptRow(number, *pair) for number, pair in enumerate(pairs))
    return Chosen(rows, 0, digest_texts([*prompts, *answers]))


def read_prompts(path: Path) -> list[PromptRow]:
    """Read a file of prompts; see `choose_prompts` for the errors."""
    if path.suffix not in KINDS:
        raise UsageError(f"{path}: the file must end in {', '.join(KINDS)}")
    if not path.is_file():
        raise UsageError(f"{path}: there is no such file")
    try:
        found = [_row(path, number, row) for number, row in enumerate(_rows(path))]
    except UnicodeDecodeError:
        raise DataError(f"{path}: not UTF-8 text") from None
    except (pa.ArrowException, csv.Error) as error:
        raise DataError(f"{path}: {error}") from None
    if not found:
        raise DataError(f"{path}: there is no row")
    return found


def _rows(path: Path) -> Iterator[Any]:
    """Rows as they are, by the kind of the file."""
    if path.suffix == ".parquet":
        there = [name for name in COLUMNS if name in pq.read_schema(path).names]
        yield from pq.read_table(path, columns=there).to_pylist()
        return
    # A byte order mark, as spreadsheets write it, is no part of the first column's name.
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix == ".csv":
            yield from csv.DictReader(file)
        else:
            filled = (line for line in file if line.strip())
            for number, line in enumerate(filled):
                yield parse_json(line, f"{path}, row {number}")


def _row(path: Path, number: int, row: Any) -> PromptRow:
    for name in COLUMNS:
        if not isinstance(row, dict) or name not in row:
            raise DataError(f"{path}, row {number}: column {name!r} is missing")
        if not isinstance(row[name], str) or not row[name]:
            raise DataError(f"{path}, row {number}: {name!r} is not a text or is empty")
    prompt, answer = row["prompt"], row["answer"]
    spaced = prompt[-1].isspace() or answer[0].isspace()
    return PromptRow(number, prompt, answer if spaced else f" {answer}")
