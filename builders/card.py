"""The README of an edition: a header for machines, then a card for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from builders.header import header_text
from builders.making import Report
from mceval8k.editions import SPLITS
from mceval8k.task import Task
from mceval8k.version import __version__

README = "README.md"

_ABOUT = {
    "samples": "This is the **samples** edition: a small one, built from rows written for the "
    "project. It shows the format and lets every tool run; it measures nothing.",
    "full": "This is a **full** edition, built from the upstream data sets.",
}


def card(edition: str, seed: int, reports: Sequence[Report]) -> str:
    """README of an edition, with the header."""
    sections = [
        f"# MCEval8k, edition `{edition}`",
        "Multiple-choice questions for evaluating language models and for finding the neurons "
        "behind their answers. Items of all tasks have the same first columns. No group (source "
        "sentence, document, fact or parallel text) is in two splits.",
        _ABOUT.get(edition, f"This is the **{edition}** edition."),
        "## Sizes",
        "\n".join(_sizes(reports)),
        "## Loading",
        _LOADING,
        "## Columns",
        _COLUMNS,
        f"## Tasks\n\nBuilt by `mceval8k` {__version__} with seed {seed}.",
        *(_task_section(report) for report in reports),
    ]
    counts = {report.task.name: report.counts for report in reports}
    return header_text(counts) + "\n" + "\n\n".join(sections) + "\n"


_LOADING = """```python
from mceval8k import load_task

splits = load_task("agnews", "path/to/this/folder")
```

or, without the package:

```python
from datasets import load_dataset

splits = load_dataset("path/to/this/folder", "agnews")
everything = load_dataset("path/to/this/folder")  # the config `all`: shared columns of all tasks
```

`load_dataset` keys its cache on a folder's name: give a rebuilt folder a fresh `cache_dir`."""

_COLUMNS = """| column | meaning |
|---|---|
| `id` | task and 12 hexadecimal digits of a SHA-256 over the content |
| `task`, `genre`, `lang` | which task, its genre, language of the item (BCP-47) |
| `question` | what is asked, without instruction and options |
| `options` | candidate answers |
| `label` | index of the right option |
| `group` | what must not be split |
| `source`, `source_id` | upstream data set, split and row in it |

The task's own columns follow. `schema/item.schema.json` is the JSON Schema, and `manifest.json`
holds the seed, the sources' revisions, the counts and a SHA-256 of every file."""


def _sizes(reports: Sequence[Report]) -> Iterator[str]:
    yield "| task | genre | languages | options | train | validation | test | licence |"
    yield "|---|---|---|--:|--:|--:|--:|---|"
    for report in reports:
        task, counts = report.task, report.counts
        cells = [
            f"`{task.name}`",
            task.genre,
            " ".join(task.languages),
            str(task.n_options),
            *(f"{counts[split]:,}" for split in SPLITS),
            task.licence,
        ]
        yield f"| {' | '.join(cells)} |"


def _task_section(report: Report) -> str:
    task = report.task
    return "\n\n".join(
        [
            f"### {task.name}",
            f"{task.summary}. Licence: {task.licence}.",
            report.builder.notes.strip(),
            "\n".join(_account(report)),
            f"```bibtex\n{task.citation.strip()}\n```",
            _links(task),
        ]
    )


def _account(report: Report) -> Iterator[str]:
    asked = "as many as there are" if report.asked is None else f"{report.asked:,}"
    yield f"Rows read upstream: {report.read:,}; sound: {report.sound:,}; asked for: {asked}; "
    yield f"in this edition: {report.total:,}."
    if report.dropped:
        reasons = ", ".join(f"{reason} {n:,}" for reason, n in report.dropped.items())
        yield f"Dropped: {reasons}."


def _links(task: Task) -> str:
    return "Upstream: " + ", ".join(
        f"[{source.id}]({source.url})" if source.url else source.id for source in task.sources
    )
