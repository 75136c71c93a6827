"""From text to sentences of marks: words by their role, and mentions of the item's options."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from harness.samples.replies.vocabulary import SIGNS, Role, roles

_ROLES = roles()
_EDGES = " \t\n\"'“”„«»‘’「」『』【】()[]{}<>.,:;!?。、·-–—*`_$#"
_BEFORE = r"(?<![0-9A-Za-z_À-ɏ])"
_AFTER = r"(?![0-9A-Za-z_À-ɏ])"
# "C'est", "A-t-il", "T-shirt": what an apostrophe or hyphen joins is one word.
_UNJOINED_BEFORE, _UNJOINED_AFTER = r"(?<![A-Za-zÀ-ɏ][-'])", r"(?![-'][A-Za-zÀ-ɏ])"
_CJK = r"\u3400-\u9fff"
_NUMBER = r"(?<![\d.,])\d+"
_UNIT = re.compile(r"(\d+)\s*(\D+)")
_SHORT = 3
"""Options of so few letters are found only as they are written: "X", "NP"."""


@dataclass(frozen=True)
class Mark:
    """A word or sign."""

    role: Role
    text: str
    options: frozenset[int] = frozenset()
    """Options that are mentioned; of two, it is left open which one is."""
    is_symbol: bool = False
    is_loose: bool = False
    """Whether it may also be a word of the text: "a" for A, or "3" for 3 stars."""


@dataclass(frozen=True)
class Item:
    """Symbols and options of an item."""

    symbols: tuple[str, ...]
    options: tuple[str, ...]

    def symbol(self, text: str) -> int:
        """Index of a symbol, as it is written where that is one."""
        if text in self.symbols:
            return self.symbols.index(text)
        return [symbol.casefold() for symbol in self.symbols].index(text.casefold())


@lru_cache(512)
def _mentions(item: Item) -> re.Pattern[str]:
    """Pattern of the mentions of an item's options; the name of the group says which and how."""
    parts = [r"(?P<decimal>\d+[.,]\d+)"]
    if unit := _units(item):
        scale = rf"(?:out of|/|von|sur|de|of)\s*{len(item.options)}(?:\s*{unit})?"
        between = r"\s*(?:-|–|~|to|or|and|bis|oder|und|à|ou|et|a|o|y|到|至|或)\s*"
        parts.append(rf"(?P<range>{_NUMBER}(?:\s*{unit})?{between}\d+[\s-]*{unit})")
        parts.append(rf"(?P<amount>{_NUMBER})(?:[\s-]*{unit}|\s*{scale})")
    longest_first = sorted(range(len(item.options)), key=lambda i: -len(item.options[i]))
    parts += [
        f"(?P<option{i}>{_literal(item.options[i])})"
        for i in longest_first
        if item.options[i].strip(_EDGES)
    ]
    symbols = "|".join(_literal(s, exact=False) for s in sorted(item.symbols, key=len)[::-1])
    parts.append(rf"(?P<symbol>{_UNJOINED_BEFORE}(?:{symbols}){_UNJOINED_AFTER})")
    return re.compile("|".join(parts), re.IGNORECASE)


@cache
def _words() -> re.Pattern[str]:
    """Pattern of everything else."""
    words = "|".join(map(_literal, sorted(_ROLES, key=len, reverse=True)))
    other = rf"(?P<negated>\w+n't)|(?P<other>[{_CJK}]|[^\W{_CJK}]+)|(?P<sign>\S|\n)|(?P<space>\s)"
    return re.compile(rf"(?P<word>{words})|{other}", re.IGNORECASE)


def _units(item: Item) -> str:
    """Pattern of the unit that all options count, as stars; empty where they count nothing."""
    found = [_UNIT.fullmatch(option) for option in item.options]
    if not all(found):
        return ""
    stems = sorted({match[2].strip().rstrip("sen") for match in found if match})
    ending = r"\w{0,3}" if stems[0].isascii() or "é" in stems[0] else ""
    return f"(?:{'|'.join(map(re.escape, stems))}){ending}"


def _literal(text: str, *, exact: bool | None = None) -> str:
    """Pattern of a text; letters of an alphabet do not run on before and behind it."""
    bare = text.strip(_EDGES) or text
    pattern = r"\s+".join(map(re.escape, bare.split()))
    before = "" if _is_cjk(bare[0]) or not bare[0].isalnum() else _BEFORE
    after = "" if _is_cjk(bare[-1]) or not bare[-1].isalnum() else _AFTER
    exact = len(bare) <= _SHORT and bare.isupper() if exact is None else exact
    return f"{before}{f'(?-i:{pattern})' if exact else pattern}{after}"


def _is_cjk(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff"


def marks(text: str, item: Item) -> Iterator[Mark]:
    """Marks of a text, in their order."""
    mentions, words = _mentions(item), _words()
    place = 0
    while place < len(text):
        match = mentions.match(text, place) or words.match(text, place)
        assert match is not None
        place = match.end()
        if match.lastgroup != "space":
            yield _mark(match, item)


def _mark(match: re.Match[str], item: Item) -> Mark:
    kind, found = str(match.lastgroup), match[0]
    if kind.startswith("option"):
        return Mark(Role.OPTION, found, frozenset({int(kind.removeprefix("option"))}))
    if kind == "range":
        return Mark(Role.OPTION, found, frozenset(range(len(item.options))))
    if kind == "word":
        return Mark(_ROLES[" ".join(found.lower().split())], found)
    if kind == "negated":
        return Mark(Role.NEGATOR, found)
    if kind == "sign":
        return Mark(SIGNS.get(found, Role.JOIN if found in "/&" else Role.OTHER), found)
    return {"symbol": _symbol, "amount": _amount}.get(kind, _number)(match, item)


def _symbol(match: re.Match[str], item: Item) -> Mark:
    found = match[0]
    is_loose = len(found) == 1 and found.isalpha() and found not in item.symbols
    return Mark(Role.OPTION, found, frozenset({item.symbol(found)}), True, is_loose)


def _amount(match: re.Match[str], item: Item) -> Mark:
    index = _amounts(item).get(match["amount"])
    return Mark(Role.OTHER, match[0]) if index is None else Mark(Role.OPTION, match[0], index)


def _number(match: re.Match[str], item: Item) -> Mark:
    index = _amounts(item).get(match[0]) if _units(item) else None
    if index is None:
        return Mark(Role.OTHER, match[0])
    return Mark(Role.OPTION, match[0], index, is_loose=True)


@lru_cache(512)
def _amounts(item: Item) -> dict[str, frozenset[int]]:
    found = [_UNIT.fullmatch(option) for option in item.options]
    return {match[1]: frozenset({i}) for i, match in enumerate(found) if match}


def sentences(found: Sequence[Mark]) -> Iterator[list[Mark]]:
    """Marks by sentence; each ends in its stop, question mark or end of line, if it has one."""
    sentence: list[Mark] = []
    for place, mark in enumerate(found):
        following = found[place + 1] if place + 1 < len(found) else mark
        is_text = following.role is Role.OPTION and not following.is_symbol
        labels = bool(sentence) and sentence[-1].is_symbol and is_text
        is_label = mark.role is Role.STOP and labels
        sentence.append(Mark(Role.COLON, mark.text) if is_label else mark)  # "B. Sports"
        if sentence[-1].role in (Role.STOP, Role.QUESTION, Role.LINE):
            yield sentence
            sentence = []
    if sentence:
        yield sentence
