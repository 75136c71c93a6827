"""What real parsers find in written files."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markdown_it.token import Token

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]\d+)?")


class Page(HTMLParser):
    """Elements of an HTML page with the names of their attributes, its addresses and its text.

    Its content security policy, too.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.addresses: list[str] = []
        self.text = self.policy = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))
        if ("http-equiv", "Content-Security-Policy") in attrs:
            self.policy = dict(attrs)["content"] or ""
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", data))

    def handle_data(self, data: str) -> None:
        self.text += data


def markdown_types(text: str) -> list[str]:
    """Kinds of all parts of a Markdown text but its plain words and line breaks."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])

    def kinds(tokens: list[Token]) -> list[str]:
        found = []
        for token in tokens:
            found += [token.type, *kinds(token.children or [])]
        return [kind for kind in found if kind not in ("text", "softbreak", "text_special")]

    return kinds(reader.parse(text))


def markdown_text(text: str) -> str:
    """What a reader of the Markdown sees of its words."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    inner = (child for token in reader.parse(text) for child in token.children or [])
    return " ".join(child.content for child in inner)


def csv_rows(text: str) -> list[list[str]]:
    """Rows of a CSV file, all of one length and none with a formula in it."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    formulas = [cell for row in rows for cell in row if cell.lstrip(" ").startswith(_FORMULA)]
    assert all(map(_NUMBER.fullmatch, formulas)), formulas
    return rows
