"""Citations are BibTeX that BibTeX can read."""

import re

import pytest

from mceval8k.registry import all_tasks


@pytest.mark.parametrize("task", all_tasks().values(), ids=all_tasks())
def test_entries_are_whole(task):
    entries = task.citation.split("\n\n")
    assert all(re.fullmatch(r"@[a-z]+\{[a-z0-9-]+,\n.*\n\}", one, re.DOTALL) for one in entries)
    assert task.citation.count("{") == task.citation.count("}")
    # An accent whose backslash Python has taken for its own leaves a tab or a lone quote.
    assert not re.search(r'[^\S\n ]|\{"', task.citation)


def test_a_key_has_one_entry():
    found = {}
    for entry in "\n\n".join(task.citation for task in all_tasks().values()).split("\n\n"):
        assert found.setdefault(entry.split(",")[0], entry) == entry
