"""Star rating of a product review, from Amazon Reviews 2023.

Source: `McAuley-Lab/Amazon-Reviews-2023`, raw reviews: every `amazon-reviews-2023/<Category>.jsonl`
that is there. Licence: none stated.

What is done: the text is the body of a review of more than 100 characters, as in the released
edition; `<br />` becomes a line feed and entities their characters. The title is left out: many are
"Five Stars". Of each category and number of stars at most 2,000 different texts stay, drawn by a
hash of the text, so that the categories weigh the same as far as they can and memory does not grow
with the size of the files; the five ratings are drawn equally often. A user's reviews are one
group: some post one text, slightly changed, for many products.

What differs from the released edition:

- A review that names its stars ("four stars", "1/5") is dropped: it can be copied, not judged.
- Markup is cleaned; a review with other markup, or with a marker of Amazon's own for videos and
  products (`[[VIDEOID:…]]`), is dropped.
- A text that several users posted is dropped; one that a user posted twice is there once, or with
  different stars not at all.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.making.hashing import rank
from builders.making.ratings import names_stars
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.item import normalise
from mceval8k.tasks.classification.amazon_reviews import TASK

SHORTEST = 101
KEPT = 2000
"""Different texts of a category and number of stars that are kept."""

_MARKER = re.compile(r"\[\[[A-Z]+:")


@dataclass
class _Cell:
    """Reviews of a category and number of stars: those whose texts have the lowest ranks."""

    drafts: dict[bytes, list[Draft]] = field(default_factory=dict)
    spare: int = 0

    def add(self, place: bytes, draft: Draft) -> None:
        self.drafts.setdefault(place, []).append(draft)
        if len(self.drafts) >= 2 * KEPT:
            self.prune()

    def prune(self) -> None:
        for place in sorted(self.drafts)[KEPT:]:
            self.spare += len(self.drafts.pop(place))


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each review that is drawn from its category."""
    cells: dict[tuple[str, float], _Cell] = defaultdict(_Cell)
    for row in rows:
        text = row["text"].strip()
        if fault := _fault(text):
            yield Dropped(fault)
        else:
            category = row.source_id.rpartition(":")[0]
            found = Draft({"text": text, "label": row["rating"]}, row)
            place = rank(seed, "review", normalise(text))
            cells[category, row["rating"]].add(place, found)
    drafts: list[Draft] = []
    for cell in cells.values():
        cell.prune()
        drafts += chain.from_iterable(cell.drafts.values())
        yield from [Dropped("over-quota")] * cell.spare
    yield from _candidates(drafts)


def _fault(text: str) -> str | None:
    if len(text) < SHORTEST:
        return "too-short"
    if _MARKER.search(text):
        return "broken-field"
    return "stars-in-text" if names_stars(text) else None


def _candidates(drafts: list[Draft]) -> Iterator[Candidate | Dropped]:
    """Candidates of texts that one user alone posted."""
    texts = [normalise(draft.raw["text"]) for draft in drafts]
    users = [draft.row["user_id"] for draft in drafts]
    posters = Counter(text for text, _ in set(zip(texts, users, strict=True)))
    keys = [(f"text: {text}", f"user: {user}") for text, user in zip(texts, users, strict=True)]
    for draft, text, group in zip(drafts, texts, components(keys), strict=True):
        if posters[text] > 1:
            yield Dropped("copied-text")
        else:
            yield Candidate((draft,), group=group, stratum=str(draft.raw["label"]))


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("*",),
            columns={"rating": float, "text": str, "user_id": str},
            files="amazon-reviews-2023/{split}.jsonl",
        ),
    ),
    draft=draft,
    strata=("1.0", "2.0", "3.0", "4.0", "5.0"),
    notes=__doc__,
)
