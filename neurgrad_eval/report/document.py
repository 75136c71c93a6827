"""A page of sections, each a paragraph, a figure and a table: one file, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from mceval8k.files import write_text
from mceval8k.version import __version__
from neurgrad_eval.report.charts import to_html


@dataclass(frozen=True)
class Section:
    """One part of a page; all texts are escaped, the names inside a figure by who draws it."""

    heading: str
    text: str
    figure: Any = None
    """A Plotly figure."""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def write_document(
    path: Path, *, title: str, lead: str, sections: Sequence[Section], settings: Mapping[str, Any]
) -> None:
    """Write one self-contained HTML page."""
    environment = Environment(
        loader=PackageLoader("neurgrad_eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("document.html").render(
        title=title,
        lead=lead,
        sections=[_drawn(section, number) for number, section in enumerate(sections)],
        settings=[(name.replace("_", " "), value) for name, value in settings.items()],
        version=__version__,
        # Plotly's own script, which this program wrote into the page and no run can change.
        plotly=Markup(get_plotlyjs()),  # noqa: S704
    )
    write_text(path, page)


def _drawn(section: Section, number: int) -> dict[str, Any]:
    figure = None
    if section.figure is not None:
        # Plotly escapes the values in its JSON. The fixed name keeps the page's bytes the same.
        figure = Markup(to_html(section.figure, f"figure-{number}"))  # noqa: S704
    return {
        "heading": section.heading,
        "text": section.text,
        "figure": figure,
        "columns": section.columns,
        "rows": section.rows,
    }
