"""Text of records and data inside Markdown: shown as it is, never read as markup."""

from __future__ import annotations

import re
from urllib.parse import quote

from mceval8k.text import printable

_MARKUP = re.compile(r"[\\`*_\[\]|~$#]|:(?=//)|(?<=\bwww)\.|^[-+=](?=\s|[-=]*$)")
"""Signs of markup, the first ones of lists and rules, and what makes a bare address a link."""
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")


def plain(text: str) -> str:
    """Text on one line that Markdown, also in a table, shows as it stands."""
    shown = _NUMBERED.sub(r"\1\\\2", _MARKUP.sub(r"\\\g<0>", _one_line(text)))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def code(text: str) -> str:
    """Text on one line as code, also in a table."""
    one_line = _one_line(text).replace("|", "\u2502")
    fence = "`" * (_longest_run(one_line) + 1)
    space = " " if "`" in one_line else ""
    return f"{fence}{space}{one_line}{space}{fence}"


def code_block(text: str, language: str) -> str:
    """Text as a block of code, whatever fences it holds."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{printable(text).strip()}\n{fence}"


def link(text: str, address: str) -> str:
    """Link to a web address; anything else is shown as text alone."""
    if not re.match(r"https?://", address):
        return plain(text)
    return f"[{plain(text)}]({quote(address, safe=':/?#@!$&*+,;=%-._~')})"


def _one_line(text: str) -> str:
    return " ".join(printable(" ".join(text.split())).split())


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
