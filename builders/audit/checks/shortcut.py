"""`shortcut`: a baseline that never reads the question answers clearly better than chance.

The baselines are those of `builders.audit.baselines`. One is reported if the lower end of the
99.9 % interval of its accuracy lies 5 points or more above chance. It is an error from 15 points
on where the maker of the data drew the wrong options, and could have drawn others; where upstream
wrote the options or texts, it is a property of the source: a warning, for whoever reads a score.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.baselines import Score, scores
from builders.audit.facts import origin_of_options
from builders.audit.finding import Check, Finding, first
from builders.audit.rows import TaskRows
from builders.audit.statistics import lower_bound

NOTICEABLE, CLEAR = 0.05, 0.15
"""Points above chance from which a shortcut is told, and from which a drawn one is an error."""


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding for each baseline that does too well."""
    for score in scores(rows):
        gain = lower_bound(float(score.credit.sum()), len(score.credit)) - score.chance
        if gain >= NOTICEABLE:
            yield _finding(rows, score, gain)


def _finding(rows: TaskRows, score: Score, gain: float) -> Finding:
    of, right = len(score.credit), float(score.credit.sum())
    drawn = origin_of_options(rows.task) == "drawn"
    guessed = (
        rows.ids[row] for row, part in zip(rows.distinct, score.credit, strict=True) if part == 1
    )
    return Finding(
        check=CHECK.name,
        splits=rows.splits_of(rows.distinct),
        count=round(right),
        of=of,
        severity="error" if drawn and gain >= CLEAR else "warning",
        message=f"{score.baseline.capitalize()} is right for {right / of:.1%} of {of:,} distinct "
        f"rows; chance is {score.chance:.1%}.",
        examples=first(guessed),
    )


CHECK = Check("shortcut", "shortcut", "a baseline that never reads the question is right", find)
