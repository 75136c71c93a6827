"""Building an edition: which tasks, from where, into which folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from builders.builder import Builder
from builders.card.card import entry
from builders.making.task import Report, Request, make
from builders.making.writing import write_rest, write_task, writing_edition
from builders.processes import in_order
from builders.reading.upstream import Store
from builders.registry import all_builders, get_builder
from mceval8k.editions.manifest import MANIFEST, Manifest
from mceval8k.errors import UsageError
from mceval8k.files import sha256
from mceval8k.registry import resolve

NO_BUILDER = "no builder"
NO_DATA = "not in the source"


@dataclass(frozen=True)
class Plan:
    """What is to be built."""

    builders: tuple[Builder, ...]
    """Builders, in the registry's order."""
    skipped: Mapping[str, str]
    """Tasks that a genre or `all` names but that cannot be built, with the reason."""


@dataclass(frozen=True)
class Built:
    """An edition that has been built."""

    folder: Path
    """Where it is."""
    digest: str
    """SHA-256 of its manifest."""
    manifest: Manifest
    """Its manifest."""
    reports: tuple[Report, ...]
    """How the making of each task went."""


def plan(names: str, store: Store) -> Plan:
    """Choose the builders of the named tasks.

    A genre or `all` stands for those of its tasks that have a builder and data in the source; a
    task that is named itself must have a builder, and whether it has data is seen when it is built.

    Raises
    ------
    UsageError
        A name is unknown, a task that is named itself has no builder, or nothing is left.
    """
    words = {word.strip() for word in names.split(",")}
    chosen, skipped = [], {}
    for task in resolve(names):
        if task.name in words:
            chosen.append(get_builder(task))
        elif task.name not in all_builders():
            skipped[task.name] = NO_BUILDER
        elif not all(store.has(upstream) for upstream in get_builder(task).upstream):
            skipped[task.name] = NO_DATA
        else:
            chosen.append(get_builder(task))
    if not chosen:
        reasons = ", ".join(f"{name} ({reason})" for name, reason in skipped.items())
        raise UsageError(f"nothing to build: {reasons}")
    return Plan(tuple(chosen), skipped)


def build(
    builders: Sequence[Builder],
    store: Store,
    request: Request,
    folder: Path,
    *,
    processes: int = 1,
    tell: Callable[[Report], object] = id,
) -> Built:
    """Build an edition into a folder, which is replaced in one step at the end.

    Parameters
    ----------
    builders
        What is built.
    store
        What it is built from.
    request
        How much, and with which seed.
    folder
        A new or empty one, or an edition that was built before.
    processes
        How many share the tasks; the bytes are the same.
    tell
        Called after each task, in order.

    Raises
    ------
    DataError
        A task cannot be made of the source, or a file not written; the folder is as it was.
    UsageError
        The folder holds something else.
    """
    with writing_edition(folder) as temporary:
        manifest, reports = _write(builders, store, request, temporary, processes, tell)
    return Built(folder, sha256(folder / MANIFEST), manifest, reports)


def _write(
    builders: Sequence[Builder],
    store: Store,
    request: Request,
    folder: Path,
    processes: int,
    tell: Callable[[Report], object],
) -> tuple[Manifest, tuple[Report, ...]]:
    # Found before anything is read, so that all processes read the same state of each source.
    sources = _revisions(builders, store)
    reports: list[Report] = []
    work = partial(_write_task, store, request, folder)
    for report in in_order(work, builders, processes, title="build"):
        reports.append(report)
        tell(report)
    manifest = write_rest(
        folder,
        edition=store.edition,
        seed=request.seed,
        sources=sources,
        entries=[entry(report) for report in reports],
        processes=processes,
    )
    return manifest, tuple(reports)


def _write_task(store: Store, request: Request, folder: Path, builder: Builder) -> Report:
    made = make(builder, store, request)
    write_task(folder, made.report.task, made.items)
    return made.report


def _revisions(builders: Sequence[Builder], store: Store) -> dict[str, str]:
    found = defaultdict(set)
    for upstream in (upstream for builder in builders for upstream in builder.upstream):
        found[upstream.source.id].add(store.revision(upstream))
    return {name: " ".join(sorted(revisions)) for name, revisions in found.items()}
