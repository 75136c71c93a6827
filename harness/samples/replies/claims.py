"""What a sentence claims of the options that it mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.samples.replies.lexing import Mark
from harness.samples.replies.vocabulary import AFFIRMATIVE, Role

EXPLICIT = 3
"""It is said that an option is the answer: "The answer is B", "B is correct", "So: B"."""
ALONE = 2
"""A clause is nothing but the option: "B." or "…: Sports"."""
SAID = 1
"""An option is said of something, or stands out: "It is about sports", "**B** would fit"."""

_STOPS = frozenset({Role.STOP, Role.QUESTION, Role.LINE})
_BETWEEN = frozenset({Role.OPEN, Role.COMMA, Role.JOIN, Role.DASH, Role.COLON})
_CLAUSE_ENDS = _STOPS | {Role.COMMA, Role.BOUNDARY}
_PASSED = frozenset({Role.FILLER, Role.OPEN, Role.GOOD, Role.FINAL, Role.NOUN})
_CUES = frozenset({Role.ANSWER, Role.COPULA, Role.CHOOSE, Role.FITS})
_MOST = 30
"""Mentions in a clause; one with more says nothing of any."""
_TELLING = 15
"""Characters of an option that is not met by accident."""
_LONGEST = 8
"""Characters before an option that Chinese says without a verb: 两者互相矛盾."""


@dataclass(frozen=True)
class Claim:
    """What is said of one option, or left open between several."""

    options: frozenset[int]
    level: int
    is_negated: bool = False
    is_final: bool = False
    """Whether a word such as "therefore" makes it the conclusion."""


@dataclass(frozen=True)
class Retraction:
    """What was said before it is taken back."""


def read_sentence(sentence: Sequence[Mark]) -> Iterator[Claim | Retraction]:
    """Claims and retractions of a sentence, in their order."""
    is_question = any(mark.role is Role.QUESTION for mark in sentence)
    is_final = False
    for number, clause in enumerate(_clauses(_merged(sentence))):
        if number == 0 and _is_no(clause):
            yield Retraction()
        is_final |= any(mark.role is Role.FINAL for mark in clause)
        if sum(mark.role is Role.OPTION for mark in clause) > _MOST:
            continue
        for place, mark in enumerate(clause):
            if mark.role is Role.RETRACT:
                yield Retraction()
            elif mark.role is Role.OPTION and not is_question:
                yield from _claim(clause, place, is_final=is_final)


def _merged(sentence: Sequence[Mark]) -> list[Mark]:
    """Marks in which mentions side by side are one: "B. Sports" says B, "A or B" leaves it open."""
    merged: list[Mark] = []
    between: list[Mark] = []
    for mark in sentence:
        beside = bool(merged) and merged[-1].role is Role.OPTION
        if beside and not between and _is_article(merged[-1], mark):
            merged[-1] = mark
        elif beside and mark.role is Role.OPTION and _are_one(merged[-1], between, mark):
            first = merged.pop()
            mark = Mark(  # noqa: PLW2901
                Role.OPTION,
                first.text,
                first.options | mark.options,
                first.is_symbol or mark.is_symbol,
                first.is_loose and mark.is_loose,
            )
            between = [sign for sign in between[:1] if sign.role is Role.OPEN]
            merged.append(mark)
        elif beside and mark.role in _BETWEEN:
            between.append(mark)
        else:
            merged += [*between, mark]
            between = []
    return merged + between


def _is_article(first: Mark, second: Mark) -> bool:
    """Whether an A is the word before another option: "A positive review"."""
    is_text = second.role is Role.OPTION and not second.is_symbol
    return is_text and first.text.lower() == "a" and first.options != second.options


def _is_before_praise(mention: Mark, after: Sequence[Mark]) -> bool:
    """Whether an A is the word before praise of something else: "A very good product"."""
    words = [mark.role for mark in after]
    while words[:1] == [Role.FILLER]:
        words.pop(0)
    is_praise = words[:1] in ([Role.GOOD], [Role.BAD])
    of_something = words[1:2] and words[1] in {Role.NOUN, Role.OTHER, Role.ANSWER, Role.FILLER}
    return mention.text.lower() == "a" and is_praise and bool(of_something)


def _are_one(first: Mark, between: Sequence[Mark], second: Mark) -> bool:
    if second.is_loose:
        return any(mark.role in (Role.JOIN, Role.DASH) for mark in between)
    return bool(between) or not first.is_loose


def _clauses(sentence: Iterable[Mark]) -> Iterator[list[Mark]]:
    clause: list[Mark] = []
    for mark in sentence:
        if mark.role in _CLAUSE_ENDS:
            yield clause
            clause = []
        else:
            clause.append(mark)
    yield clause


def _is_no(clause: Sequence[Mark]) -> bool:
    """Whether a clause says no and nothing else."""
    words = [mark for mark in clause if mark.role is not Role.OPEN]
    return len(words) == 1 and words[0].role is Role.NEGATOR


def _claim(clause: Sequence[Mark], place: int, *, is_final: bool) -> Iterator[Claim]:
    mention = clause[place]
    before, after = clause[:place], clause[place + 1 :]
    if any(mark.role is Role.HEDGE for mark in clause) or _is_before_praise(mention, after):
        return
    level = _level(mention, before, after)
    if level:
        rejected = any(mark.role in (Role.NEGATOR, Role.BAD) for mark in after)
        negated = any(mark.role in (Role.NEGATOR, Role.BAD) for mark in before)
        yield Claim(mention.options, level, negated or rejected, is_final)


def _level(mention: Mark, before: Sequence[Mark], after: Sequence[Mark]) -> int:
    """How firmly a clause says that a mention is the answer; 0 where it does not."""
    cue, concluded = _cue(before)
    role = cue.role if cue is not None else None
    if mention.is_loose:
        return _level_of_loose(before, after, announced=concluded or role in _CUES)
    if _ends(after) or _stands_out(before, after):
        if concluded:
            return EXPLICIT
        announced = any(mark.role is Role.ANSWER for mark in before)
        return _level_at_end(mention, before, after, role, announced=announced)
    if role is None and mention.text.casefold() in AFFIRMATIVE:
        return ALONE
    return EXPLICIT if role in (None, Role.FITS) and _is_praised(after) else 0


def _level_of_loose(before: Sequence[Mark], after: Sequence[Mark], *, announced: bool) -> int:
    """Level of what may be a word of the text: it must be announced, or all that is said."""
    if not _ends(after):
        return 0
    is_first = all(mark.role is Role.OPEN for mark in before)
    return EXPLICIT if announced else ALONE if is_first else 0


def _level_at_end(
    mention: Mark,
    before: Sequence[Mark],
    after: Sequence[Mark],
    cue: Role | None,
    *,
    announced: bool,
) -> int:
    """Level of a mention that ends its clause, or stands out in it."""
    if cue in _CUES:
        return EXPLICIT if mention.is_symbol or announced else SAID
    if cue is Role.COLON:
        return EXPLICIT if announced else ALONE
    if cue is None and _ends(after):
        return ALONE
    if _stands_out(before, after) or len(mention.text) >= _TELLING:
        return SAID
    return SAID if not mention.is_symbol and _is_predicate(before) else 0


def _cue(before: Sequence[Mark]) -> tuple[Mark | None, bool]:
    """Mark that introduces a mention, and whether a conclusion stands between.

    The mark is None where only words that may be passed stand before the mention.
    """
    concluded = False
    for mark in reversed(before):
        concluded |= mark.role is Role.FINAL
        if mark.role not in _PASSED and not mark.is_loose:
            return mark, concluded
    return None, concluded


def _ends(after: Sequence[Mark]) -> bool:
    """Whether nothing of weight follows in the clause."""
    rest = [mark for mark in after if mark.role not in (Role.OPEN, Role.NOUN, Role.GOOD)]
    return not rest or rest[0].role in (Role.COLON, Role.DASH, Role.CHOOSE, Role.FINAL)


def _stands_out(before: Sequence[Mark], after: Sequence[Mark]) -> bool:
    """Whether a mention stands in brackets, quotation marks or emphasis."""
    return bool(before and after) and before[-1].role is after[0].role is Role.OPEN


def _is_predicate(before: Sequence[Mark]) -> bool:
    """Whether a verb stands before a mention, one other word at most between them."""
    words = [mark for mark in before if mark.role not in _PASSED and not mark.is_loose]
    if any(mark.role in _CUES for mark in words[-2:]):
        return True
    is_chinese = all("\u3400" <= mark.text[0] <= "\u9fff" for mark in before)
    return is_chinese and len(before) <= _LONGEST


def _is_praised(after: Sequence[Mark]) -> bool:
    """Whether "is correct", "fits best" and the like follow, also if negated."""
    skipped = {Role.OPEN, Role.FILLER, Role.NEGATOR, Role.COPULA, Role.NOUN, Role.COLON}
    words = [mark.role for mark in after if mark.role is not Role.OPEN]
    praise = next((role for role in words if role not in skipped), None)
    starts = bool(words) and words[0] in {Role.COPULA, Role.FITS, Role.FILLER, Role.NEGATOR}
    said = praise in {Role.GOOD, Role.BAD, Role.FITS, Role.ANSWER}
    return said and (starts or words[0] in {Role.GOOD, Role.BAD})
