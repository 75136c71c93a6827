"""What a check is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from builders.audit.rows import TaskRows

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""From the worst on."""

Kind = Literal["leak", "row", "balance", "shortcut"]
KINDS: tuple[Kind, ...] = ("leak", "row", "balance", "shortcut")
"""What checks look at, in the order in which they are shown."""

EXAMPLES = 3
"""Examples of a finding."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that a check found in a task."""

    check: str
    """Name of the check."""
    splits: tuple[str, ...]
    """Splits in which it was found."""
    count: int
    """How many rows it concerns."""
    of: int
    """Of how many rows."""
    severity: Severity
    """`error` makes the audit fail."""
    message: str
    """One sentence for people."""
    examples: tuple[str, ...] = ()
    """Up to three: ids of items, or values."""
    p_value: float | None = None
    """Probability of as much by chance; None for what was counted, and not tested."""
    adjusted: float | None = None
    """P value adjusted for all tests of the audit (Benjamini and Hochberg)."""

    @classmethod
    def of_rows(
        cls,
        check: str,
        rows: TaskRows,
        found: Collection[int],
        *,
        severity: Severity,
        message: str,
    ) -> Finding:
        """What concerns single rows, `found` among those of a task; the first are examples."""
        return cls(
            check=check,
            splits=rows.splits_of(found),
            count=len(found),
            of=rows.of,
            severity=severity,
            message=message,
            examples=first(rows.ids[row] for row in found),
        )

    def to_json(self) -> dict[str, Any]:
        """Fields by name, with lists in the place of tuples."""
        fields = asdict(self)
        return fields | {"splits": list(self.splits), "examples": list(self.examples)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Finding:
        """Read what `to_json` gave."""
        tuples = {name: tuple(content[name]) for name in ("splits", "examples")}
        return cls(**{**content, **tuples})


@dataclass(frozen=True)
class Tested:
    """A statistical test that a check did."""

    p_value: float
    """Probability of as much by chance."""
    finding: Finding | None
    """What to tell if chance does not explain it; None where it is too small to matter."""


@dataclass(frozen=True)
class Check:
    """A check: a module of `builders.audit.checks` that defines `CHECK`."""

    name: str
    """What findings are called."""
    kind: Kind
    """What it looks at."""
    meaning: str
    """What a finding of it says, in half a sentence."""
    find: Callable[[TaskRows], Iterator[Finding | Tested]]
    """Looks at a task's rows in all splits."""


def first(examples: Iterable[str]) -> tuple[str, ...]:
    """Keep the first few different examples."""
    return tuple(dict.fromkeys(examples))[:EXAMPLES]


def percent(part: float, whole: float) -> str:
    """Share as people read it."""
    return f"{part / whole:.1%}" if whole else "–"


def named(splits: Iterable[str]) -> str:
    """Names of splits, joined for a sentence."""
    return " and ".join(splits)
