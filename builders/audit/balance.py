"""What the checks of balance share: when counts are too unequal, and how that is reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builders.audit.finding import Finding, Severity, Tested
from builders.audit.statistics import imbalance

SMALL, MEDIUM = 0.1, 0.3
"""Cohen's w from which an imbalance is reported, and from which it is a warning."""


def balance_test(
    check: str,
    split: str,
    what: str,
    counts: Mapping[str, int],
    *,
    severity: Severity | None = None,
) -> Iterator[Tested]:
    """Test of counts of a split against equal ones; none without counts.

    Parameters
    ----------
    check
        Name of the check.
    split
        The split that was counted.
    what
        What was counted, in the plural.
    counts
        Count of each value that could have been.
    severity
        How bad it is; without one, `warning` from a medium effect on, else `info`.
    """
    if len(counts) < 2 or not any(counts.values()):
        return
    found = imbalance(list(counts.values()))
    if found.effect < SMALL:
        yield Tested(found.p_value, None)
        return
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    most, least = ordered[0], ordered[-1]
    total = sum(counts.values())
    finding = Finding(
        check=check,
        splits=(split,),
        count=most[1],
        of=total,
        severity=severity or ("warning" if found.effect >= MEDIUM else "info"),
        message=f"{what.capitalize()} of {split} are unequal: {most[1]:,} of {total:,} rows have "
        f"{most[0]!r}, {least[1]:,} have {least[0]!r} (chi-square {found.statistic:,.0f}, "
        f"w {found.effect:.2f}).",
        examples=tuple(f"{name}: {count}" for name, count in ordered[:3]),
    )
    yield Tested(found.p_value, finding)
