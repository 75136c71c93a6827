"""Facts in several languages: what upstream says of relations, subjects, objects and labels."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from mceval8k.text import normalise


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
    def golds(self) -> Mapping[tuple[str, str], set[str]]:
        """Right objects of each relation and subject."""
        found = defaultdict(set)
        for statement in self.statements:
            found[statement.relation, statement.subject].add(statement.object)
        return dict(found)

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
        return any(labels[lang, first] == labels[lang, second] for lang in languages)

    def stands_in(self, uri: str, texts: Mapping[str, str]) -> bool:
        """Whether an object's label stands in a text of its language; texts are normalised."""
        return any(
            mentions(text, self._normalised[lang, uri], words=lang != "zh")
            for lang, text in texts.items()
        )


def mentions(text: str, label: str, *, words: bool) -> bool:
    """Whether a text holds a label; as whole words in languages that have spaces between them."""
    if label not in text or not words:
        return label in text
    return re.search(rf"(?<!\w){re.escape(label)}(?!\w)", text) is not None
