"""The six builders, each on rows worked by hand."""

from __future__ import annotations

import pytest

from builders.builder import Dropped
from builders.factuality import commonsenseqa
from builders.linguistic import ner
from builders.making.phrases import occurrences, phrases
from builders.multilingual import mlama
from builders.nli import paws
from builders.registry import all_builders
from builders.self_reflection import halueval
from mceval8k.errors import DataError

LANGUAGES = ("en", "fr", "de", "zh", "es")


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


def test_every_builder_says_source_licence_and_differences():
    for name, builder in all_builders().items():
        assert name == builder.task.name
        for words in ("Source:", "Licence:", "What is done:"):
            assert words in builder.notes, f"{name}: {words}"
        said = "differs from the released edition" in builder.notes
        assert said or builder.task.released_folder is None, name


class TestNer:
    def test_entities_of_adjacent_and_unopened_tags(self):
        assert phrases([1, 2, 1, 0, 4, 3, 5], ner.TYPES) == [
            (0, 2, "PER"),
            (2, 3, "PER"),
            (4, 5, "ORG"),
            (5, 6, "ORG"),
            (6, 7, "LOC"),
        ]

    def test_phrases_are_counted_in_any_case_and_as_tokens(self):
        tokens = ["China", "and", "CHINA", "met", "in", "Chinatown", ",", "New", "China"]
        assert occurrences(["china"], tokens) == 3
        assert occurrences(["New", "China"], tokens) == 1

    def test_a_repeated_phrase_is_no_target_but_stays_a_chunk(self, upstream_rows):
        row = {"tokens": ["China", "beat", "CHINA", "Bank"], "ner_tags": [5, 0, 3, 4]}
        again = {"tokens": ["Ann", "saw", "ann"], "ner_tags": [1, 0, 1]}
        drafted = list(
            ner.draft(upstream_rows([row, again, {"tokens": ["."], "ner_tags": [0]}]), 0)
        )
        assert reasons(drafted) == ["repeated-phrase"] * 3 + ["no-entity"]
        (candidate,) = kept(drafted)
        assert candidate.stratum == "ORG"
        assert candidate.group == "china beat china bank"
        assert candidate.drafts[0].raw == {
            "text": "China beat CHINA Bank",
            "chunks": [["China"], ["CHINA", "Bank"]],
            "target_chunk": ["CHINA", "Bank"],
            "options": ["ORG", "PER", "LOC", "MISC"],
            "label": 0,
        }

    @pytest.mark.parametrize(
        ("tags", "message"),
        [
            ([1], "line 1: 1 ner_tags for 2 tokens"),
            ([0, 9], "line 1: ner_tags: 9 is none of 0 to 8"),
        ],
    )
    def test_wrong_tags(self, upstream_rows, tags, message):
        with pytest.raises(DataError, match=message):
            list(ner.draft(upstream_rows([{"tokens": ["a", "b"], "ner_tags": tags}]), 0))


def test_paws_joins_pairs_that_share_a_sentence_through_others(upstream_rows):
    pairs = [("A b .", "B x ."), ("C d .", "D y ."), ("E f .", "d,  c"), ("x b .", "F z .")]
    rows = [{"sentence1": a, "sentence2": b, "label": n % 2} for n, (a, b) in enumerate(pairs)]
    drafted = list(paws.draft(upstream_rows(rows), 0))
    assert [each.group for each in drafted] == ["a b", "c d", "c d", "a b"]
    assert [each.stratum for each in drafted] == ["0", "1", "0", "1"]


