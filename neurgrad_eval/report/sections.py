"""The parts of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Section:
    """One part of a page; all texts are escaped, the names inside a figure by who draws it."""

    heading: str
    text: str
    """Paragraphs, with an empty line between them."""
    figure: Any = None
    """A Plotly figure."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """Cells of the table, which holds the numbers of the figure."""
    caption: str = ""
    """What the figure shows, in words; also read aloud in its place."""
    warnings: tuple[str, ...] = ()
    """What a reader must know first."""
    settings: Mapping[str, Any] | None = None
    """Exact settings of what the section is about."""
    command: str = ""
    """What to type to get the same."""
    part: bool = False
    """Whether it goes on with the section before."""
    folded: bool = False
    """Whether the table is shown only when it is asked for."""
