"""Fact checking of short claims, from FEVER.

Source: `fever/fever`, config `v1.0`, the splits `train` and `labelled_dev`. Licence: CC BY-SA 3.0.

What is done: upstream has a row per piece of evidence; a claim (an id) is one item. SUPPORTS is
true, REFUTES is false, and both are drawn equally often. A claim with the label NOT ENOUGH INFO is
neither, and is not used.

FEVER's claims were made by changing each other: "X is Y" became "X is not Y", or "X is Z". So
claims about the same Wikipedia page are one group, and so are claims that are equal but for `not`
and `never`. A claim's page is the one of its evidence whose title stands first in the claim, or
where none does, the one cited most often; to join claims through all their pages would make nearly
all of them one group, since pages such as "United States" are evidence for everything. Titles are
compared without what qualifies them ("Carrie (novel)", "Carrie (2013 film)") and in the singular.

What differs from the released edition:

- Claims without enough information are not used; as released they are labelled true.
- A claim is there once, and claims of one page or with the opposite sense stay in one split.
- A claim that has both labels is dropped.

What is left: annotators refuted by negating and by excluding, so single words are cues. Of the
claims of `labelled_dev` that have a label, those with `only` are false in 97 % (710 claims), with
`exclusively` and `yet` in 100 % (84 and 75), with `incapable` in 98 % (144), with `not` or `never`
in 92 % (574).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.grouping import components
from builders.making.knowledge import mentions
from builders.reading.upstream import Upstream, UpstreamRow
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.tasks.factuality.fever import TASK

LABELS = {"REFUTES": 0, "SUPPORTS": 1}
UNKNOWN = "NOT ENOUGH INFO"

_NEGATION = re.compile(r"\b(?:not|never) ")
_QUALIFIER = re.compile(r"(?: \(|-LRB-).*")


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each claim that is supported or refuted."""
    claims: dict[int, UpstreamRow] = {}
    pages: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        first = claims.setdefault(row["id"], row)
        if (row["claim"], row["label"]) != (first["claim"], first["label"]):
            raise DataError(f"{row.where}: claim {row['id']} has another text or label elsewhere")
        if row["label"] != UNKNOWN and row["label"] not in LABELS:
            raise DataError(f"{row.where}: label {row['label']!r} is none of FEVER's")
        pages[row["id"]][row["evidence_wiki_url"].strip()] += 1
    known = {number: row for number, row in claims.items() if row["label"] in LABELS}
    for _ in range(len(claims) - len(known)):
        yield Dropped("not-enough-info")
    keys = [_keys(row["claim"], pages[number]) for number, row in known.items()]
    for row, group in zip(known.values(), components(keys), strict=True):
        raw = {"claim": row["claim"].strip(), "label": LABELS[row["label"]]}
        yield Candidate((Draft(raw, row),), group=group, stratum=str(raw["label"]))


def _keys(claim: str, pages: Mapping[str, int]) -> tuple[str, ...]:
    text = normalise(claim)
    same = f"claim: {_NEGATION.sub('', text)}"
    named = {page: cited for page, cited in pages.items() if page}
    return (same, f"page: {_singular(title_of(subject_page(text, named)))}") if named else (same,)


def title_of(page: str) -> str:
    """Normalised title of a page, without its qualifier."""
    spaced = page.replace("_", " ").replace("-COLON-", ":")
    return normalise(_QUALIFIER.sub("", spaced) or spaced)


def _singular(title: str) -> str:
    return title[:-1] if re.search(r"\w{2}[^s\W]s$", title) else title


def subject_page(claim: str, pages: Mapping[str, int]) -> str:
    """Page that a normalised claim is about, of its evidence's pages and their counts."""

    def merit(page: str) -> tuple[int, int, int, str]:
        title = title_of(page)
        stands = bool(title) and mentions(claim, title, words=True)
        place = claim.index(title) if stands else len(claim)
        return place, -len(title) * stands, -pages[page], page

    return min(pages, key=merit)


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train", "labelled_dev"),
            columns={"id": int, "label": str, "claim": str, "evidence_wiki_url": str},
        ),
    ),
    draft=draft,
    strata=("0", "1"),
    notes=__doc__,
)
