"""`language-balance`: the languages of a multilingual task are not equally frequent in a split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from builders.audit.balance import balance_test
from builders.audit.finding import Check, Tested
from builders.audit.rows import TaskRows


def find(rows: TaskRows) -> Iterator[Tested]:
    """One finding for each split whose languages are unbalanced."""
    for split in rows.counts:
        counted = Counter(rows.items[row]["lang"] for row in rows.in_split(split))
        counts = {lang: counted[lang] for lang in rows.task.languages}
        yield from balance_test(CHECK.name, split, "languages", counts)


CHECK = Check("language-balance", "balance", "languages are not equally frequent", find)
