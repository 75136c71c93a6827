"""Repairing: a released task's rows become candidates, and `builders.making.task` makes the task.

1. Every row is mended, or dropped for what is known of it (`fixing`); FEVER's labels are looked up
   upstream (`upstream`).
2. Rows with several golds, with a gold that is never a distractor, and repetitions of a row in its
   own or in another split are dropped (`candidates`).
3. The rest are joined into groups (`joining`) and get strata (`balancing`).
4. Cleaning drops what is blank, broken or contradictory; the largest balanced split 6:1:1 of whole
   groups is drawn; golds are dealt over the positions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from builders.audit.auditing import tasks_of
from builders.audit.rows import TaskRows, read_rows
from builders.builder import Builder, Candidate, Dropped
from builders.card.card import entry
from builders.making.task import Made, Request, make
from builders.making.writing import write_rest, write_task, writing_edition
from builders.reading.upstream import Store, Upstream, UpstreamRow
from builders.registry import all_builders
from builders.repair.candidates import Prepared, prepare
from builders.repair.notes import ABOUT, notes
from builders.repair.ordering import is_shuffled
from builders.repair.upstream import needs_upstream, relabelled
from builders.text import mend
from mceval8k.console import tracked
from mceval8k.editions import Edition
from mceval8k.editions.released import SOURCE
from mceval8k.errors import DataError, UsageError
from mceval8k.task import Source

EDITION = "clean"
REPAIR = "repair.json"

RELEASED = Source(SOURCE, licence="CC-BY-4.0", url=f"https://huggingface.co/datasets/{SOURCE}")


@dataclass(frozen=True)
class Repaired:
    """A task that has been repaired."""

    made: Made
    """The task, ready to be written."""
    prepared: Prepared
    """What was done before it was made."""
    notes: tuple[str, ...]
    """What could not be repaired."""

    @property
    def task(self) -> str:
        """Name of the task."""
        return self.made.report.task.name

    def to_json(self) -> dict[str, Any]:
        """Counts by check: rows read, dropped, mended, regrouped; `unused` are sound."""
        report, prepared = self.made.report, self.prepared
        fixed = dict(prepared.fixed)
        if report.task.fixed_options is None:
            fixed["gold-position"] = report.total
        return {
            "read": report.read,
            "splits": dict(report.counts),
            "dropped": dict(report.dropped),
            "unused": report.sound - report.total,
            "fixed": dict(sorted(fixed.items())),
            "regrouped": {"group-overlap": prepared.straddling, "near-overlap": prepared.near},
            "balanced_by": prepared.balanced_by,
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Repair:
    """An edition that has been repaired."""

    source: str
    """What was repaired, as the user called it."""
    digest: str
    """SHA-256 of its content."""
    seed: int
    """Seed of every draw."""
    tasks: tuple[Repaired, ...]
    """Repaired tasks."""
    left_out: Mapping[str, str]
    """Tasks that could not be repaired, with the reason."""

    def to_json(self) -> dict[str, Any]:
        """What was done, by task."""
        return {
            "edition": EDITION,
            "source": self.source,
            "source_digest": self.digest,
            "seed": self.seed,
            "tasks": {each.task: each.to_json() for each in self.tasks},
            "left_out": dict(self.left_out),
        }


def repair_task(edition: Edition, name: str, seed: int, upstream: Store | None = None) -> Repaired:
    """Repair a task of an edition in the released layout.

    Parameters
    ----------
    edition, name, seed
        The edition, the task, and the seed of every draw.
    upstream
        Where labels are looked up that the released rows do not have (`builders.repair.upstream`).

    Raises
    ------
    DataError
        A file is damaged, or too few sound rows are left to be split.
    """
    released = rows = read_rows(edition, name)
    unknown: tuple[Dropped, ...] = ()
    if needs_upstream(name):
        rows, unknown = relabelled(released, upstream)
    prepared = prepare(rows, seed)
    prepared = replace(prepared, dropped=(*unknown, *prepared.dropped))
    limits = notes(released)
    known = all_builders().get(name)
    builder = Builder(
        task=rows.task,
        upstream=(Upstream(RELEASED, splits=(), columns={}),),
        draft=_drafting(prepared),
        strata=tuple(sorted({candidate.stratum for candidate in prepared.candidates})),
        shuffles_options=is_shuffled(rows.task),
        mend=known.mend if known else mend,
        notes="\n\n".join((ABOUT, f"Drawn equally often: {prepared.balanced_by}.", *limits)),
    )
    made = make(builder, _Rows(released), Request(seed=seed, all_there_is=True))
    return Repaired(made, prepared, limits)


def _drafting(
    prepared: Prepared,
) -> Callable[[Iterable[UpstreamRow], int], Iterator[Candidate | Dropped]]:
    def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
        for _ in rows:  # they are counted as they are read
            pass
        yield from prepared.candidates
        yield from prepared.dropped

    return draft


@dataclass(frozen=True)
class _Rows:
    """The rows of a task as a store, of which the making counts them."""

    task: TaskRows
    edition: str = EDITION

    def has(self, upstream: Upstream) -> bool:  # noqa: ARG002
        return True

    def rows(self, upstream: Upstream) -> Iterator[UpstreamRow]:  # noqa: ARG002
        for item in self.task.items:
            yield UpstreamRow(item, item["source"], item["source_id"], item["id"])

    def revision(self, upstream: Upstream) -> str:  # noqa: ARG002
        return ""


def repair(
    edition: Edition,
    folder: Path,
    tasks: str = "all",
    *,
    seed: int = 0,
    processes: int = 1,
    upstream: Store | None = None,
    tell: Callable[[Repaired], object] = id,
) -> Repair:
    """Write the clean edition of a released one into a folder, replaced in one step at the end.

    A task of which too few sound rows are left, or that needs `upstream` without it, is left out;
    one that is named itself must not be.

    Raises
    ------
    UsageError
        The edition is not in the released layout, a name is unknown or not in it, or the folder
        holds something else.
    DataError
        A file is damaged, or nothing is left.
    """
    if edition.layout.name != "released":
        raise UsageError(f"edition {edition.name} is not in the released layout: nothing to repair")
    words = {word.strip() for word in tasks.split(",")}
    names = tasks_of(edition, tasks)
    with writing_edition(folder) as temporary:
        done, left_out = [], {}
        for name in tracked("repair", names):
            try:
                repaired = repair_task(edition, name, seed, upstream)
            except DataError as error:
                if name in words:
                    raise
                left_out[name] = str(error)
                continue
            write_task(temporary, repaired.made.report.task, repaired.made.items)
            tell(repaired)
            done.append(repaired)
        if not done:
            raise DataError(
                f"edition {edition.name}: no task is left: {'; '.join(left_out.values())}"
            )
        result = Repair(edition.name, edition.digest, seed, tuple(done), left_out)
        _write_rest(temporary, result, processes)
    return result


def _write_rest(folder: Path, result: Repair, processes: int) -> None:
    """Write the account of the repair, then what every edition has; the manifest lists both."""
    text = json.dumps(result.to_json(), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / REPAIR).write_bytes(f"{text}\n".encode())
    sources = {SOURCE: result.digest}
    write_rest(
        folder,
        edition=EDITION,
        seed=result.seed,
        sources=sources,
        entries=[entry(each.made.report) for each in result.tasks],
        processes=processes,
    )
