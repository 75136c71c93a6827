"""`shortcut`: a baseline that does not read the question whole answers clearly better than chance.

The baselines are those of `builders.audit.baselines`. One is reported if the lower bound of its
accuracy (95 % bootstrap over groups) lies 5 points or more above chance. It is an error from 15
points on where it goes by the options alone and the maker of the data drew the wrong ones: others
could have been drawn. Where upstream wrote the options or texts, or the edition is a repaired one,
it is a property of the source: a warning, for whoever reads a score. A classifier that reads the
whole text of a task whose words decide (topic, sentiment, language) is no shortcut, and worth
knowing: information.
"""

from __future__ import annotations

from collections.abc import Iterator

from builders.audit.baselines import Baseline, measure
from builders.audit.facts import origin_of_options
from builders.audit.finding import Check, Finding, Severity, Tested, first
from builders.audit.rows import TaskRows

NOTICEABLE, CLEAR = 0.05, 0.15
"""Points above chance from which a shortcut is reported, and from which a drawn one is an error."""


def find(rows: TaskRows) -> Iterator[Tested]:
    """One test of each baseline."""
    for baseline in measure(rows):
        finding = _finding(rows, baseline) if baseline.gain >= NOTICEABLE else None
        yield Tested(baseline.p_value, finding)


def strongest(rows: TaskRows) -> Baseline | None:
    """Baseline with the highest accuracy among those that are noticeable shortcuts."""
    found = [each for each in measure(rows) if not each.guess.whole and each.gain >= NOTICEABLE]
    return max(found, key=lambda each: each.accuracy.value, default=None)


def _finding(rows: TaskRows, baseline: Baseline) -> Finding:
    guess, accuracy = baseline.guess, baseline.accuracy
    guessed = (
        rows.ids[row] for row, part in zip(rows.distinct, guess.credit, strict=True) if part == 1
    )
    return Finding(
        check=CHECK.name,
        splits=rows.splits_of(rows.distinct),
        count=round(float(guess.credit.sum())),
        of=baseline.rows,
        severity=_severity(rows, baseline),
        message=f"A baseline that goes by {guess.reads} is right for {accuracy.value:.1%} "
        f"({accuracy.low:.1%} to {accuracy.high:.1%}) of {baseline.rows:,} distinct rows; chance "
        f"is {baseline.chance:.1%}{_by_language(baseline)}.",
        examples=first(guessed),
    )


def _severity(rows: TaskRows, baseline: Baseline) -> Severity:
    if baseline.guess.whole:
        return "info"
    drawn = origin_of_options(rows.task) == "drawn" and not rows.repaired
    avoidable = baseline.guess.by_options and drawn
    return "error" if avoidable and baseline.gain >= CLEAR else "warning"


def _by_language(baseline: Baseline) -> str:
    if len(baseline.languages) < 2:
        return ""
    shares = (f"{name} {share:.0%}" for name, share in baseline.languages.items())
    return f"; by language: {', '.join(shares)}"


CHECK = Check("shortcut", "shortcut", "a baseline that does not read it all is right", find)
