"""Text as it is compared, and as it is shown: without what only a terminal would see."""

import re
import unicodedata
from pathlib import PurePosixPath

_SNAPSHOT = re.compile(r"models--(?:[^/]+--)?([^/]+)/snapshots/")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and newline, and those that turn the direction of what follows."""


def normalise(text: str) -> str:
    """Return text in NFKC, case folded, with white space folded."""
    if text.isascii():  # where NFKC changes nothing, and which most text is
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def printable(text: str) -> str:
    """Return text without control characters, so that it cannot move a terminal's cursor.

    Tabs and newlines stay; characters that turn the direction of writing go.
    """
    return _UNSEEN.sub("", text)


def escape_unseen(text: str) -> str:
    """Return JSON text that means the same, with such characters written as escapes."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def model_name(model: object) -> str:
    """Name of a model without its owner or the folder that it is in."""
    path = str(model or "").replace("\\", "/")
    cached = _SNAPSHOT.search(path)
    return cached[1] if cached else PurePosixPath(path).name
