"""Facts in several languages: what upstream says of relations, subjects, objects and labels."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mceval8k.text import normalise

OPEN_RELATIONS = frozenset({"P190", "P530"})
"""Twinned towns and diplomatic relations: of any towns or countries, most pairs are true, and the
data lists few of them. No wrong option can be drawn."""

_SYMMETRIC = ("P47", "P190", "P530")
_INVERSES = {"P36": "P1376", "P1376": "P36", "P361": "P527", "P527": "P361"}
_BACKWARDS = {**{relation: relation for relation in _SYMMETRIC}, **_INVERSES}
"""Relation that holds from the object to the subject."""
_SAME = {
    **dict.fromkeys(("P17", "P30", "P131", "P276"), "is located in"),
    **dict.fromkeys(("P19", "place_of_birth"), "was born in"),
    **dict.fromkeys(("P20", "place_of_death"), "died in"),
}
"""Relations that are worded alike."""
_TRANSITIVE = frozenset({"is located in", "P279", "P361", "P527"})


_SPACED_STOP = re.compile(r"\s+(?=[.,](?:\s|$))")


class Statement(NamedTuple):
    """A fact as one language states it."""

    relation: str
    subject: str
    object: str
    label: str
    """Label of the object."""
    lang: str


@dataclass(frozen=True)
class Knowledge:
    """All statements together."""

    statements: tuple[Statement, ...]

    @cached_property
    def _stated(self) -> Mapping[tuple[str, str], set[str]]:
        """By wording and subject: right objects, also of statements read backwards."""
        found = defaultdict(set)
        for relation, subject, object_, *_ in self.statements:
            found[_wording(relation), subject].add(object_)
            if back := _BACKWARDS.get(relation):
                found[_wording(back), object_].add(subject)
        return dict(found)

    def golds(self, relation: str, subject: str) -> set[str]:
        """Right objects of a relation and subject, as far as they follow from what is stated.

        Symmetric and inverse relations are read both ways, relations that are
        worded alike are one, and parts of parts are parts.
        """
        wording = _wording(relation)
        found, new = set[str](), {subject}
        while new:
            new = set().union(*(self._stated.get((wording, each), ()) for each in new)) - found
            found |= new
            if wording not in _TRANSITIVE:
                break
        return found

    @cached_property
    def labels(self) -> Mapping[tuple[str, str], str]:
        """By language and object: the label that is used most often, the first of equals."""
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for statement in self.statements:
            counts[statement.lang, statement.object][statement.label] += 1
        return {
            key: min(count, key=lambda label: (-count[label], label))
            for key, count in counts.items()
        }

    @cached_property
    def _normalised(self) -> Mapping[tuple[str, str], str]:
        return {key: normalise(label) for key, label in self.labels.items()}

    def have_one_label(self, first: str, second: str, languages: Iterable[str]) -> bool:
        """Whether two objects have the same label in one of the languages."""
        labels = self._normalised
        pairs = ((labels.get((lang, first)), labels.get((lang, second))) for lang in languages)
        return any(one is not None and one == other for one, other in pairs)

    def stands_in(self, uri: str, texts: Mapping[str, str]) -> bool:
        """Whether an object's label stands in a text of its language; texts are normalised."""
        return any(
            mentions(text, self._normalised[lang, uri], words=lang != "zh")
            for lang, text in texts.items()
        )


def _wording(relation: str) -> str:
    return _SAME.get(relation, relation)


def mentions(text: str, label: str, *, words: bool) -> bool:
    """Whether a text holds a label; as whole words in languages that have spaces between them."""
    if label not in text or not words:
        return label in text
    return re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text) is not None


def filled(template: str, subject: str) -> str:
    """Statement about a subject, without the space that templates have before their full stop."""
    return _SPACED_STOP.sub("", template.replace("[X]", subject.strip())).strip()