class TestCommonsenseqa:
    @staticmethod
    def row(question, concept, answer="C", letters="ABCDE", options=("v", "w", " x ", "y", "z")):
        choices = {"label": list(letters), "text": list(options)[: len(letters)]}
        return {
            "question": question,
            "question_concept": concept,
            "choices": choices,
            "answerKey": answer,
        }

    def test_gold_comes_first_and_hidden_answers_are_dropped(self, upstream_rows):
        rows = upstream_rows([self.row(" Where \n? ", "bank"), self.row("Who?", "bank", answer="")])
        drafted = list(commonsenseqa.draft(rows, 0))
        assert reasons(drafted) == ["no-gold"]
        raw = {"text": "Where ?", "options": ["x", "v", "w", "y", "z"], "label": 0}
        assert kept(drafted)[0].drafts[0].raw == raw

    def test_a_concept_or_a_question_makes_a_group(self, upstream_rows):
        rows = [
            ("Where?", "bank"),
            ("When?", "Bank"),
            ("where?", "shore"),
            ("How?", ""),
            ("Why?", ""),
        ]
        rows = [
            self.row(*row, options=[f"{name} {n}" for name in "vwxyz"])
            for n, row in enumerate(rows)
        ]
        drafted = commonsenseqa.draft(upstream_rows(rows), 0)
        groups = [each.group for each in drafted]
        assert groups[0] == groups[1] == groups[2] != groups[3] != groups[4] != groups[0]

    def test_three_options_in_common_make_a_group(self, upstream_rows):
        rows = [
            self.row("Where?", "bank"),
            self.row("Who?", "shore", options=("a", "b", "V", "w", "x")),
            self.row("How?", "river", options=("a", "b", "c", "d", "e")),
        ]
        one, two, three = commonsenseqa.draft(upstream_rows(rows), 0)
        assert one.group == two.group != three.group

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (("Q?", "c", "F"), "line 1: answerKey 'F' is none of A, B, C, D, E"),
            (("Q?", "c", "A", "ABCDEF"), "line 1: choices: 6 labels for 5 texts"),
        ],
    )
    def test_wrong_answers(self, upstream_rows, row, message):
        with pytest.raises(DataError, match=message):
            list(commonsenseqa.draft(upstream_rows([self.row(*row)]), 0))


class TestHalueval:
    @staticmethod
    def row(knowledge, dialogue, hallucination="yes"):
        return {
            "knowledge": knowledge,
            "dialogue_history": dialogue,
            "response": "r",
            "hallucination": hallucination,
        }

    def test_knowledge_or_dialogue_makes_a_group(self, upstream_rows):
        rows = [
            self.row("K1", "d1"),
            self.row("k1", "d2", "no"),
            self.row("k2", "D2"),
            self.row("k3", "k1"),
        ]
        drafted = list(halueval.draft(upstream_rows(rows), 0))
        assert len({each.group for each in drafted[:3]}) == 1
        assert drafted[3].group != drafted[0].group
        assert [each.stratum for each in drafted] == ["1", "0", "1", "1"]

    def test_another_label(self, upstream_rows):
        with pytest.raises(DataError, match="line 1: hallucination 'maybe' is neither yes nor no"):
            list(halueval.draft(upstream_rows([self.row("k", "d", "maybe")]), 0))


