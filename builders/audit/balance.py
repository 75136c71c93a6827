"""What the checks of balance share: when counts are too unequal, and how that is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builders.audit.finding import Finding, Severity
from builders.audit.statistics import P_VALUE, imbalance

SMALL, MEDIUM = 0.1, 0.3
"""Cohen's w from which an imbalance is told, and from which it is a warning."""


def balance_finding(
    check: str,
    split: str,
    what: str,
    counts: Mapping[str, int],
    *,
    severity: Severity | None = None,
) -> Iterator[Finding]:
    """At most one finding: counts of a split that are significantly and noticeably unequal.

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
    found = imbalance(list(counts.values()))
    if found.p_value >= P_VALUE or found.effect < SMALL:
        return
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    most, least = ordered[0], ordered[-1]
    total = sum(counts.values())
    yield Finding(
        check=check,
        splits=(split,),
        count=most[1],
        of=total,
        severity=severity or ("warning" if found.effect >= MEDIUM else "info"),
        message=f"{what.capitalize()} of {split} are unequal: {most[1]:,} of {total:,} rows have "
        f"{most[0]!r}, {least[1]:,} have {least[0]!r} (chi-square {found.statistic:,.0f}, "
        f"p {_p(found.p_value)}, w {found.effect:.2f}).",
        examples=tuple(f"{name}: {count}" for name, count in ordered[:3]),
    )


def _p(value: float) -> str:
    return "< 1e-9" if value < 1e-9 else f"= {value:.1g}"
