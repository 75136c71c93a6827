"""Mending rows before they are cleaned, and dropping those that are known to be of no use.

What a released row holds in its own columns goes in; out comes the row to keep, with the names of
the checks (or of the known faults) that it was mended for, or nothing with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builders.registry import all_builders
from builders.text import BLANK, BROKEN, mend, mended
from mceval8k.task import Item, RawRow, Task

SWAPPED = "swapped-columns"
UNDERSCORE = "underscore-tag"


@dataclass(frozen=True)
class Fixed:
    """A row after mending."""

    raw: RawRow
    """Values by column."""
    mended: tuple[str, ...] = ()
    """What it was mended for."""
    dropped: str = ""
    """Why it cannot be kept; empty if it can."""


def raw_row(task: Task, item: Item) -> dict[str, object]:
    """Row in the task's released columns, of an item that was read from them."""
    raw = {name: item[name] for name in task.raw_columns}
    if task.name in ("amazon-reviews", "amazon-review-multi"):
        raw["label"] += 1  # stars, not their index
    return raw


def fix(task: Task, item: Item) -> Fixed:
    """Mend a row as its task needs it, then its texts as its builder does."""
    known = _FIXES.get(task.name, Fixed)(raw_row(task, item))
    if known.dropped:
        return known
    builder = all_builders().get(task.name)
    raw = mended(known.raw, builder.mend if builder else mend)
    changed = (BROKEN,) if raw != known.raw else ()
    return Fixed(raw, tuple(dict.fromkeys((*known.mended, *changed))))


def _clang8(raw: RawRow) -> Fixed:
    """Parse what stands in one column but was two: a learner's sentence, tab, its correction.

    A quotation mark at its start had made the reader of the file swallow the tab, and often many
    lines with it. Several lines are dropped: which of them the row was drawn for is not known.
    """
    columns = (raw["sentence1"] or "", raw["sentence2"] or "")
    filled = [text for text in columns if text.strip()]
    if len(filled) == 2 and not any("\t" in text for text in filled):
        return Fixed(raw)
    lines = filled[0].splitlines() if len(filled) == 1 else []
    parts = [part.strip() for part in lines[0].split("\t")] if len(lines) == 1 else []
    if len(parts) != 2 or not all(parts):
        return Fixed(raw, dropped=BROKEN if filled and "\t" in "".join(filled) else BLANK)
    first, second = (_without_stray_quote(part) for part in parts)
    return Fixed({"sentence1": first, "sentence2": second, "acceptable": 1}, (BROKEN,))


def _without_stray_quote(text: str) -> str:
    return text.strip('"').strip() if text.count('"') == 1 else text


def _stereoset(raw: RawRow) -> Fixed:
    """Put the places of the stereotype and of its opposite back into their columns."""
    swapped = {"stereotype": raw["anti-stereotype"], "anti-stereotype": raw["stereotype"]}
    return Fixed({**raw, **swapped}, (SWAPPED,))


def _tagged(raw: RawRow) -> Fixed:
    """Drop rows about the underscore, which is no tag: treebanks have it for contracted words."""
    return Fixed(raw, dropped=UNDERSCORE if "_" in raw["options"] else "")


_FIXES: Mapping[str, Callable[[RawRow], Fixed]] = {
    "clang8": _clang8,
    "stereoset": _stereoset,
    "postag": _tagged,
    "mpostag": _tagged,
}
