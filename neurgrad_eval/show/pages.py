"""Pages: sections of text, figure and table in one HTML file that fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from mceval8k.json_text import script_json
from mceval8k.version import __version__
from neurgrad_eval.show.cells import Grid, grid
from neurgrad_eval.show.figures import describe, draw
from neurgrad_eval.show.views import View


@dataclass(frozen=True)
class Section:
    """One part of a page; all texts are escaped, names inside a figure by who draws it."""

    heading: str
    text: str = ""
    figure: Any = None
    """A Plotly figure."""
    cells: Grid | None = None
    caption: str = ""
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Single numbers of what the section is about."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    """The command line that gives the same."""
    part: bool = False
    """Whether it belongs to the section before."""
    folded: bool = False


def sections(
    title: str,
    views: Iterable[View],
    tables: Mapping[str, pa.Table],
    *,
    lead: str = "",
    facts: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    settings: Mapping[str, Any] | None = None,
    command: str = "",
) -> list[Section]:
    """Sections of one result: a head with settings and command, then a part for each view."""
    head = Section(
        title,
        lead,
        facts=facts or {},
        warnings=tuple(warnings),
        settings=settings or {},
        command=command,
    )
    return [head, *(_section(view, tables[view.table]) for view in views)]


def render(title: str, parts: Sequence[Section], *, lead: str = "") -> str:
    """HTML of one self-contained page."""
    environment = Environment(
        loader=PackageLoader("neurgrad_eval.show"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = (resources.files("neurgrad_eval.show") / "templates" / "draw.js").read_text("utf-8")
    scripts = get_plotlyjs(), own
    return environment.get_template("document.html").render(
        title=title,
        lead=lead,
        contents=_contents(parts),
        sections=[_drawn(section) for section in parts],
        version=__version__,
        policy=_policy(scripts),
        # Plotly's and our own: no run can change them.
        scripts=[Markup(script) for script in scripts],  # noqa: S704
    )


def _contents(parts: Sequence[Section]) -> list[tuple[int, str]]:
    """Number and heading of each section of its own; on a page about one thing, of its parts."""
    numbered = list(enumerate(parts, 1))
    heads = [one for one in numbered if not one[1].part]
    listed = heads if len(heads) > 1 else [one for one in numbered if one[1].part]
    return [(number, section.heading) for number, section in listed] if len(listed) > 1 else []


def _policy(scripts: Iterable[str]) -> str:
    """Content security policy: these scripts and no others run, and nothing is fetched."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "connect-src 'none'; form-action 'none'; base-uri 'none'"
    )


def _section(view: View, table: pa.Table) -> Section:
    caption = f"{describe(table, view.chart)}." if view.chart else ""
    return Section(
        view.heading,
        view.text,
        draw(table, view.chart, view.where) if view.chart else None,
        grid(table, view) if view.tabled else None,
        caption=caption[:1].upper() + caption[1:],
        part=True,
        folded=view.folded,
    )


def _drawn(section: Section) -> dict[str, Any]:
    figure = None
    if section.figure is not None:
        figure = Markup(script_json(json.loads(section.figure.to_json())))  # noqa: S704 (escaped)
    table = "; the table below has the same numbers" if section.cells else ""
    return {
        **vars(section),
        "figure": figure,
        "paragraphs": [text for text in section.text.split("\n\n") if text.strip()],
        "label": (section.caption.rstrip(".") or section.heading) + table,
        "facts": _pairs(section.facts),
        "settings": _pairs(section.settings),
    }


def _pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name.replace("_", " "), _text(value)) for name, value in values.items()]


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_text(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_text, value))
    return str(value)
