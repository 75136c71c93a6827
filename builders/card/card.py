"""The README of an edition: a header for machines, then a card for people.

The card has the sections of the Hub's template for data sets. Text of the task records is escaped
for Markdown; the builders' notes are Markdown themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from builders.audit.auditing import Audit
from builders.card import texts as card_texts
from builders.card.audit_section import audit_section
from builders.card.header import header_text
from builders.card.markdown import code, code_block, link, plain
from builders.making.task import Report
from builders.publishing.redistribution import OWN_EDITIONS
from mceval8k.editions import SPLITS
from mceval8k.registry import all_tasks
from mceval8k.task import Task
from mceval8k.version import __version__

README = "README.md"

_TASKS = "## Tasks"


@dataclass(frozen=True)
class Entry:
    """What the card says about a task."""

    task: Task
    """The task."""
    counts: Mapping[str, int]
    """Rows by split."""
    section: str
    """Its section: what was done with it, and how to cite it."""


def entry(report: Report) -> Entry:
    """What the card says about a task that was just made."""
    return Entry(report.task, report.counts, "\n\n".join(_section(report)))


def card(
    edition: str,
    seed: int,
    entries: Sequence[Entry],
    *,
    version: str = __version__,
    left_out: Sequence[Task] = (),
    audit: Audit | None = None,
) -> str:
    """README of an edition, with the header."""
    tasks = [each.task for each in entries]
    own = edition in OWN_EDITIONS
    sections = [
        f"# MCEval8k, edition {code(edition)}",
        card_texts.SUMMARY,
        card_texts.ABOUT.get(edition, f"This is the **{plain(edition)}** edition."),
        *_left_out(left_out),
        "## Sizes",
        "\n".join(_sizes(entries)),
        f"## Uses\n\n{card_texts.USES}",
        f"## Loading\n\n{card_texts.LOADING.replace('TASK', tasks[0].name)}",
        f"## Columns\n\n{card_texts.COLUMNS}",
        f"## How it was made\n\n{card_texts.MADE}",
        f"Built by `mceval8k` {plain(version)} with seed {seed}.",
        *([audit_section(audit)] if audit else []),
        f"## Known limits\n\n{card_texts.LIMITS}",
        "## Personal and sensitive content",
        card_texts.SENSITIVE_SAMPLES if own else card_texts.SENSITIVE_INTRO,
        "\n".join(_sensitive(tasks)),
        "## Licences and citations",
        _licences(own),
        "\n".join(_licence_table(tasks)),
        _TASKS,
        *(f"### {each.task.name}\n\n{each.section}" for each in entries),
    ]
    counts = {each.task.name: each.counts for each in entries}
    return header_text(counts) + "\n" + "\n\n".join(sections) + "\n"


def read_sections(text: str) -> dict[str, str]:
    """Sections of the tasks in a card, by task."""
    names = "|".join(map(re.escape, all_tasks()))
    _, _, tasks = text.partition(f"\n{_TASKS}\n")
    _, *parts = re.split(rf"^### ({names})$", tasks, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _left_out(tasks: Sequence[Task]) -> Iterator[str]:
    if tasks:
        names = ", ".join(f"{code(task.name)} ({plain(task.licence)})" for task in tasks)
        yield (
            "Left out, since the upstream licence does not let everybody pass the text on: "
            f"{names}. `mceval8k build` makes them from the upstream data."
        )


def _sizes(entries: Sequence[Entry]) -> Iterator[str]:
    yield "| task | genre | languages | options | train | validation | test | licence |"
    yield "|---|---|---|--:|--:|--:|--:|---|"
    for each in entries:
        task = each.task
        cells = [
            code(task.name),
            task.genre,
            " ".join(task.languages),
            str(task.n_options),
            *(f"{each.counts[split]:,}" for split in SPLITS),
            plain(task.licence),
        ]
        yield f"| {' | '.join(cells)} |"
    totals = [f"{sum(each.counts[split] for each in entries):,}" for split in SPLITS]
    yield f"| all | | | | {' | '.join(totals)} | |"


def _sensitive(tasks: Sequence[Task]) -> Iterator[str]:
    for task in tasks:
        if task.name in card_texts.SENSITIVE:
            yield f"- {code(task.name)}: {card_texts.SENSITIVE[task.name]}"


def _licences(own: bool) -> str:
    whose = "Each task has the licence of its upstream data; there is none for the whole."
    if own:
        whose = (
            "The rows of this edition were written for the project and have its licence, "
            "Apache-2.0. The table names the licences that the upstream data has."
        )
    return (
        f"{whose} Whoever passes rows on must keep to them and name upstream. Please cite the "
        "publications in the tasks' sections, and this project by its `CITATION.cff`."
    )


def _licence_table(tasks: Sequence[Task]) -> Iterator[str]:
    yield "| task | upstream | licence |"
    yield "|---|---|---|"
    for task in tasks:
        yield f"| {code(task.name)} | {_links(task)} | {plain(task.licence)} |"


def _section(report: Report) -> Iterator[str]:
    task = report.task
    yield f"{plain(task.summary)}. Licence: {plain(task.licence)}."
    yield report.builder.notes.strip()
    yield "\n".join(_account(report))
    yield code_block(task.citation, "bibtex")
    yield f"Upstream: {_links(task)}"


def _account(report: Report) -> Iterator[str]:
    asked = "as many as there are" if report.asked is None else f"{report.asked:,}"
    yield f"Rows read upstream: {report.read:,}; sound: {report.sound:,}; asked for: {asked}; "
    yield f"in this edition: {report.total:,}."
    if report.dropped:
        reasons = ", ".join(f"{plain(reason)} {n:,}" for reason, n in report.dropped.items())
        yield f"Dropped: {reasons}."
    if report.joined:
        yield f"Groups kept together for near-duplicate texts: {report.joined:,}."


def _links(task: Task) -> str:
    found = dict.fromkeys((source.id, source.url) for source in task.sources)
    return ", ".join(link(name, url) for name, url in found)
