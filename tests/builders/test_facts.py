"""Facts: FEVER and MyriadLAMA, on rows worked by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.builder import Dropped
from builders.factuality import fever, myriadlama
from builders.making.cleaning import clean
from mceval8k.errors import DataError


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


class TestFever:
    @staticmethod
    def row(number, claim, label="SUPPORTS", page="Oslo"):
        return {"id": number, "claim": claim, "label": label, "evidence_wiki_url": page}

    def test_a_claim_with_several_pieces_of_evidence_is_one_item(self, upstream_rows):
        rows = [
            self.row(1, " Oslo is in Norway.", page="Oslo"),
            self.row(2, "Oslo is in Peru.", "REFUTES"),
            self.row(1, " Oslo is in Norway.", page="Norway"),
        ]
        one, two = fever.draft(upstream_rows(rows), 0)
        assert one.drafts[0].raw == {"claim": "Oslo is in Norway.", "label": 1}
        assert (one.stratum, two.stratum) == ("1", "0")
        assert one.group == two.group

    def test_not_enough_info_is_no_label(self, upstream_rows):
        rows = [self.row(1, "Oslo is fun.", "NOT ENOUGH INFO", "")] * 2
        assert reasons(fever.draft(upstream_rows(rows), 0)) == ["not-enough-info"]

    def test_the_opposite_is_in_the_group_without_a_page_in_common(self, upstream_rows):
        rows = [
            self.row(1, "Oslo is not in Peru.", page="Norway"),
            self.row(2, "Oslo is in Peru.", "REFUTES", "Peru"),
            self.row(3, "Oslo never slept.", page=""),
            self.row(4, "Oslo slept.", "REFUTES", ""),
            self.row(5, "Bergen slept.", page=""),
        ]
        groups = [each.group for each in fever.draft(upstream_rows(rows), 0)]
        assert groups[0] == groups[1] != groups[2] == groups[3] != groups[4] != groups[0]

    @pytest.mark.parametrize(
        ("claim", "pages", "page"),
        [
            ("oslo is in norway.", {"Norway": 3, "Oslo": 1}, "Oslo"),
            ("emma is a novel.", {"Jane_Austen": 2, "Emma_(novel)": 1}, "Emma_(novel)"),
            (
                "emma is a novel.",
                {"Jane_Austen": 2, "Emma_-LRB-novel-RRB-": 1},
                "Emma_-LRB-novel-RRB-",
            ),
            ("new york city is big.", {"New_York": 2, "New_York_City": 1}, "New_York_City"),
            ("the capital is old.", {"Oslo": 1, "Bergen": 2}, "Bergen"),
            ("the capital is old.", {"Oslo": 1, "Bergen": 1}, "Bergen"),
            ("romeo is a play.", {"Rome": 2, "Romeo": 1}, "Romeo"),
        ],
    )
    def test_the_page_a_claim_is_about(self, claim, pages, page):
        assert fever.subject_page(claim, pages) == page

    def test_qualified_and_plural_titles_are_one_page(self, upstream_rows):
        pages = ["Carrie_-LRB-novel-RRB-", "Carrie_-LRB-2013_film-RRB-", "Carries", "Boss", "Bos"]
        rows = [
            self.row(number, f"Claim {number} of them.", page=page)
            for number, page in enumerate(pages)
        ]
        groups = [each.group for each in fever.draft(upstream_rows(rows), 0)]
        assert groups[0] == groups[1] == groups[2]
        assert len(set(groups)) == 3

    @pytest.mark.parametrize(
        ("page", "title"),
        [
            ("Star_Trek-COLON-_Picard", "star trek: picard"),
            ("Emma_-LRB-novel-RRB-", "emma"),
            ("-LRB-500-RRB-_Days", "-lrb-500-rrb- days"),
        ],
    )
    def test_titles(self, page, title):
        assert fever.title_of(page) == title

    def test_evidence_on_another_page_does_not_join(self, upstream_rows):
        rows = [self.row(1, "Oslo is big."), self.row(2, "Bergen is wet.", page="Bergen")]
        rows += [self.row(1, "Oslo is big.", page="Norway")]
        rows += [self.row(2, "Bergen is wet.", page="Norway")]
        one, two = fever.draft(upstream_rows(rows), 0)
        assert one.group != two.group

    def test_a_claim_with_both_labels_is_dropped(self, upstream_rows):
        rows = upstream_rows([self.row(1, "Oslo."), self.row(2, "oslo.", "REFUTES")])
        cleaned = clean(fever.BUILDER, fever.draft(rows, 0))
        assert cleaned.dropped == {"contradictory-labels": 2}

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            ((1, "Oslo is in Norway.", "TRUE"), "line 2: label 'TRUE' is none of FEVER's"),
            ((0, "Oslo is in Norway."), "line 2: claim 0 has another text or label elsewhere"),
            ((0, "Oslo.", "REFUTES"), "line 2: claim 0 has another text or label elsewhere"),
        ],
    )
    def test_wrong_rows(self, upstream_rows, row, message):
        rows = upstream_rows([self.row(0, "Oslo."), self.row(*row)])
        with pytest.raises(DataError, match=message):
            list(fever.draft(rows, 0))


class TestMyriadlama:
    CITIES = ("Oslo", "Bern", "Riga", "Rome", "Lima")
    TEMPLATES = ("[X] lives in [Y].", "[Y] is the home of [X].")

    @classmethod
    def fact(cls, number, cities=None, **changed):
        cities = (number % 5,) if cities is None else cities
        row = {
            "rel_uri": "P1",
            "sub_uri": f"S{number}",
            "sub_ent": f"Person {number}",
            "obj_uris": [f"Q{city}" for city in cities],
            "obj_ents": [cls.CITIES[city] for city in cities],
            "obj_aliases": [[cls.CITIES[city], f"{cls.CITIES[city]} City"] for city in cities],
            "is_manual": True,
        }
        return [row | {"template": template} | changed for template in cls.TEMPLATES]

    def draft(self, upstream_rows, *facts, seed=0):
        return list(myriadlama.draft(upstream_rows(row for fact in facts for row in fact), seed))

    def test_a_fact_has_the_same_options_in_all_phrasings(self, upstream_rows):
        drafted = self.draft(upstream_rows, *(self.fact(n) for n in range(10)))
        assert len(kept(drafted)) == len(drafted) == 20
        one, two = drafted[0].drafts[0].raw, drafted[1].drafts[0].raw
        assert one["text"] == "Person 0 lives in [Y]."
        assert two["text"] == "[Y] is the home of Person 0."
        assert one["options"] == two["options"]
        assert one["options"][0] == "Oslo"
        assert drafted[0].group == drafted[1].group != drafted[2].group

    def test_the_order_of_rows_does_not_matter(self, upstream_rows):
        facts = [self.fact(n, (n % 5, (n + 1) % 5)) for n in range(20)]
        one = kept(self.draft(upstream_rows, *facts))
        two = kept(self.draft(upstream_rows, *(fact[::-1] for fact in reversed(facts))))
        assert [each.drafts[0].raw for each in one] == [
            each.drafts[0].raw for each in reversed(two)
        ]

    def test_paraphrases_give_no_items_but_what_they_say_is_right(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        told = self.fact(0, (1, 2), is_manual=False)
        for seed in range(20):
            drafted = self.draft(upstream_rows, *facts, told, seed=seed)
            assert reasons(drafted)[:2] == ["paraphrased"] * 2
            # only Riga and Rome or fewer are left beside Oslo, Bern and Lima being right
            assert reasons(drafted)[2:] == ["few-distractors"] * 2
            assert "Person 0" not in str([each.drafts[0].raw for each in kept(drafted)])

    def test_another_right_object_is_no_distractor(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        for seed in range(20):
            *_, found = self.draft(upstream_rows, *facts, self.fact(10, (0, 1)), seed=seed)
            options = found.drafts[0].raw["options"]
            assert options[0] in ("Oslo", "Bern")
            assert sorted(options[1:]) == ["Lima", "Riga", "Rome"]

    def test_the_gold_of_several_right_objects_is_drawn(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        golds = Counter(
            self.draft(upstream_rows, *facts, self.fact(10, (0, 1)), seed=seed)[-1]
            .drafts[0]
            .raw["options"][0]
            for seed in range(40)
        )
        assert min(golds["Oslo"], golds["Bern"]) > 8

    def test_an_object_that_is_right_by_another_fact_is_no_distractor(self, upstream_rows):
        facts = [self.fact(n, rel_uri="P276") for n in range(10)]
        country = self.fact(20, (1,), sub_uri="Q0", sub_ent="Oslo", rel_uri="P17")
        for seed in range(20):
            for found in kept(self.draft(upstream_rows, *facts, country, seed=seed)):
                options = found.drafts[0].raw["options"]
                assert options[0] != "Oslo" or "Bern" not in options

    def test_an_alias_of_a_right_object_is_no_distractor(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        named = self.fact(10, (0,), obj_aliases=[["oslo", "BERN"]])
        for seed in range(20):
            *_, found = self.draft(upstream_rows, *facts, named, seed=seed)
            assert "Bern" not in found.drafts[0].raw["options"]

    def test_subjects_with_one_name_are_one_fact(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        facts += [self.fact(10, (0,), sub_ent="Ann"), self.fact(11, (1,), sub_ent="ann")]
        for seed in range(20):
            found = kept(self.draft(upstream_rows, *facts, seed=seed))[-4:]
            assert len({each.group for each in found}) == 1
            for each in found:
                assert not {"Oslo", "Bern"} & set(each.drafts[0].raw["options"][1:])

    def test_no_option_stands_in_the_question(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        gold = self.fact(10, (0,), sub_ent="The Oslo City gallery")
        other = self.fact(11, (0,), sub_ent="The Bern gallery")
        for seed in range(20):
            drafted = self.draft(upstream_rows, *facts, gold, other, seed=seed)
            assert reasons(drafted) == ["gold-in-question"] * 2
            assert "Bern" not in drafted[-1].drafts[0].raw["options"]

    def test_distractors_are_drawn_by_how_often_they_are_gold(self, upstream_rows):
        facts = [self.fact(n, (n % 4,)) for n in range(800)]
        facts += [self.fact(800 + n, (4,)) for n in range(20)]
        found = kept(self.draft(upstream_rows, *facts))[::2]
        options = [each.drafts[0].raw["options"] for each in found]
        wrong = Counter(option for each in options for option in each[1:])
        # Lima is left when 200, 200 and 200 of 620 are drawn: 600/620 * 400/420 * 200/220 = 0.838
        assert wrong["Lima"] == pytest.approx(0.162 * 800, abs=35)
        assert all(wrong[city] == pytest.approx(583, abs=35) for city in self.CITIES[:4])

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"template": "[X] lives."}, "broken-template"),
            ({"template": "[Y] or [Y]: [X]."}, "broken-template"),
            ({"sub_ent": " "}, "blank-field"),
            ({"obj_ents": [""]}, "blank-field"),
            ({"obj_uris": [], "obj_ents": [], "obj_aliases": []}, "blank-field"),
            ({"rel_uri": "P2"}, "few-objects"),
            ({"rel_uri": "P190"}, "open-relation"),
        ],
    )
    def test_unusable_rows(self, upstream_rows, changed, reason):
        facts = [self.fact(n) for n in range(10)]
        drafted = self.draft(upstream_rows, *facts, self.fact(10, **changed))
        assert reasons(drafted) == [reason] * 2

    def test_lists_of_other_lengths_name_the_row(self, upstream_rows):
        with pytest.raises(DataError, match="line 1: obj_uris, obj_ents, obj_aliases are not of"):
            self.draft(upstream_rows, self.fact(0, obj_ents=["Oslo", "Bern"]))
