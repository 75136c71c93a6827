"""Addresses in texts: what is one, what is none, and what is put in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.making.personal_data import EMAIL, IP, kinds, mask
from builders.making.task import Request, make
from builders.reading.sources import open_source
from builders.registry import get_builder
from mceval8k.registry import get_task

IPV6 = "2001:db8:59b8:38c9:a593:88dc:ace6:f1db"


@pytest.mark.parametrize(
    ("text", "found", "masked"),
    [
        ("by 192.0.2.7.", {IP}, "by [IP address]."),
        ("my part.192.0.2.7", {IP}, "my part.[IP address]"),
        (f"User:{IPV6} (talk)", {IP}, "User:[IP address] (talk)"),
        (f"({IPV6})", {IP}, "([IP address])"),
        ("a.b+c@mail.example.org, or", {EMAIL}, "[e-mail address], or"),
        ("x@192.0.2.7.example and 192.0.2.7", {EMAIL, IP}, "[e-mail address] and [IP address]"),
        ("192.0.2.256", set(), None),
        ("version 1.2.3", set(), None),
        ("1.2.3.4.5", set(), None),
        ("at 12:30:45 ::: indented", set(), None),
        ("a @ b.c, @someone, ratio 3:4", set(), None),
    ],
)
def test_addresses(text, found, masked):
    assert kinds(text) == found
    assert mask(text) == (text if masked is None else masked)


@given(st.text(alphabet="a1.:@ 2f-", max_size=40))
def test_nothing_is_left_after_masking(text):
    assert kinds(mask(text)) == frozenset()
    assert mask(mask(text)) == mask(text)


class Planted:
    """The samples, with an address in the first comment that is long enough for it."""

    def __init__(self, store):
        self.store, self.edition = store, store.edition

    def rows(self, upstream):
        planted = False
        for row in self.store.rows(upstream):
            text = row.values["comment_text"]
            if not planted and 130 < len(text) < 400:
                planted = True
                yield replace(row, values={**row.values, "comment_text": f"{text} 192.0.2.7"})
            else:
                yield row


@pytest.mark.parametrize("masks", [False, True])
def test_builders_mask_if_asked(masks):
    request = Request(all_there_is=True, mask_personal_data=masks)
    made = make(get_builder(get_task("toxicity")), Planted(open_source("samples")), request)
    items = [item for part in made.items.values() for item in part]
    told = [item for item in items if "192.0.2.7" in f"{item['text']} {item['group']}"]
    assert made.report.masked == (1 if masks else None)
    assert not (masks and told)
