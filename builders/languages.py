"""What a text shows of its language: its script, its width, whether it stands under several."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from mceval8k.item import normalise

_HAN = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0003ffff"))
_LATIN = (("A", "\u024f"), ("\u1e00", "\u1eff"))


def width(text: str) -> int:
    """Columns of print that a text takes: a Chinese character, which is near a word, takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def script_fits(text: str, lang: str) -> bool:
    """Whether most letters of a text, by width, are of its language's script: Han or Latin."""
    letters = [c for c in text if c.isalpha()]
    ranges = _HAN if lang == "zh" else _LATIN
    fitting = [c for c in letters if any(low <= c <= high for low, high in ranges)]
    return 2 * width("".join(fitting)) > width("".join(letters))


def several_languages(texts: Iterable[tuple[str, str]]) -> set[str]:
    """Normalised texts that stand under several languages, of pairs of text and language."""
    languages = defaultdict(set)
    for text, lang in texts:
        languages[normalise(text)].add(lang)
    return {text for text, found in languages.items() if len(found) > 1}
