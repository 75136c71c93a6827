"""Questions about the tags of a treebank's words: the core of `postag` and `mpostag`.

A sentence is read as it is written: the form of a multiword token (French `du`, English `don't`)
stands for its syntactic parts (`de` and `le`, `do` and `n't`). Neither has a question: the token
has no tag of its own, and the parts are no tokens of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from builders.builder import Draft, Dropped
from builders.making.distractors import draw_evenly
from builders.reading.formats import Columns
from builders.reading.upstream import UpstreamRow
from mceval8k.item import normalise

COLUMNS: Columns = {"sent_id": str, "text": str, "ids": [str], "forms": [str], "upos": [str]}
"""What is read of a treebank."""


class Word(NamedTuple):
    """A token of the text."""

    form: str
    tag: str
    """Universal POS tag; empty for a multiword token."""


def tokens(row: UpstreamRow) -> list[Word]:
    """Tokens of a sentence as it is written, without parts of multiword tokens and empty nodes."""
    found: list[Word] = []
    last_part = 0
    for id_, form, tag in zip(row["ids"], row["forms"], row["upos"], strict=True):
        if "-" in id_:
            last_part = int(id_.partition("-")[2])
            found.append(Word(form, ""))
        elif "." not in id_ and int(id_) > last_part:
            found.append(Word(form, tag))
    return found


def targets(
    text: str, words: Sequence[Word], tags: Sequence[str], *, spaced: bool
) -> Iterator[Word | Dropped]:
    """Words of a sentence that can have a question; why not, for each of the others.

    Parameters
    ----------
    text, words
        The sentence and its tokens.
    tags
        Tags that have questions.
    spaced
        Whether the language has spaces between words. Where it has none, a word that stands within
        another has no question: nobody could tell which is meant.
    """
    text = normalise(text)
    counts = Counter(normalise(word.form) for word in words)
    for word in words:
        form = normalise(word.form)
        if fault := _fault(word, tags):
            yield Dropped(fault)
        elif max(counts[form], (times := occurrences(form, text, spaced=spaced))) > 1:
            yield Dropped("repeated-word")
        else:
            yield word if times else Dropped("not-in-text")


def _fault(word: Word, tags: Sequence[str]) -> str | None:
    if not word.tag:
        return "multiword-token"
    if word.tag not in tags:
        return "other-tag"
    return None if all(c.isalpha() or c in "'’-." for c in word.form) else "not-in-letters"


def occurrences(form: str, text: str, *, spaced: bool) -> int:
    """How often a form stands in a text, as a whole word where words have spaces between them."""
    found, start = 0, text.find(form)
    while start >= 0:
        end = start + len(form)
        before, after = text[max(0, start - 1) : start + 1], text[end - 1 : end + 1]
        found += not spaced or not (_is_joined(before) or _is_joined(after))
        start = text.find(form, end)
    return found


def _is_joined(characters: str) -> bool:
    """Whether these are two letters or digits, with nothing between them."""
    return len(characters) == 2 and characters.isalnum()


def questions(
    row: UpstreamRow, tags: Sequence[str], seed: int, *, lang: str
) -> Iterator[tuple[Word, Draft] | Dropped]:
    """Draft a question for each word of a sentence that can have one.

    Parameters
    ----------
    row
        The sentence.
    tags
        Tags that have questions; distractors are drawn among them, all equally likely.
    seed
        Seed of the draw.
    lang
        Language of the sentence; only Chinese has no spaces between words.
    """
    text, words = row["text"].strip(), tokens(row)
    for word in targets(text, words, tags, spaced=lang != "zh"):
        if isinstance(word, Dropped):
            yield word
            continue
        key = "\0".join((text, word.form))
        raw = {
            "text": text,
            "tokens": [each.form for each in words],
            "target_token": word.form,
            "options": [word.tag, *draw_evenly(tags, 3, beside=word.tag, seed=seed, key=key)],
            "label": 0,
            "lang": lang,
        }
        yield word, Draft(raw, row)
