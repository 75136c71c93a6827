"""Years of statements: what is true when, and that years alone say nothing."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import replace
from statistics import mean

import pytest

from builders.builder import Dropped
from builders.factuality import templama
from builders.making.matching import match_years
from builders.making.splitting import largest_split
from builders.reading.upstream import UpstreamRow
from mceval8k.errors import DataError

YEARS = [str(year) for year in range(2010, 2021)]


def row(subject, year, *names, query=None, **changed):
    return {
        "query": query or f"{subject} plays for _X_.",
        "answer": [{"wikidata_id": f"id {name}", "name": [name]} for name in names],
        "date": str(year),
        "id": f"{subject}_P54_{year}",
    } | changed


def career(subject, *clubs):
    """One club a year from 2010 on; several in a year with a plus, none for a dash."""
    return [row(subject, 2010 + n, *club.split("+")) for n, club in enumerate(clubs) if club != "-"]


def statements(upstream_rows, rows):
    topics = defaultdict(list)
    for each in upstream_rows(rows):
        topics[templama._topic(each)].append(each)
    return {one.text: sorted(one.years) for one in templama._statements(topics)}


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


class TestStatements:
    def test_a_statement_is_true_in_all_its_runs(self, upstream_rows):
        rows = career("Ann", "Ajax", "Ajax", "Rot+Ajax", "Rot", "-", "Ajax")
        assert statements(upstream_rows, rows) == {
            "Ann plays for Ajax.": ["2010", "2011", "2012", "2015"],
            "Ann plays for Rot.": ["2012", "2013"],
        }

    def test_a_name_of_another_object_counts(self, upstream_rows):
        rows = [row("Ann", 2010, "Ajax"), row("Ann", 2011, "Rot"), row("Ann", 2012, "Rot")]
        rows[1]["answer"][0]["name"].append("AJAX ")
        assert statements(upstream_rows, rows) == {
            "Ann plays for Ajax.": ["2010", "2011"],
            "Ann plays for Rot.": ["2011", "2012"],
        }

    def test_an_object_has_one_name_in_all_years(self, upstream_rows):
        rows = career("Ann", "Ajax", "Ajax", "Ajax")
        rows[1]["answer"][0]["name"] = ["AFC Ajax", "Godenzonen"]
        assert statements(upstream_rows, rows) == {"Ann plays for Ajax.": ["2010", "2011", "2012"]}

    def test_namesakes_make_one_statement_and_one_group(self, upstream_rows):
        rows = [row("Q1", 2010, "Ajax", query="Ann plays for _X_.")]
        rows += [row("Q2", 2013, "Ajax", query="Ann plays for _X_.")]
        assert statements(upstream_rows, rows) == {"Ann plays for Ajax.": ["2010", "2013"]}

    def test_an_object_without_a_name_makes_none(self, upstream_rows):
        assert statements(upstream_rows, [row("Ann", 2010, " ")]) == {}


class TestMatching:
    def test_a_set_of_years_is_shared_by_statements_that_exclude_each_other(self):
        true = [frozenset("12"), frozenset("1"), frozenset("24"), frozenset("3")]
        assert list(match_years(true, ["1", "2", "3"], 3)) == [(("1", "2", "3"), (1, 2, 3))]

    def test_the_statement_that_fits_fewest_sets_goes_first(self):
        """The first is true in 1 alone, in three sets; the second also in 4: in one set."""
        true = [frozenset("1"), frozenset("14"), frozenset("2"), frozenset("3")]
        assert list(match_years(true, list("1234"), 3)) == [(("1", "2", "3"), (1, 2, 3))]

    def test_nothing_fits(self):
        assert list(match_years([frozenset("12")] * 9, list("1234"), 3)) == []
        assert list(match_years([], [], 4)) == []


class TestDraft:
    def test_four_statements_share_their_years(self, upstream_rows):
        rows = [
            each
            for n, subject in enumerate(("Ann", "Bob", "Cem", "Dag"))
            for each in career(
                subject, *(["Ajax" if year == n else "Rot+Gelb" for year in range(4)])
            )
        ]
        drafted = list(templama.draft(upstream_rows(rows), 0))
        assert reasons(drafted) == ["no-match-in-years"] * 8
        found = {each.drafts[0].raw["text"]: each for each in kept(drafted)}
        bob = found["Bob plays for Ajax."]
        assert bob.drafts[0].raw["options"] == ["2011", "2010", "2012", "2013"]
        assert (bob.group, bob.stratum) == ("Bob_P54", "1")
        assert bob.drafts[0].row.values["id"] == "Bob_P54_2011"
        assert len(found) == 4

    @pytest.mark.parametrize("query", ["Ann plays.", "_X_ plays for _X_."])
    def test_a_query_without_its_slot(self, upstream_rows, query):
        rows = upstream_rows([row("Ann", 2010, "Ajax", query=query)])
        assert reasons(templama.draft(rows, 0)) == ["broken-query"]

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"date": "2011"}, "line 1: id 'Ann_P54_2010' does not end in the year '2011'"),
            ({"id": "2010"}, "line 1: id '2010' does not end in the year '2010'"),
            ({"id": "Ann_P54_10", "date": "10"}, "does not end in the year '10'"),
        ],
    )
    def test_wrong_rows(self, upstream_rows, changed, message):
        with pytest.raises(DataError, match=message):
            list(templama.draft(upstream_rows([row("Ann", 2010, "Ajax", **changed)]), 0))


def drafted_items(careers, seed=0):
    """Candidates of some careers, each with a key as cleaning gives one."""
    values = [each for years in careers for each in years]
    rows = [UpstreamRow(each, "set", f"train:{n}", f"line {n}") for n, each in enumerate(values)]
    found = kept(templama.draft(rows, seed))
    return [replace(each, key=each.drafts[0].raw["text"]) for each in found]


@pytest.fixture(scope="module")
def careers():
    """2,000 careers as real ones are: long stints, most of them cut off at an end of the range."""
    draw = random.Random(0)
    found = []
    for number in range(2000):
        clubs: list[str] = []
        while len(clubs) < len(YEARS):
            clubs += [f"Club {draw.randrange(300)}"] * draw.choice((1, 1, 2, 2, 3, 4, 5, 7))
        found.append(career(f"Player {number}", *clubs[: len(YEARS)]))
    return found


@pytest.fixture(scope="module")
def candidates(careers):
    return drafted_items(careers)


RULES = {
    "earliest": lambda years, _: min(years),
    "latest": lambda years, _: max(years),
    "second": lambda years, _: sorted(years)[1],
    "third": lambda years, _: sorted(years)[2],
    "farthest from the mean": lambda years, _: max(years, key=lambda y: abs(4 * y - sum(years))),
    "nearest to the mean": lambda years, _: min(years, key=lambda y: abs(4 * y - sum(years))),
    "farthest from its neighbour": lambda years, _: max(
        years, key=lambda y: min(abs(y - other) for other in years if other != y)
    ),
    "most frequent year": lambda years, counts: max(years, key=lambda y: (counts[y], y)),
    "rarest year": lambda years, counts: min(years, key=lambda y: (counts[y], y)),
    "most frequent gold": lambda years, counts: max(years, key=lambda y: (counts["gold", y], y)),
}


@pytest.mark.parametrize("rule", RULES)
def test_no_rule_on_the_years_beats_chance(candidates, rule):
    assert len(candidates) > 2000
    split = largest_split(candidates, 0, limit=1600)
    chosen = [each for members in split.members.values() for each in members]
    for some, tolerance in ((candidates, 1e-9), (chosen, 0.03)):
        asked = [[int(year) for year in each.drafts[0].raw["options"]] for each in some]
        counts = Counter(year for years in asked for year in years)
        counts.update(("gold", years[0]) for years in asked)
        right = mean(RULES[rule](sorted(years), counts) == years[0] for years in asked)
        assert right == pytest.approx(0.25, abs=tolerance)


def test_no_option_is_true_but_the_gold(careers, candidates):
    true = defaultdict(set)
    for years in careers:
        for each in years:
            for answer in each["answer"]:
                true[each["query"].replace("_X_", answer["name"][0])].add(each["date"])
    for candidate in candidates:
        raw = candidate.drafts[0].raw
        assert [year in true[raw["text"]] for year in raw["options"]] == [True, False, False, False]


def test_sets_of_years_are_many_and_statements_are_used_once(candidates):
    raws = [each.drafts[0].raw for each in candidates]
    assert len({raw["text"] for raw in raws}) == len(raws)
    assert len({tuple(sorted(raw["options"])) for raw in raws}) == 330
    golds = Counter(raw["options"][0] for raw in raws)
    wrong = Counter(year for raw in raws for year in raw["options"][1:])
    assert all(wrong[year] == 3 * golds[year] for year in YEARS)


def test_the_order_of_rows_does_not_matter_and_the_seed_does(careers):
    def content(each):
        return each.drafts[0].raw["text"], *each.drafts[0].raw["options"]

    some = careers[:60]
    one = sorted(map(content, drafted_items(some)))
    assert one == sorted(map(content, drafted_items([y[::-1] for y in some[::-1]])))
    assert one != sorted(map(content, drafted_items(some, seed=1)))
