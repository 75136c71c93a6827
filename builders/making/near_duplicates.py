"""Near-duplicate texts stay in one split, whatever their groups are upstream.

A short answer of two conversations, a notice that a newspaper printed twice: upstream gives them
different documents. Looking for such pairs among all candidates would take long, and only those
that were drawn matter. So candidates are split first; groups with near-duplicate texts in different
splits are joined, and all is split again, until nothing is left to be joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from builders.audit.facts import compared_text, near_threshold
from builders.audit.near import near_pairs
from builders.builder import Candidate
from builders.making.grouping import components
from builders.making.splitting import Split
from mceval8k.task import Task

Splitting = Callable[[Sequence[Candidate]], Split]


def split_apart(
    task: Task, candidates: Sequence[Candidate], splitting: Splitting
) -> tuple[Split, int]:
    """Split candidates so that no near-duplicate text is in two splits.

    Parameters
    ----------
    task
        Whose candidates they are; what is compared is what `mceval8k audit` compares.
    candidates
        What is split.
    splitting
        Splits candidates and keeps their groups whole.

    Returns
    -------
    Split, int
        The split, and the number of groups that were joined with another.
    """
    links: set[tuple[str, str]] = set()
    while True:
        chosen = splitting(_joined(candidates, links))
        found = _crossing(task, chosen)
        if not found:
            return chosen, len({group for link in links for group in link})
        links |= found


def _crossing(task: Task, chosen: Split) -> set[tuple[str, str]]:
    """Pairs of groups that have near-duplicate texts in different splits."""
    holders: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for name, members in chosen.members.items():
        for candidate in members:
            for draft in candidate.drafts:
                holders[compared_text(task, draft.raw)].add((name, candidate.group))
    texts = sorted(holders)
    pairs = [(text, text) for text in texts if len(holders[text]) > 1]
    pairs += [(texts[a], texts[b]) for a, b, _ in near_pairs(texts, near_threshold(task))]
    return {
        (min(group, other), max(group, other))
        for one, two in pairs
        for split, group in holders[one]
        for other_split, other in holders[two]
        if split != other_split and group != other
    }


def _joined(candidates: Sequence[Candidate], links: set[tuple[str, str]]) -> Sequence[Candidate]:
    """Candidates whose groups are joined along the links."""
    if not links:
        return candidates
    others: dict[str, list[str]] = defaultdict(list)
    for one, other in links:
        others[one].append(other)
    groups = sorted({candidate.group for candidate in candidates})
    names = components([[group, *others[group]] for group in groups])
    joined = dict(zip(groups, names, strict=True))
    return [replace(each, group=joined[each.group]) for each in candidates]
