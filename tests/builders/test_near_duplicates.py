"""Near-duplicate texts are kept in one split."""

from __future__ import annotations

from builders.builder import Candidate, Draft
from builders.making.near_duplicates import split_apart
from builders.making.splitting import Split
from builders.reading.upstream import UpstreamRow
from mceval8k.registry import get_task

TASK = get_task("agnews")
LONG = "Ferry strike ends after nine days as crews return to work in three ports"


def candidate(text, group):
    row = UpstreamRow({}, "x/y", "train:0", "here")
    return Candidate((Draft({"text": text, "label": 0}, row),), group, key=text)


def by_turns(candidates):
    """Puts groups into train and test in turn, in the order of their names."""
    groups = sorted({each.group for each in candidates})
    homes = {group: ("train", "test")[turn % 2] for turn, group in enumerate(groups)}
    names = ("train", "test")
    return Split({n: [c for c in candidates if homes[c.group] == n] for n in names}, 0)


def homes(split):
    return {c.key: name for name, members in split.members.items() for c in members}


def test_near_duplicates_of_two_groups_are_joined():
    candidates = [
        candidate(LONG, "a"),
        candidate(LONG + ".", "b"),  # the same words: in turn it would go to test
        candidate("A comet passes the moon tonight, say astronomers", "c"),
        candidate("Bank raises rates for the third time this year", "d"),
    ]
    assert len(set(map(homes(by_turns(candidates)).get, (LONG, LONG + ".")))) == 2
    found, joined = split_apart(TASK, candidates, by_turns)
    assert len(set(map(homes(found).get, (LONG, LONG + ".")))) == 1
    assert joined == 2
    assert sum(map(len, found.members.values())) == 4


def test_chains_are_joined_over_several_rounds():
    """Joining two groups moves others, which may meet their own near-duplicates then."""
    texts = {name: f"{LONG} {name} {name}x {name}y" for name in "abcdef"}
    candidates = [candidate(texts[n] + mark, n + mark) for n in "abcdef" for mark in ("", "!")]
    found, joined = split_apart(TASK, candidates, by_turns)
    at = homes(found)
    assert all(at[texts[name]] == at[texts[name] + "!"] for name in "abcdef")
    assert 0 < joined <= len(candidates)


def test_nothing_is_joined_where_nothing_is_alike():
    candidates = [candidate(f"{n} story about {n}{n} and {n}x", n) for n in "abcdef"]
    found, joined = split_apart(TASK, candidates, by_turns)
    assert joined == 0
    assert homes(found) == homes(by_turns(candidates))


def test_one_text_in_two_groups_is_joined():
    found, _ = split_apart(TASK, [candidate(LONG, "a"), candidate(LONG, "b")], by_turns)
    assert sorted(map(len, found.members.values())) == [0, 2]
