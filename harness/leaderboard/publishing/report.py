"""What publishing would do, or did, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from harness.leaderboard.publishing.difference import Plan

ORDER = ("deleted", "changed", "new")
"""What may surprise comes first."""
MOST_FILES = 12
"""Files that are named one by one; of more, the first are."""


def lines(plan: Plan) -> Iterator[str]:
    """A plan in words: what happens to each file, and the lines of text files."""
    target = plan.target
    how = "by a pull request" if target.as_pull_request else "by one commit"
    made = ", which would be created" if plan.head is None else ""
    if plan.pending:
        how = f"by a commit to {plan.pending.url}"
    changes = [change for kind in ORDER for change in plan.changes if change.kind == kind]
    if not changes:
        proposed = f"is proposed already: {plan.pending.url}" if plan.pending else ""
        yield f"{target.repo_type} {target.repo_id}: {proposed or 'holds this already'}"
        return
    counts = Counter(change.kind for change in plan.changes)
    described = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    yield f"{target.repo_type} {target.repo_id}{made}, {how}: {described}"
    for change in changes[:MOST_FILES]:
        yield f"  {change.kind:8} {change.path} ({change.size:,} bytes)"
    if len(changes) > MOST_FILES:
        yield f"  … and {len(changes) - MOST_FILES} files more"
    for change in changes:
        yield from (f"  {line}" for line in change.lines)


def record(plan: Plan, url: str | None) -> dict[str, Any]:
    """A plan as plain values."""
    return {
        "repo_id": plan.target.repo_id,
        "repo_type": plan.target.repo_type,
        "pull_request": plan.target.as_pull_request,
        "exists": plan.head is not None,
        "pending": plan.pending.url if plan.pending else None,
        "url": url,
        "files": [
            {"path": change.path, "change": change.kind, "size": change.size}
            for change in plan.changes
        ],
    }
