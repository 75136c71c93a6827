"""Text as it was meant: residue of markup, of wrong encodings and of what nobody sees, mended.

Builders, `repair` and `audit` share this: upstream rows and released rows are mended by `mend`, and
a text is faulty (`text_fault`) if `mend` would still change it. Encodings and entities are the
matter of `ftfy`; it does not change letters that were meant (curly quotes, ligatures,
full-width forms), nor to guess: mojibake is decoded where the whole line is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ftfy import TextFixerConfig, fix_and_explain
from ftfy.badness import is_bad

BLANK = "blank-field"
BROKEN = "broken-field"

_FTFY = TextFixerConfig(
    unescape_html=True,
    restore_byte_a0=False,
    replace_lossy_sequences=False,
    decode_inconsistent_utf8=False,
    fix_latin_ligatures=False,
    fix_character_width=False,
    uncurl_quotes=False,
    normalization=None,
    explain=True,  # without it, ftfy does not heed what is said of encodings
)
_PLAIN = re.compile(r"[\n\x20-%'-;=-~]*")  # no character that residue could begin with
_UNSEEN = {
    **dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A)]),
    ord("\t"): " ",
    ord("\f"): "\n",
}
"""Spaces without width, marks of direction; and white space that no prose has."""

_LINE_END = re.compile(r"(?<=\n)")
_SOFT_HYPHEN = re.compile(r"(?<![?])(?<![?] )\xad")
_INLINE = (
    "a|abbr|acronym|b|big|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|nobr|q|s|samp|small|span|strike|"
    "strong|sub|sup|tt|u|var"
)
_BLOCK = (
    "blockquote|body|br|center|dd|div|dl|dt|h[1-6]|head|hr|html|li|ol|p|pre|table|tbody|td|th|"
    "thead|tr|ul"
)
_ATTRIBUTES = r"""(?:\s+[A-Za-z-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*"""
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}/?>", re.IGNORECASE)
_BLOCK_TAGS = re.compile(rf"\s*(?:</?(?:{_BLOCK}){_ATTRIBUTES}/?>\s*)+", re.IGNORECASE)
_LOST = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]|\xad|</[A-Za-z][A-Za-z0-9]*>")
"""What cannot be mended: a character that is lost, and the end of an unknown element. A soft hyphen
after a question mark is the rest of a hyphen at the end of a line, or of the letter í."""


def mend(text: str) -> str:
    """Text without residue; a sound one is returned as it is.

    - Entities become their characters, by their exact names: `&#x27;`, `&frac12;`, not `Q&As;`.
    - Tags of HTML elements go; a run of those that break a line becomes a line feed. `x <b and c>`
      is no tag, nor is `<ABC.N>`.
    - Mojibake (`cafÃ©`) and bytes of Windows-1252 (U+0080 to U+009F) become what they were.
    - Control characters, soft hyphens, spaces without width and marks of direction go; tabs become
      spaces, other line ends line feeds.

    What has been mended has no white space at its ends. Mending twice changes nothing.
    """
    mended, before = text, None
    while mended != before and not _PLAIN.fullmatch(mended):
        before, mended = mended, _mended_once(mended)
    return mended if mended == text else mended.strip()


def _mended_once(text: str) -> str:
    """One round: a tag may come of entities, and entities of entities."""
    if "<" in text:
        text = _INLINE_TAG.sub("", _BLOCK_TAGS.sub("\n", text))
    if _PLAIN.fullmatch(text):
        return text
    lines = _LINE_END.split(_SOFT_HYPHEN.sub("", text))
    return "".join(fix_and_explain(line, _FTFY).text for line in lines).translate(_UNSEEN)


def mended(value: Any, mend: Callable[[str], str] = mend) -> Any:
    """Mend every text of a value, on any level."""
    if isinstance(value, str):
        return mend(value)
    if isinstance(value, Mapping):
        return {name: mended(member, mend) for name, member in value.items()}
    return [mended(member, mend) for member in value] if isinstance(value, list) else value


def text_fault(text: str, mend: Callable[[str], str] = mend) -> str | None:
    """Name of the fault of a text: `blank-field`, `broken-field`, or None for a sound one.

    Broken is what `mend` would change, and what is lost: the replacement character and others that
    stand for one, control characters that are none of Windows-1252, tags that HTML has not got, and
    what looks like mojibake but cannot be decoded as a whole.
    """
    if not text.strip():
        return BLANK
    return BROKEN if _LOST.search(text) or is_bad(text) or mend(text) != text else None
