"""Texts that can be mended: markup, entities and stray control characters."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from builders.text import BROKEN, text_fault

_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>")
_NUMBER = re.compile(r"(?<!&)#(\d+);")
_NAME = re.compile(r"(?<![&\w])(quot|lt|gt|amp|nbsp);")
_C1 = re.compile(r"[\x80-\x9f]")


def mend(text: str) -> str:
    """Text without residue, as far as it can be mended; a sound one is returned as it is.

    Entities, also those that lost their ampersand, become their characters; tags and tabs become
    spaces; bytes 0x80 to 0x9f, which Windows-1252 has and Unicode has not, become what they were.
    """
    if not is_broken(text):
        return text
    entities = _NAME.sub(r"&\1;", _NUMBER.sub(r"&#\1;", text))
    plain = html.unescape(html.unescape(entities))
    plain = _C1.sub(_windows, _TAG.sub(" ", plain)).replace("\xa0", " ").replace("\t", " ")
    return re.sub(r" {2,}", " ", plain).strip()


def is_broken(value: Any) -> bool:
    """Whether any text of a value, on any level, holds residue; blank ones do not."""
    if isinstance(value, str):
        return text_fault(value) == BROKEN or ("\t" in value and not value.isspace())
    members = value.values() if isinstance(value, Mapping) else value
    return isinstance(value, (Mapping, list)) and any(map(is_broken, members))


def mended(value: Any) -> Any:
    """Mend every text of a value, on any level."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, Mapping):
        return {name: mended(member) for name, member in value.items()}
    return [mended(member) for member in value] if isinstance(value, list) else value


def _windows(match: re.Match[str]) -> str:
    return match.group().encode("latin-1").decode("cp1252", "replace")
