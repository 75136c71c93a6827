"""A page of sections, each a paragraph, a figure and a table: one file, nothing fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from mceval8k.files import write_text
from mceval8k.version import __version__
from neurgrad_eval.report.charts import to_html
from neurgrad_eval.report.sections import Section
from neurgrad_eval.report.stored import sections_path, to_json

__all__ = ["Section", "render_document", "write_document"]


def write_document(
    path: Path, *, title: str, lead: str, sections: Sequence[Section], settings: Mapping[str, Any]
) -> None:
    """Write one self-contained HTML page, and beside it what it was made of, for reports.

    Parameters are those of `render_document`.
    """
    write_text(
        sections_path(path), to_json(title=title, lead=lead, sections=sections, settings=settings)
    )
    text = render_document(title=title, lead=lead, sections=sections, settings=settings)
    write_text(path, text)


def render_document(
    *, title: str, lead: str, sections: Sequence[Section], settings: Mapping[str, Any] | None = None
) -> str:
    """HTML of one self-contained page.

    Parameters
    ----------
    title, lead
        Heading, and the paragraph below it.
    sections
        Parts of the page, in order.
    settings
        Exact settings of the whole page, if it has any.
    """
    environment = Environment(
        loader=PackageLoader("neurgrad_eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("document.html").render(
        title=title,
        lead=lead,
        sections=[_drawn(section, number) for number, section in enumerate(sections)],
        settings=_pairs(settings),
        version=__version__,
        # Plotly's own script, which this program wrote into the page and no run can change.
        plotly=Markup(get_plotlyjs()),  # noqa: S704
    )


def _drawn(section: Section, number: int) -> dict[str, Any]:
    figure = None
    if section.figure is not None:
        # Plotly escapes the values in its JSON. The fixed name keeps the page's bytes the same.
        figure = Markup(to_html(section.figure, f"figure-{number}"))  # noqa: S704
    table = "; the table below has the same numbers" if section.columns else ""
    return {
        "heading": section.heading,
        "paragraphs": [text for text in section.text.split("\n\n") if text.strip()],
        "figure": figure,
        "label": (section.caption.rstrip(".") or section.heading) + table,
        "caption": section.caption,
        "columns": section.columns,
        "rows": section.rows,
        "warnings": section.warnings,
        "settings": _pairs(section.settings),
        "command": section.command,
        "part": section.part,
        "folded": section.folded,
    }


def _pairs(settings: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    return [(name.replace("_", " "), value) for name, value in (settings or {}).items()]
