"""Reviews of films and products, on rows worked by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.builder import Dropped
from builders.classification import amazon_reviews, imdb
from builders.making.cleaning import clean
from builders.making.task import Request, make
from builders.reading.sources.mirror import Mirror
from builders.reading.upstream import UpstreamRow
from builders.text import mended
from mceval8k.errors import DataError

LETTERS = [*"abcdefghijklmnopqrstuvwxyz", "aa", "bb", "cc", "dd"]
FILL = " It came in a plain box, and nobody at home has asked about it since the day it was " + (
    "put on the shelf in the hall."
)


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def raws(drafted):
    return [each.drafts[0].raw for each in drafted if not isinstance(each, Dropped)]


class TestImdb:
    def test_a_review_is_an_item_without_its_breaks(self, upstream_rows):
        row = mended({"text": " Dull.<br /><br />Long. ", "label": 0})
        (found,) = imdb.draft(upstream_rows([row]), 0)
        assert found.drafts[0].raw == {"text": "Dull.\nLong.", "label": 0}
        assert (found.group, found.stratum) == ("dull. long.", "0")

    def test_reposts_with_changes_further_down_are_one_group(self, upstream_rows):
        start = "word " * 40
        texts = [start + "the end.", start.upper() + "Another end!", start[1:] + "the end."]
        rows = upstream_rows({"text": text, "label": 1} for text in texts)
        groups = [each.group for each in imdb.draft(rows, 0)]
        assert groups[0] == groups[1] != groups[2]

    def test_what_cleaning_drops(self, upstream_rows):
        rows = [
            ("It was <x>slow</x>.", 0),
            ("A caf\x81 scene.", 1),
            ("Twice!", 1),
            ("Twice! ", 1),
            ("Disputed.", 0),
            ("disputed.", 1),
            (" ", 1),
        ]
        rows = upstream_rows({"text": text, "label": label} for text, label in rows)
        cleaned = clean(imdb.BUILDER, imdb.draft(rows, 0))
        assert [each.drafts[0].raw["text"] for each in cleaned.candidates] == ["Twice!"]
        assert cleaned.dropped == {
            "blank-field": 1,
            "broken-field": 2,
            "contradictory-labels": 2,
            "duplicate-rows": 1,
        }

    @pytest.mark.parametrize(
        "text",
        [
            *(
                "I give it 7/10.",
                "Rating: 8.5 / 10",
                "3 out of 10",
                "eight of ten",
                "**** out of 5",
            ),
            *(
                "4 stars from me",
                "Grade: B+",
                "My vote is 9.",
                "(*1/2)",
                "a score of 6",
                "I gave it a 2.",
            ),
            *(
                "I'd give this an 8 overall.",
                "It gets a four because of the cast.",
                "My vote is one (awful).",
                "I voted it a nine.",
                "82 points (out of 100)",
                'A stellar "2" out of 10',
                "* (out of four)",
                "I give it an 'A' for effort.",
                "I lowered my rating of it to a 4.",
            ),
        ],
    )
    def test_a_review_that_names_its_mark_is_dropped(self, upstream_rows, text):
        rows = upstream_rows([{"text": f"We saw it twice. {text}", "label": 1}])
        assert list(imdb.draft(rows, 0)) == [Dropped("mark-in-text")]

    @pytest.mark.parametrize(
        "text",
        [
            *("Shot on 9/11 footage.", "It stars two of my favourites.", "Out of control."),
            *("A low-rated gem.", "Born on 4/20/1934.", "Give it a chance, 10 minutes in."),
            *(
                "Rated PG-13.",
                "Give it a try.",
                "It gives a fine picture.",
                "She got a one-way ticket.",
            ),
        ],
    )
    def test_other_numbers_are_no_mark(self, upstream_rows, text):
        rows = upstream_rows([{"text": text, "label": 1}])
        assert [each.stratum for each in imdb.draft(rows, 0)] == ["1"]

    def test_another_label_names_the_row(self, upstream_rows):
        rows = upstream_rows([{"text": "Fine.", "label": 2}])
        with pytest.raises(DataError, match="line 1: label 2 is out of range"):
            clean(imdb.BUILDER, imdb.draft(rows, 0))


def words(name):
    """A text of thirty words that no other name has."""
    return " ".join(f"{name.replace(' ', '').replace('.', '')}{letter}" for letter in LETTERS)


class TestAmazonReviews:
    @staticmethod
    def row(text, rating=4.0, user="U1", number=0, category="Books"):
        values = mended({"text": text, "rating": rating, "user_id": user})
        return UpstreamRow(
            values, "set", f"{category}:{number}", f"{category}.jsonl: line {number}"
        )

    def draft(self, *rows, seed=0):
        return list(amazon_reviews.draft(rows, seed))

    def test_the_body_is_the_text_and_markup_is_cleaned(self):
        found = self.draft(self.row(f"Tom &amp; I read &#34;it&#34;.<br />Twice.{FILL}"))
        assert raws(found) == [{"text": f'Tom & I read "it".\nTwice.{FILL}', "label": 4.0}]
        assert found[0].stratum == "4.0"

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("Great." + "x" * 94, "too-short"),
            (" " * 30 + "Great." + "x" * 94, "too-short"),
            (f"Five stars!{FILL}", "stars-in-text"),
            (f"I'd give it 0 Stars if I could.{FILL}", "stars-in-text"),
            (f"A solid 4-star read.{FILL}", "stars-in-text"),
            (f"I would give it 10 stars.{FILL}", "stars-in-text"),
            (f"Only 3 starts for that.{FILL}", "stars-in-text"),
            (f"\N{BLACK STAR}\N{BLACK STAR} at most.{FILL}", "stars-in-text"),
            (f"All in all 3/5.{FILL}", "stars-in-text"),
            (f"[[VIDEOID:e38eb0]] See this.{FILL}", "broken-field"),
        ],
    )
    def test_unusable_texts(self, text, reason):
        assert reasons(self.draft(self.row(text))) == [reason]

    @pytest.mark.parametrize(
        "text", [f"We watched the stars for 5 nights.{FILL}", f"Sold on 12/5/2019, dead now.{FILL}"]
    )
    def test_other_stars_and_numbers_are_no_rating(self, text):
        assert reasons(self.draft(self.row(text))) == []

    def test_a_text_of_several_users_is_dropped_and_one_of_the_same_user_is_kept_once(self):
        rows = [
            self.row(f"Copied.{FILL}", user="U1"),
            self.row(f"COPIED.{FILL}", user="U2", category="Electronics"),
            self.row(f"Again.{FILL}", user="U3"),
            self.row(f"Again.{FILL} ", user="U3", number=1),
            self.row(f"Torn.{FILL}", 1.0, user="U4"),
            self.row(f"Torn.{FILL}", 5.0, user="U4"),
        ]
        cleaned = clean(amazon_reviews.BUILDER, amazon_reviews.draft(rows, 0))
        assert [each.drafts[0].raw["text"] for each in cleaned.candidates] == [f"Again.{FILL}"]
        assert cleaned.dropped == {
            "contradictory-labels": 2,
            "copied-text": 2,
            "duplicate-rows": 1,
        }

    def test_a_users_reviews_are_one_group_that_does_not_name_the_user(self):
        rows = [self.row(f"{n}.{FILL}", user=user, number=n) for n, user in enumerate("ABA")]
        one, two, three = self.draft(*rows)
        assert one.group == three.group != two.group
        assert one.group.startswith("text: 0.")

    def test_categories_are_cut_to_the_same_number_of_texts(self, monkeypatch):
        monkeypatch.setattr(amazon_reviews, "KEPT", 3)
        rows = [
            self.row(
                f"{category} {n} {rating}.{FILL}", rating, f"{category} {n} {rating}", n, category
            )
            for category, count in (("Books", 40), ("Toys", 2))
            for rating in (1.0, 5.0)
            for n in range(count)
        ]
        found = self.draft(*rows)
        assert reasons(found) == ["over-quota"] * 74
        kept = [each for each in found if not isinstance(each, Dropped)]
        counts = Counter((each.drafts[0].row.source_id[:5], each.stratum) for each in kept)
        assert sorted(counts.values()) == [2, 2, 3, 3]
        again = self.draft(*reversed(rows))
        assert sorted(map(str, raws(found))) == sorted(map(str, raws(again)))
        other = self.draft(*rows, seed=1)
        assert sorted(map(str, raws(found))) != sorted(map(str, raws(other)))

    def test_half_a_star_names_the_row(self):
        rows = [self.row(f"Fine.{FILL}", 3.5, number=7)]
        with pytest.raises(DataError, match=r"Books\.jsonl: line 7: 3\.5 stars"):
            clean(amazon_reviews.BUILDER, amazon_reviews.draft(rows, 0))

    def test_every_category_file_is_read(self, tmp_path, write_jsonl):
        folder = tmp_path / "amazon-reviews-2023"
        for category in ("Toys", "Books"):
            rows = [
                {"rating": star, "text": words(name), "user_id": name}
                for n in range(4)
                for star in (1, 2.0, 3, 4, 5)
                for name in [f"{category} {n} {star}"]
            ]
            write_jsonl(folder / f"{category}.jsonl", rows)
        made = make(amazon_reviews.BUILDER, Mirror(tmp_path), Request(all_there_is=True))
        assert made.report.total == 40
        ids = [item["source_id"] for items in made.items.values() for item in items]
        assert Counter(id_.partition(":")[0] for id_ in ids) == {"Books": 20, "Toys": 20}

    def test_no_category_file(self, tmp_path):
        store = Mirror(tmp_path)
        assert not store.has(amazon_reviews.BUILDER.upstream[0])
        with pytest.raises(DataError, match=r"amazon-reviews-2023/\*\.jsonl: no such file"):
            make(amazon_reviews.BUILDER, store, Request())
