"""Tokenised English as people write it: Penn escapes undone, white space where it belongs.

Whether there is a space between two tokens is decided from the two alone (and, for straight quotes,
from how many came before). So a phrase is a part of its sentence's text, whatever its boundaries.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ESCAPES = {
    **{"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"},
    **{"``": '"', "''": '"', "`": "'"},
}
_LEFT = re.compile(r"[,.;:?!%)\]}]+|''|'|/|n't|'(?:s|re|ve|ll|d|m)", re.IGNORECASE)
"""Tokens without a space before them."""
_RIGHT = re.compile(r"[(\[{#/]|``|`|.*\$")
"""Tokens without a space after them."""
_ONE_WORD = {"can not", "gon na", "got ta", "wan na", "gim me", "lem me"}
_CLAUSE_END = {",", ".", "?", "!"}


@dataclass(frozen=True)
class Written:
    """A sentence."""

    text: str
    """As people write it."""
    spans: tuple[tuple[int, int], ...]
    """Start and end of each token in the text."""

    def phrase(self, start: int, end: int) -> str:
        """Text of the tokens from `start` to before `end`."""
        return self.text[self.spans[start][0] : self.spans[end - 1][1]]


def written(tokens: Sequence[str]) -> Written:
    """Write out the tokens of a sentence."""
    plain = [bracket(token) for token in _directed(tokens)]
    text, spans = "", []
    for before, token in zip(["", *plain], plain, strict=False):
        if text and not _joined(before, token):
            text += " "
        form = _ESCAPES.get(token, token).replace("\\/", "/").replace("\\*", "*")
        spans.append((len(text), len(text) + len(form)))
        text += form
    return Written(text, tuple(spans))


def bracket(token: str) -> str:
    """Token, or the bracket that Penn's escape stands for."""
    return _ESCAPES[token] if token.startswith("-") and token in _ESCAPES else token


def _joined(before: str, token: str) -> bool:
    return bool(
        _RIGHT.fullmatch(before)
        or _LEFT.fullmatch(token)
        or f"{before} {token}".lower() in _ONE_WORD
    )


def _directed(tokens: Sequence[str]) -> list[str]:
    """Tokens with straight quotes as Penn writes them, opening and closing in turn.

    Of an odd number of them, one stands alone: at the end of a clause it closes.
    """
    lone = tokens.count('"') % 2 == 1
    is_open, directed = False, []
    for at, each in enumerate(tokens):
        if each != '"':
            directed.append(each)
            continue
        closes = is_open or (lone and at > 0 and tokens[at - 1] in _CLAUSE_END)
        lone &= is_open or not closes
        directed.append("''" if closes else "``")
        is_open = not closes
    return directed
