"""Text of records and data inside Markdown: shown as it is, never read as markup."""

from __future__ import annotations

import re
from urllib.parse import quote

_MARKUP = re.compile(r"([\\`*_\[\]<>|~$#])")


def plain(text: str) -> str:
    """Text on one line that Markdown, also in a table, shows as it stands."""
    one_line = " ".join(text.split()).replace("&", "&amp;")
    return _MARKUP.sub(r"\\\1", one_line)


def code(text: str) -> str:
    """Text on one line as code, also in a table."""
    one_line = " ".join(text.split()).replace("|", "\u2502")
    fence = "`" * (_longest_run(one_line) + 1)
    space = " " if "`" in one_line else ""
    return f"{fence}{space}{one_line}{space}{fence}"


def code_block(text: str, language: str) -> str:
    """Text as a block of code, whatever fences it holds."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def link(text: str, address: str) -> str:
    """Link to a web address; anything else is shown as text alone."""
    if not re.match(r"https?://", address):
        return plain(text)
    return f"[{plain(text)}]({quote(address, safe=':/?#@!$&*+,;=%-._~')})"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
