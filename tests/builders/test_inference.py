"""Inference: MultiNLI and SWAG, on rows worked by hand."""

from __future__ import annotations

import pytest

from builders.builder import Dropped
from builders.making.cleaning import clean
from builders.nli import mnli, swag
from mceval8k.errors import DataError


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


class TestMnli:
    @staticmethod
    def row(premise, hypothesis, label):
        return {"premise": premise, "hypothesis": hypothesis, "label": label}

    def test_pairs_of_a_premise_are_one_group(self, upstream_rows):
        rows = [self.row(" It rained. ", "It was wet. ", 0), self.row("it  rained.", "Why?", 1)]
        one, two = mnli.draft(upstream_rows(rows), 0)
        assert one.drafts[0].raw == self.row("It rained.", "It was wet.", 0)
        assert one.group == two.group == "it rained."
        assert (one.stratum, two.stratum) == ("0", "1")

    def test_pairs_without_label_or_hypothesis(self, upstream_rows):
        rows = [
            self.row("P.", "H.", -1),
            self.row("P.", "N/A", 1),
            self.row("P.", "n/a said he", 1),
        ]
        drafted = list(mnli.draft(upstream_rows(rows), 0))
        assert reasons(drafted) == ["no-gold", "no-hypothesis"]
        assert len(kept(drafted)) == 1

    def test_a_disputed_pair_is_dropped(self, upstream_rows):
        rows = upstream_rows([self.row("P.", "H.", 0), self.row("p.", "h.", 2)])
        cleaned = clean(mnli.BUILDER, mnli.draft(rows, 0))
        assert cleaned.dropped == {"contradictory-labels": 2}

    def test_another_label_names_the_row(self, upstream_rows):
        rows = upstream_rows([self.row("P.", "H.", 3)])
        with pytest.raises(DataError, match="line 1: label 3 is out of range"):
            clean(mnli.BUILDER, mnli.draft(rows, 0))


class TestSwag:
    @staticmethod
    def row(sentence="A man sits.", video="v1", label=2, source="gold", **changed):
        return {
            "video-id": video,
            "startphrase": f"{sentence} He ",
            "sent1": sentence,
            "gold-source": source,
            "ending0": "runs.",
            "ending1": "flies.",
            "ending2": " stands up.",
            "ending3": "melts.",
            "label": label,
        } | changed

    def test_gold_comes_first(self, upstream_rows):
        (found,) = swag.draft(upstream_rows([self.row()]), 0)
        assert found.drafts[0].raw == {
            "text": "A man sits. He",
            "options": ["stands up.", "runs.", "flies.", "melts."],
            "label": 0,
        }

    def test_a_video_or_a_sentence_makes_a_group(self, upstream_rows):
        rows = [
            self.row("A man sits.", "v1"),
            self.row("A dog barks.", "v1"),
            self.row("a dog  barks.", "v2"),
            self.row("Snow falls.", "v3"),
        ]
        groups = [each.group for each in swag.draft(upstream_rows(rows), 0)]
        assert groups[0] == groups[1] == groups[2] != groups[3]

    def test_dropped_rows(self, upstream_rows):
        rows = upstream_rows(
            [
                self.row("One.", source="gen"),
                self.row("Two.", label=-1),
                self.row("Three.", ending3="RUNS. "),
                self.row("Four.", ending1=" "),
                self.row("Five."),
            ]
        )
        cleaned = clean(swag.BUILDER, swag.draft(rows, 0))
        assert [each.drafts[0].raw["text"] for each in cleaned.candidates] == ["Five. He"]
        assert cleaned.dropped == {
            "blank-field": 1,
            "duplicate-options": 1,
            "generated-gold": 1,
            "no-gold": 1,
        }

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"label": 4}, "line 1: label 4 is none of 0 to 3"),
            ({"label": -2}, "line 1: label -2 is none of 0 to 3"),
            ({"source": "human"}, "line 1: gold-source 'human' is neither gold nor gen"),
        ],
    )
    def test_wrong_rows(self, upstream_rows, changed, message):
        with pytest.raises(DataError, match=message):
            list(swag.draft(upstream_rows([self.row(**changed)]), 0))
