"""What is wrong with a text, judged from its characters alone."""

from __future__ import annotations

import re

BLANK = "blank-field"
BROKEN = "broken-field"

_RESIDUE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\ud800-\udfff]"  # control, replacement, half a character
    r"|</?[A-Za-z][A-Za-z0-9]*(?:\s[^<>]*)?/?>"  # markup
    r"|&(?:[A-Za-z]{2,8}|#\d+);"  # entities
    r"|#\d+;|\b(?:quot|lt|gt|amp|nbsp);"  # entities that lost their ampersand
)
_LINE_BREAKS = re.compile(r"\s*(?:<br\s*/?>\s*)+", re.IGNORECASE)


def without_breaks(text: str) -> str:
    """Text with a line feed for each run of HTML line breaks and the white space around it."""
    return _LINE_BREAKS.sub("\n", text).strip()


def text_fault(text: str) -> str | None:
    """Name of the fault of a text: `blank-field`, `broken-field`, or None for a sound one.

    Broken are control characters other than tab and line feed, half a surrogate pair, the
    replacement character, HTML tags, and HTML entities with or without their ampersand.
    """
    if not text.strip():
        return BLANK
    return BROKEN if _RESIDUE.search(text) else None
