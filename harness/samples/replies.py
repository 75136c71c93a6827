"""Which option a generated reply names: the symbol, or the option's own text, or nothing sure.

A reply is looked at in four ways, one after the other: it is nothing but an answer ("B", "**(b)**",
"World"); it begins with a symbol ("B. World", "B because …"); it says what the answer is ("The
answer is B", "答案：B"); it marks one symbol ("I think (B) fits"); it names one option in running
text. The first way that finds anything decides, first for the reply's first line, then for all of
it. Two answers, a negated one ("not World"), a symbol beside another option's text, or none at all
are unreadable: nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

Found = list[int | None]
"""Options that were found; None for a mention that rules itself out."""

_THOUGHT = re.compile(r"<think>.*?(</think>|\Z)|\A.*</think>", re.DOTALL)
_END = re.compile(r"</s>|<\|(?:im_end|eot_id|endoftext|end)\|>")
_LATEX = re.compile(r"\\(?:boxed|text|mathbf|textbf)\{([^{}]*)\}")
_EMPHASIS = re.compile(r"[*`_$#>]+")
_EDGES = " \t\n\"'“”„«»‘’「」『』【】()[]{}<>.,:;!?。、·-–—*`_$#"

_BEFORE = r"(?<![0-9A-Za-zÀ-ɏ])"
_AFTER = r"(?![0-9A-Za-zÀ-ɏ])"
_OPEN = r"[\s(\[{<\"'“„«「『【#-]*"
_REASON = "because|since|as|car|parce|puisque|weil|denn|da|porque|ya que|pues"
# A symbol can also be a word of the text, as "A" is, so what comes behind it must end it.
_ENDED = rf"(?=\s*(?:\Z|[\n.,:;!?)\]}}>\"'”»」』】=–—]|-\s|(?:{_REASON})\b|[\u3000-\u9fff(]))"
_JOINED = r"\s*(?:,|/|&|\b(?:or|and|ou|et|oder|und|o|y)\b|或|和|、)\s*"
_KEY = (
    "answer|option|choice|choose|select|pick|réponse|choix|choisis|antwort|lösung|wähle|"
    "respuesta|opción|elijo|答案|选项|选择|应选|选|回答"
)
_FILLER = (
    "is|was|would|should|must|be|the|to|this|question|correct|right|best|option|answer|letter|"
    "number|word|symbol|choice|est|la|le|bonne|correcte|lettre|numéro|mot|ist|lautet|die|der|das|"
    "richtige|antwort|buchstabe|nummer|wort|es|sería|opción|correcta|letra|número|palabra|"
    "是|为|应为|应该|选项|选|第|因此|项"
)
_STATEMENT = rf"(?:{_KEY})[\s:=,–—-]*(?:(?:{_FILLER})[\s:=,–—-]*){{0,6}}{_OPEN}"
_NEGATION = re.compile(
    r"(?:\b(?:not|no|never|neither|nor|nicht|kein|keine|pas|ni)|n't|不是|并非|不|没有|非)"
    r"(?:\s+\w+){0,2}\s*\Z"
)
_NEGATORS = frozenset({"no", "non", "nein", "不", "否"})
_SHORT = 3
_RECOGNISABLE = 15


@dataclass(frozen=True)
class _Choices:
    """Symbols and options of an item, normalised."""

    symbols: tuple[str, ...]
    options: tuple[str, ...]

    @property
    def symbol(self) -> str:
        """Pattern of any symbol."""
        longest_first = sorted(self.symbols, key=len, reverse=True)
        return rf"(?P<symbol>{'|'.join(map(re.escape, longest_first))})"

    def index(self, symbol: str) -> int:
        """Option of a symbol as it stands in the reply."""
        folded = [known.casefold() for known in self.symbols]
        same_case = symbol in self.symbols
        return self.symbols.index(symbol) if same_case else folded.index(symbol.casefold())


def read_reply(reply: str, symbols: Sequence[str], options: Sequence[str]) -> int | None:
    """Index of the option that a reply names; None where that cannot be read.

    Parameters
    ----------
    reply
        What the model generated.
    symbols
        Answer symbols, in the order of the options.
    options
        Texts of the options.
    """
    choices = _Choices(tuple(map(_normal, symbols)), tuple(map(_normal, options)))
    lines = [line for line in _clean(reply).split("\n") if line.strip()]
    lines = _without_list(lines, choices)
    for passage in ("\n".join(lines[:1]), "\n".join(lines)):
        for find in _WAYS:
            if found := set(find(passage, choices)):
                return found.pop() if len(found) == 1 else None
    return None


def _normal(text: str) -> str:
    """Text with full-width letters and punctuation as plain ones, and single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _clean(reply: str) -> str:
    text = unicodedata.normalize("NFKC", _END.sub("\n", _THOUGHT.sub("", reply)))
    return "\n".join(" ".join(_LATEX.sub(r"(\1)", line).split()) for line in text.split("\n"))


