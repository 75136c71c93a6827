"""What the commands about properties share: runs in, a folder and a table out."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from mceval8k.console import print_json, results, say
from mceval8k.errors import UsageError
from neurgrad_eval.properties.leak import LeakSettings
from neurgrad_eval.properties.leak import leak as compute_leak
from neurgrad_eval.properties.pages import property_sections
from neurgrad_eval.properties.stored import StoredRun, find_runs, read_stored
from neurgrad_eval.properties.writing import Entry, check_folder, write_property

_WIDEST = 400
"""Characters."""


def words(text: str) -> tuple[str, ...]:
    """Read words with commas between them, each once."""
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def numbers(text: str, what: str) -> tuple[int, ...]:
    """Read whole numbers with commas between them, rising."""
    try:
        found = sorted({int(word) for word in words(text)})
    except ValueError:
        raise UsageError(f"{text!r} are no {what}: give numbers such as 16,64") from None
    if not found:
        raise UsageError(f"{what}: give at least one number")
    return tuple(found)


def numbers_or(text: str, without: str, what: str) -> tuple[int | None, ...]:
    """Read whole numbers, rising, and then None if the word that means no limit is there."""
    found = words(text)
    given = ",".join(word for word in found if word != without)
    limited = numbers(given, what) if given or without not in found else ()
    return (*limited, None) if without in found else limited


def by_run(
    name: str,
    compute: Callable[[StoredRun, Any], Any],
    settings: Any,
    runs: Sequence[Path],
    *,
    out: Path,
    as_json: bool,
) -> None:
    """Compute a property of each run, and write and show it."""
    check_folder(out)
    entries = []
    for folder in find_runs(runs):
        run = read_stored(folder)
        say(f"{name} of {run.name}: {len(run.train)} training and {len(run.test)} test prompts")
        begin = time.perf_counter()
        entries.append(Entry(run.name, run.about, compute(run, settings)))
        say(f"  {time.perf_counter() - begin:.1f} s")
    finish(name, entries, settings, out=out, as_json=as_json)


def leak(
    settings: LeakSettings, leaky: Path, clean: Path | None, *, out: Path, as_json: bool
) -> None:
    """Compute the leak study of one run, or of two, and write and show it."""
    check_folder(out)
    first = read_stored(leaky)
    second = read_stored(clean) if clean else None
    say(f"leak of {first.name}: {len(first.train)} training and {len(first.test)} test prompts")
    found = Entry(first.name, first.about, compute_leak(first, second, settings))
    finish("leak", [found], settings, out=out, as_json=as_json)


def finish(name: str, entries: Sequence[Entry], settings: Any, *, out: Path, as_json: bool) -> None:
    """Write a property, and show it on standard output."""
    typed = shlex.join(["neurgrad", *sys.argv[1:]])
    content = write_property(name, entries, settings, out, command=typed)
    if as_json:
        print_json(content)
    else:
        for section in property_sections(content):
            if section.columns and not section.folded:
                _show(_table(section.heading, section.columns, section.rows))
    say(f"written to {out}: index.html is the page")


def _show(table: Table) -> None:
    """Print a table with whole cells, however narrow the screen is."""
    screen = results()
    wide = screen.options.update(max_width=_WIDEST)
    screen.width = max(screen.width, screen.measure(table, options=wide).maximum)
    screen.print(table)


def _table(heading: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    drawn = Table(title=Text(heading), box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        drawn.add_column(Text(column), justify="left" if number == 0 else "right", no_wrap=True)
    for row in rows:
        drawn.add_row(*map(Text, row))
    return drawn
