"""Sections of pages about properties, made of what their runs stored as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from neurgrad_eval.properties.pages.efficiency import efficiency_sections
from neurgrad_eval.properties.pages.generality import generality_sections
from neurgrad_eval.properties.pages.inclusivity import inclusivity_sections
from neurgrad_eval.properties.pages.interdependency import interdependency_sections
from neurgrad_eval.properties.pages.leak import leak_sections
from neurgrad_eval.report.runs import plain_values
from neurgrad_eval.report.sections import Section

_Sections = Callable[[str, Mapping[str, Any]], Sequence[Section]]
_PAGES: dict[str, _Sections] = {
    "efficiency": efficiency_sections,
    "generality": generality_sections,
    "inclusivity": inclusivity_sections,
    "interdependency": interdependency_sections,
    "leak": leak_sections,
}


def property_sections(content: Mapping[str, Any]) -> list[Section]:
    """Sections of a stored property, run by run; the first of each has settings and command.

    Raises
    ------
    ValueError
        The property is not known.
    """
    name = content["property"]
    if name not in _PAGES:
        raise ValueError(f"there is no property {name!r}")
    found: list[Section] = []
    for entry in content["entries"]:
        first, *others = _PAGES[name](str(entry["name"]), entry["result"])
        settings = {**plain_values(entry["about"]), **content["settings"]}
        command = str(content.get("command", ""))
        found.append(replace(first, settings=settings, command=command))
        found.extend(replace(other, part=True) for other in others)
    return found
