"""The README of an edition: a header for machines, then a short card for people.

The card has the sections of the Hub's template for data sets. Text of the records and of the data
is escaped for Markdown. What was done in each task, and licences, are in pages of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from builders.audit.result import Audit
from builders.card import texts as card_texts
from builders.card.audit_section import audit_section
from builders.card.header import LICENCES, header_text
from builders.card.pages import EXAMPLES, NOTES, TASKS, Entry, examples, read_sections, task_notes
from builders.making.task import Report
from builders.publishing.redistribution import OWN_EDITIONS
from mceval8k.editions import SPLITS
from mceval8k.markdown_text import code, plain
from mceval8k.task import Task
from mceval8k.version import __version__

__all__ = ["README", "Entry", "card", "entry", "read_sections"]

README = "README.md"

_MADE = {"samples": card_texts.MADE_SAMPLES, "clean": card_texts.MADE_CLEAN}


def entry(report: Report) -> Entry:
    """What the documents say about a task that was just made."""
    section = "\n".join(_account(report))
    return Entry(report.task, report.counts, section, task_notes(report.task, report.builder.notes))


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
        "\n".join(_sizes(entries, own)),
        f"## Uses\n\n{card_texts.USES}",
        f"## Loading\n\n{card_texts.LOADING.replace('TASK', tasks[0].name)}",
        f"## Columns\n\n{card_texts.COLUMNS_SAMPLES if own else card_texts.COLUMNS}",
        f"## How it was made\n\n{_MADE.get(edition, card_texts.MADE)}",
        f"Built by `mceval8k` {plain(version)} with seed {seed}.",
        *([audit_section(audit)] if audit else []),
        f"## Known limits\n\n{card_texts.LIMITS_SAMPLES if own else card_texts.LIMITS}",
        "## Personal and sensitive content",
        *_sensitive(tasks, own),
        "## Licences and citations",
        f"{card_texts.LICENCES_SAMPLES if own else card_texts.LICENCES} "
        f"[{LICENCES}]({LICENCES}) and [{NOTES}]({NOTES}).",
        TASKS,
        *(f"### {each.task.name}\n\n{each.section}" for each in entries),
        EXAMPLES,
        "The first test item of each task; the right option is in bold.",
        "\n".join(examples(entries)),
    ]
    rows = sum(sum(each.counts.values()) for each in entries)
    return header_text(tasks, rows, edition=edition) + "\n" + "\n\n".join(sections) + "\n"


def _left_out(tasks: Sequence[Task]) -> Iterator[str]:
    if tasks:
        names = ", ".join(f"{code(task.name)} ({plain(task.licence)})" for task in tasks)
        yield (
            "Left out, since the upstream licence does not let everybody pass the text on: "
            f"{names}. `mceval8k build` makes them from the upstream data."
        )


def _sizes(entries: Sequence[Entry], own: bool) -> Iterator[str]:
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
            "Apache-2.0" if own else plain(task.licence),
        ]
        yield f"| {' | '.join(cells)} |"
    totals = [f"{sum(each.counts[split] for each in entries):,}" for split in SPLITS]
    yield f"| all | | | | {' | '.join(totals)} | |"


def _sensitive(tasks: Sequence[Task], own: bool) -> Iterator[str]:
    if own:
        yield card_texts.SENSITIVE_SAMPLES
        return
    yield card_texts.SENSITIVE_INTRO
    yield "\n".join(f"- {code(task.name)}: {task.sensitive}" for task in tasks if task.sensitive)


def _account(report: Report) -> Iterator[str]:
    """What became of the upstream rows: candidates are dropped or sound, sound ones used or not."""
    width = report.width
    dropped, sound = sum(report.dropped.values()), report.sound // width
    used = report.total // width
    each = f" (each in {width} languages)" if width > 1 else ""
    yield (
        f"{plain(report.task.summary)}. Rows read: {report.read:,}. Candidates made of them{each}: "
        f"{dropped + sound:,}, of which dropped {dropped:,} and sound {sound:,}. Of these, "
        f"{used:,} are in this edition; {sound - used:,} are more than was needed or than balances."
    )
    if report.dropped:
        reasons = ", ".join(f"{plain(reason)} {n:,}" for reason, n in report.dropped.items())
        yield f"Dropped: {reasons}."
    if report.masked:
        yield f"Rows in which IP or e-mail addresses were masked: {report.masked:,}."
    if report.joined:
        yield f"Groups kept together for near-duplicate texts: {report.joined:,}."
