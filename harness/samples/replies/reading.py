"""Which option a reply names: the last of what it concludes, or the firmest of what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from harness.samples.replies.channels import marked_answers, plain, spoken
from harness.samples.replies.claims import EXPLICIT, Claim, Retraction, read_sentence
from harness.samples.replies.lexing import Item, marks, sentences

VERSION = 2
"""Version of the rules, which results carry: another version may read other answers."""

_EDGES = " \t\n\"'“”„«»()[]{}<>.,:;!?。*`#-"
_RECOGNISABLE = 15
"""Characters from which on the beginning of an option that was cut off counts as the option."""


def read_reply(reply: str | None, symbols: Sequence[str], options: Sequence[str]) -> int | None:
    """Index of the option that a reply names; None where it names none, or not one alone.

    Parameters
    ----------
    reply
        What the model generated; None, which some backends give, names nothing.
    symbols
        Answer symbols, in the order of the options.
    options
        Texts of the options.
    """
    if reply is None:
        return None
    item = Item(tuple(map(plain, symbols)), tuple(map(plain, options)))
    text = spoken(reply)
    for passage in (*marked_answers(text), text):
        found = _read(plain(passage), item)
        if found is not None:
            return found
    return None


def _read(text: str, item: Item) -> int | None:
    whole = _whole(text, item)
    return whole if whole is not None else _decide(_claims(text, item))


def _whole(text: str, item: Item) -> int | None:
    """Option that the first line consists of, or begins with the same words as."""
    lines = [line for line in (line.strip(_EDGES) for line in text.split("\n")) if line]
    texts = [option.strip(_EDGES) for option in item.options]
    line = lines[0] if lines else ""
    if any(later in texts for later in lines[1:]):
        return None
    found = [i for i, option in enumerate(texts) if option == line]
    if not found and len(line) >= _RECOGNISABLE:
        found = [i for i, option in enumerate(texts) if option.startswith(line)]
    return found[0] if len(found) == 1 else None


def _claims(text: str, item: Item) -> list[Claim]:
    """Claims of the first part of a text that has any; lists of the options part it.

    A list before an answer repeats the question, and one after it begins another question.
    """
    place = 0
    for start, end in _lists(text, item):
        if found := _standing(text[place:start], item):
            return found
        place = end
    return _standing(text[place:], item)


def _lists(text: str, item: Item) -> Iterator[tuple[int, int]]:
    """Where options are listed: entries that begin with the first symbol, the second, and so on."""
    symbols = "|".join(map(re.escape, item.symbols))
    lead = rf"(?:\A|\n|(?<=[.;!?]) )[\t >*#(\[-]*({symbols})\**[.):、]\**(?=\s|\Z)"
    entries: list[re.Match[str]] = []
    for entry in [*re.finditer(lead, text), None]:
        index = None if entry is None else item.symbols.index(entry[1])
        if entry is None or index != len(entries):
            if len(entries) > 1:
                line_end = text.find("\n", entries[-1].end())
                yield entries[0].start(), len(text) if line_end < 0 else line_end
            entries = []
        if entry is not None and index == len(entries):
            entries.append(entry)


def _standing(text: str, item: Item) -> list[Claim]:
    """Claims that were not taken back."""
    claims: list[Claim] = []
    for sentence in sentences(list(marks(text, item))):
        for said in read_sentence(sentence):
            if isinstance(said, Retraction):
                claims.clear()
            else:
                claims.append(said)
    return claims


def _decide(claims: Sequence[Claim]) -> int | None:
    positive = [claim for claim in claims if not claim.is_negated]
    if not positive:
        return None
    concluded = [c.options for c in positive if c.is_final and c.level == EXPLICIT]
    level = max(claim.level for claim in positive)
    firmest = [claim.options for claim in positive if claim.level == level]
    # "The options are A and B. I choose B": what names one option goes before what names several.
    single = [options for options in firmest if len(options) == 1] or firmest
    chosen = concluded[-1] if concluded else frozenset().union(*single)
    denied = any(claim.is_negated and claim.options == chosen for claim in claims)
    return next(iter(chosen)) if len(chosen) == 1 and not denied else None