def _without_list(lines: list[str], choices: _Choices) -> list[str]:
    """Lines after a list of the options at the start, which answers nothing."""
    leads = [_leading(line, choices) for line in lines]
    length = next((i for i, lead in enumerate(leads) if not lead), len(lines))
    distinct = {index for lead in leads[:length] for index in lead}
    return lines[length:] if len(distinct) > 1 else lines


def _alone(passage: str, choices: _Choices) -> Found:
    """Nothing but a symbol or an option, or the beginning of an option that was cut off."""
    bare = passage.strip(_EDGES)
    if not bare:
        return []
    for known in (choices.symbols, choices.options):
        exact = [i for i, text in enumerate(known) if text.strip(_EDGES) == bare]
        folded = [
            i for i, text in enumerate(known) if text.strip(_EDGES).casefold() == bare.casefold()
        ]
        if found := exact or folded:
            return list(found)
    if len(bare) < _RECOGNISABLE:
        return []
    return [i for i, text in enumerate(choices.options) if text.startswith(bare)]


def _leading(passage: str, choices: _Choices) -> Found:
    """A symbol at the start."""
    return _symbols_after(rf"\A{_OPEN}", _EMPHASIS.sub("", passage), choices)


def _stated(passage: str, choices: _Choices) -> Found:
    """A symbol after words such as "the answer is"."""
    return _symbols_after(_STATEMENT, _EMPHASIS.sub("", passage), choices)


def _marked(passage: str, choices: _Choices) -> Found:
    """A symbol in brackets, quotation marks or emphasis."""
    pattern = (
        rf"(?:[(\[{{<\"'“„«「『【]|\*+|`+)\s*{choices.symbol}\s*(?:[)\]}}>\"'”»」』】]|\*+|`+)"
    )
    return [choices.index(match["symbol"]) for match in re.finditer(pattern, passage)]


def _symbols_after(start: str, passage: str, choices: _Choices) -> Found:
    pattern = _compiled(rf"{start}{_BEFORE}{choices.symbol}(?:{_ENDED}|(?P<text>\s+))")
    found: Found = []
    for match in pattern.finditer(passage):
        index = choices.index(match["symbol"])
        rest = passage[match.end("symbol") :].strip(_EDGES).casefold()
        named = _beginning(rest, choices)
        if match["text"] and named is None:
            continue
        found.append(index if named in (None, index) else None)
        found += _joined(passage[match.end("symbol") :], choices)
    return found


def _beginning(rest: str, choices: _Choices) -> int | None:
    """Option whose text a passage begins with, the longest one."""
    beginnings = [
        (len(text), i)
        for i, text in enumerate(choices.options)
        if re.match(re.escape(text.casefold()) + _AFTER, rest)
    ]
    return max(beginnings)[1] if beginnings else None


def _joined(rest: str, choices: _Choices) -> Found:
    """Further symbols in "B or C"."""
    pattern = _compiled(rf"[)\].]?{_JOINED}{_OPEN}{_BEFORE}{choices.symbol}{_ENDED}")
    match = pattern.match(rest)
    return [choices.index(match["symbol"])] if match else []


def _named(passage: str, choices: _Choices) -> Found:
    """Options, or symbols that are words, in running text; a longer text hides shorter ones."""
    text = _EMPHASIS.sub("", passage)
    names = [(name, i) for i, name in enumerate(choices.options) if name]
    names += [(name, i) for i, name in enumerate(choices.symbols) if len(name) > 1]
    found: Found = []
    for name, index in sorted(names, key=lambda pair: -len(pair[0])):
        for match in _mention(name).finditer(text):
            negated = _NEGATION.search(text[: match.start()].casefold())
            found.append(None if negated else index)
        text = _mention(name).sub(lambda match: "\0" * len(match[0]), text)
    return found


@lru_cache(1024)
def _mention(name: str) -> re.Pattern[str]:
    """Pattern of an option's name; short ones only as they are written, "no" only by itself."""
    behind = _ENDED if name.casefold() in _NEGATORS else _AFTER
    flags = re.RegexFlag(0) if len(name) <= _SHORT else re.IGNORECASE
    return re.compile(_BEFORE + re.escape(name) + behind, flags)


@lru_cache(1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_WAYS: tuple[Callable[[str, _Choices], Found], ...] = (_alone, _leading, _stated, _marked, _named)
