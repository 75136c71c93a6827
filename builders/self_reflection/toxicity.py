"""Toxicity of comments on Wikipedia talk pages, from Jigsaw's challenge.

Source: `jigsaw/train.csv`, which Kaggle gives to those who accept the rules of the competition; its
test set was labelled later and otherwise, so it is not read. Licence: CC BY-SA 3.0 (the comments).

What is done: a comment of 101 to 499 characters, as in the released edition, is an item with its
line breaks: shorter ones are often a single word, longer ones crowd a few-shot prompt. Toxic
comments are shorter on the whole, so lengths are matched: of each ten characters of length (100 to
109, 110 to 119, …) as many toxic comments are kept as others, in seeded order. The normalised
comment is the group.

What differs from the released edition:

- No length gives the label away. The best threshold on the length is right for 55.9 % of the 7,000
  different released comments; for the 6,086 of them that the matching keeps, for 50.4 %.
- Upstream holds many comments with quotation marks as CSV within CSV: in quotes, the inner ones
  doubled. That is undone. As released it is a cue: 33 % of the comments that are not toxic have it,
  and 18 % of the toxic ones.
- A comment with markup or entities is dropped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.making.hashing import rank
from builders.reading.upstream import Upstream, UpstreamRow
from builders.text import text_fault
from mceval8k.errors import DataError
from mceval8k.item import normalise
from mceval8k.tasks.self_reflection.toxicity import TASK

LENGTHS = range(101, 500)
STRETCH = 10
"""Characters of length within which toxic and other comments are kept equally often."""


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:
    """Draft a candidate for each comment that has a match of about its length."""
    stretches: dict[int, tuple[list[Candidate], list[Candidate]]] = defaultdict(lambda: ([], []))
    for row in rows:
        if row["toxic"] not in (0, 1):
            raise DataError(f"{row.where}: toxic {row['toxic']} is neither 0 nor 1")
        text = unquoted(row["comment_text"].strip())
        if len(text) not in LENGTHS:
            yield Dropped("too-long" if len(text) >= LENGTHS.stop else "too-short")
        elif fault := text_fault(text):
            yield Dropped(fault)
        else:
            raw = {"text": text, "toxic": row["toxic"]}
            candidate = Candidate(
                (Draft(raw, row),), group=normalise(text), stratum=str(row["toxic"])
            )
            stretches[len(text) // STRETCH][row["toxic"]].append(candidate)
    for sides in stretches.values():
        fewest = min(map(len, sides))
        for side in sides:
            side.sort(key=lambda candidate: rank(seed, "comment", candidate.group))
            yield from side[:fewest]
            yield from [Dropped("no-match-in-length")] * (len(side) - fewest)


def unquoted(text: str) -> str:
    """Text of a comment that is still quoted as a field of CSV; any other as it is."""
    inner = text[1:-1].replace('""', "")
    if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in inner:
        return text[1:-1].replace('""', '"').strip()
    return text


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(
            TASK.sources[0],
            splits=("train",),
            columns={"comment_text": str, "toxic": int},
            files="jigsaw/{split}.csv",
        ),
    ),
    draft=draft,
    strata=("0", "1"),
    notes=__doc__,
)
