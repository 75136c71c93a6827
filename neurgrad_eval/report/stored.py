"""Pages as data: beside each page lies what it was made of, so that a report can show it too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from neurgrad_eval.report.sections import Section

SUFFIX = ".sections.json"
_TRACES = {"bar", "heatmap", "histogram", "scatter"}


def sections_path(page: Path) -> Path:
    """Where the data of a page lies."""
    return page.with_suffix(SUFFIX)


def to_json(
    *, title: str, lead: str, sections: Sequence[Section], settings: Mapping[str, Any]
) -> str:
    """Data of a page as JSON."""
    content = {
        "title": title,
        "lead": lead,
        "settings": {name: _plain(value) for name, value in settings.items()},
        "sections": [_section_to_dict(section) for section in sections],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def to_sections(content: Mapping[str, Any]) -> list[Section]:
    """Sections of stored data: the page's title and lead, and then its parts.

    Raises
    ------
    ValueError, TypeError, KeyError
        They are none. Figures of other kinds than those this package draws are refused, and what
        would make a page fetch something is left out.
    """
    title, lead = str(content["title"]), str(content["lead"])
    opening = Section(title, lead, settings=dict(content["settings"]))
    return [opening, *(_section_from_dict(one) for one in content["sections"])]


def _section_to_dict(section: Section) -> dict[str, Any]:
    found = {field.name: getattr(section, field.name) for field in fields(section)}
    figure = None if section.figure is None else json.loads(section.figure.to_json())
    settings = None if section.settings is None else dict(section.settings)
    return {**found, "figure": figure, "settings": settings}


def _section_from_dict(content: Mapping[str, Any]) -> Section:
    return Section(
        heading=str(content["heading"]),
        text=str(content["text"]),
        caption=str(content["caption"]),
        command=str(content["command"]),
        figure=None if content["figure"] is None else _figure(content["figure"]),
        columns=tuple(map(str, content["columns"])),
        rows=tuple(tuple(map(str, row)) for row in content["rows"]),
        warnings=tuple(map(str, content["warnings"])),
        part=True,
        folded=bool(content["folded"]),
    )


def _figure(content: Mapping[str, Any]) -> Any:
    layout = dict(content["layout"])
    layout.pop("images", None)
    for trace in content["data"]:
        if trace.get("type", "scatter") not in _TRACES:
            raise ValueError(f"a figure of kind {trace.get('type')!r}")
    return go.Figure(data=content["data"], layout=layout)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