class TestMlama:
    CITIES = ("Oslo", "Bern", "Riga", "Rome", "Lima")

    @classmethod
    def fact(cls, number, city=None, subject=None, languages=LANGUAGES, **changed):
        city = number % 5 if city is None else city
        return [
            {
                "uuid": f"u{number}",
                "obj_uri": f"Q{city}",
                "obj_label": f"{cls.CITIES[city]} {lang}",
                "sub_uri": subject or f"S{number}",
                "sub_label": f"Person {number}",
                "template": "[X] lives in [Y].",
                "language": lang,
                "predicate_id": "P1",
            }
            | changed
            for lang in languages
        ]

    def draft(self, upstream_rows, *facts, seed=0):
        return list(mlama.draft(upstream_rows([row for fact in facts for row in fact]), seed))

    def test_a_fact_gives_parallel_items(self, upstream_rows):
        drafted = self.draft(upstream_rows, *(self.fact(n) for n in range(10)))
        assert len(kept(drafted)) == 10
        raws = [draft.raw for draft in drafted[0].drafts]
        assert [raw["lang"] for raw in raws] == list(LANGUAGES)
        assert {raw["text"] for raw in raws} == {"Person 0 lives in [Y]."}
        assert raws[0]["options"][0] == "Oslo en"
        cities = [[option.split()[0] for option in raw["options"]] for raw in raws]
        assert all(each == cities[0] for each in cities)
        assert drafted[0].group == "P1 S0"

    def test_the_order_of_rows_does_not_matter(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        one = self.draft(upstream_rows, *facts)
        two = self.draft(upstream_rows, *reversed(facts))
        assert [[d.raw for d in c.drafts] for c in one] == [
            [d.raw for d in c.drafts] for c in reversed(two)
        ]

    def test_another_right_object_is_no_distractor(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)] + [self.fact(10, 0, "S"), self.fact(11, 1, "S")]
        # right in the data, though the fact itself lacks languages and gives no item
        facts.append(self.fact(12, 2, "S", languages=("en",)))
        for seed in range(20):
            drafted = self.draft(upstream_rows, *facts, seed=seed)
            assert reasons(drafted) == ["missing-language"] + ["few-distractors"] * 2

    def test_a_fact_read_backwards_makes_no_distractor(self, upstream_rows):
        facts = [self.fact(n, predicate_id="P47") for n in range(10)]
        # Oslo borders person 5, so person 5 borders Oslo; only Bern, Riga and Rome are left
        back = self.fact(20, sub_uri="Q4", obj_uri="S5", obj_label="Person 5", predicate_id="P47")
        for seed in range(20):
            drafted = self.draft(upstream_rows, *facts, back, seed=seed)
            (asked,) = (each for each in kept(drafted) if each.group == "P47 S5")
            assert "Lima en" not in asked.drafts[0].raw["options"]

    def test_a_name_of_another_right_object_is_no_distractor(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)] + [self.fact(10, 0, "S"), self.fact(11, 1, "S")]
        # one more city with the French name of Bern, which is right of S
        namesake = self.fact(12, 2, obj_uri="Q9", obj_label="Bern")
        for row in namesake:
            row["obj_label"] = f"{'Bern' if row['language'] == 'fr' else 'Other'} {row['language']}"
        for seed in range(20):
            for each in kept(self.draft(upstream_rows, *facts, namesake, seed=seed)):
                if each.group == "P1 S":
                    assert "Other en" not in each.drafts[0].raw["options"]

    def test_chinese_is_in_one_script(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        for row in facts[0]:
            if row["language"] == "zh":
                row |= {"obj_label": "臺灣", "sub_label": "滑鐵盧", "template": "[X]說[Y]。"}
        raw = self.draft(upstream_rows, *facts)[0].drafts[3].raw
        assert raw["text"] == "滑铁卢说[Y]。"

    def test_options_are_told_apart_in_every_language(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        for fact in facts:
            for row in fact:
                if row["language"] == "zh" and row["obj_uri"] in ("Q0", "Q1"):
                    row["obj_label"] = "同"
        for seed in range(20):
            for candidate in kept(self.draft(upstream_rows, *facts, seed=seed)):
                assert len(set(candidate.drafts[3].raw["options"])) == 4

    def test_no_option_stands_in_the_question(self, upstream_rows):
        facts = [self.fact(n) for n in range(10)]
        gold = self.fact(20, 0, sub_label="The oslo en gallery")
        distractor = self.fact(21, 0, sub_label="The Bern fr gallery")
        for seed in range(20):
            *_, first, second = self.draft(upstream_rows, *facts, gold, distractor, seed=seed)
            assert first == Dropped("gold-in-question")
            assert "Bern en" not in second.drafts[0].raw["options"]

    @pytest.mark.parametrize(
        ("changed", "reason"),
        [
            ({"template": "[X] lives."}, "broken-template"),
            ({"template": "[X] and [X] live in [Y]."}, "broken-template"),
            ({"sub_label": " "}, "blank-field"),
            ({"uuid": ""}, "blank-field"),
            ({"predicate_id": "P2"}, "few-objects"),
            ({"predicate_id": "P530"}, "open-relation"),
            ({"template": "[X]是[Y]的大写。"}, "mistranslated"),
        ],
    )
    def test_unusable_facts(self, upstream_rows, changed, reason):
        facts = [self.fact(n) for n in range(10)] + [self.fact(10, **changed)]
        assert reasons(self.draft(upstream_rows, *facts)) == [reason]

    def test_languages_must_agree_on_the_fact(self, upstream_rows):
        fact = self.fact(10)
        fact[2]["obj_uri"] = "Q1"
        facts = [self.fact(n) for n in range(10)]
        assert reasons(self.draft(upstream_rows, *facts, fact)) == ["inconsistent-fact"]

    def test_other_languages_are_left_out(self, upstream_rows):
        facts = [self.fact(n, languages=(*LANGUAGES, "it")) for n in range(10)]
        assert reasons(self.draft(upstream_rows, *facts)) == ["other-language"] * 10
