"""The builders of `lti`, `xnli` and `amazon-review-multi`, each on rows worked by hand."""

from __future__ import annotations

import pytest

from builders.builder import Dropped
from builders.languages import script_fits
from builders.multilingual import amazon_review_multi, lti, xnli
from mceval8k.errors import DataError
from mceval8k.task import LANGUAGES


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


@pytest.mark.parametrize(
    ("text", "lang", "fits"),
    [
        ("L'été, c'est là-bas : 100 % œuvre", "fr", True),
        ("Немного русского текста", "de", False),
        ("非常好用 iPad", "zh", True),
        ("not 中文 at all", "zh", False),
        ("质量很好", "en", False),
        ("12345 !!", "en", False),
        ("𠀀𠀁", "zh", True),
    ],
)
def test_script(text, lang, fits):
    assert script_fits(text, lang) is fits


class TestLti:
    LONG = "A sentence that is long enough"

    @pytest.mark.parametrize(
        ("text", "language", "reason"),
        [
            (LONG, "ind", "other-language"),
            ("Nineteen columns . ", "eng", "short"),
            ("这是九个汉字的句子", "cmn", "short"),
            (LONG, "cmn", "other-script"),
            ("这是一个够长的中文句子。", "deu", "other-script"),
        ],
    )
    def test_reasons(self, upstream_rows, text, language, reason):
        rows = upstream_rows([{"text": text, "language": language}])
        assert list(lti.draft(rows, 0)) == [Dropped(reason)]

    def test_texts(self, upstream_rows):
        rows = [
            {"text": " Twenty columns wide. ", "language": "eng"},
            {"text": "这是十个汉字的句子。", "language": "cmn"},
        ]
        drafted = list(lti.draft(upstream_rows(rows), 0))
        assert [each.stratum for each in drafted] == ["en", "zh"]
        assert drafted[0].drafts[0].raw == {"text": "Twenty columns wide.", "lang": "en"}
        assert drafted[0].group == "twenty columns wide."

    def test_a_text_of_several_languages_is_dropped_in_all(self, upstream_rows):
        rows = [
            {"text": self.LONG, "language": "eng"},
            {"text": self.LONG.upper(), "language": "spa"},
            {"text": self.LONG + " again", "language": "eng"},
        ]
        drafted = list(lti.draft(upstream_rows(rows), 0))
        assert reasons(drafted) == ["several-languages"] * 2
        assert len(kept(drafted)) == 1


class TestXnli:
    @staticmethod
    def row(number, premise=None, label=0, **changed):
        premise = premise or f"premise {number}"
        texts = {
            "premise": {lang: f"{premise} {lang}" for lang in LANGUAGES},
            "hypothesis": {
                "language": ["ar", *LANGUAGES],
                "translation": [f"hypothesis {number} {lang}" for lang in ("ar", *LANGUAGES)],
            },
        }
        return {**texts, "label": label, **changed}

    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("我 不 是 来 这儿 的 , 让 他们 说说 .", "我不是来这儿的,让他们说说."),
            ("准备 一个 robi 的 食谱 。", "准备一个 robi 的食谱。"),
            ("52 公里 ( 32 英里 ) 从 颈部", "52 公里( 32 英里)从颈部"),
            ('" 我 自己 的 .', '"我自己的.'),
            ("已经 连写 的句子", "已经连写的句子"),
            ("New York 的 Café é 店", "New York 的 Café é 店"),
        ],
    )
    def test_chinese_is_written_without_spaces(self, text, written):
        assert xnli.without_spaces(text) == written

    def test_a_row_gives_parallel_items(self, upstream_rows):
        row = self.row(3, label=2)
        row["premise"]["zh"] = " 我 不 是 。 "
        row["premise"]["en"] = "Two  spaces"
        (candidate,) = xnli.draft(upstream_rows([row]), 0)
        raws = [draft.raw for draft in candidate.drafts]
        assert [raw["lang"] for raw in raws] == list(LANGUAGES)
        assert raws[0] == {
            "index": 0,
            "premise": "Two spaces",
            "hypothesis": "hypothesis 3 en",
            "label": 2,
            "lang": "en",
        }
        assert raws[3]["premise"] == "我不是。"
        assert candidate.stratum == "2"

    def test_a_premise_in_any_language_makes_a_group(self, upstream_rows):
        rows = [self.row(0), self.row(1, "Premise 0", 1), self.row(2), self.row(3)]
        rows[2]["premise"]["de"] = rows[0]["premise"]["de"]
        groups = [each.group for each in xnli.draft(upstream_rows(rows), 0)]
        assert groups[0] == groups[1] == groups[2] != groups[3]

    def test_what_is_not_in_all_languages_is_dropped(self, upstream_rows):
        blank, absent = self.row(0), self.row(1)
        blank["premise"]["fr"] = " "
        absent["hypothesis"] = {"language": ["en"], "translation": ["only"]}
        unlabelled = self.row(2, label=-1)
        drafted = list(xnli.draft(upstream_rows([blank, absent, unlabelled, self.row(3)]), 0))
        assert reasons(drafted) == ["missing-language"] * 2 + ["no-gold"]
        assert len(kept(drafted)) == 1

    def test_a_broken_hypothesis_is_named(self, upstream_rows):
        row = self.row(0, hypothesis={"language": ["en", "fr"], "translation": ["only"]})
        with pytest.raises(DataError, match="line 1: hypothesis: 2 languages for 1 translations"):
            list(xnli.draft(upstream_rows([row]), 0))


class TestAmazon:
    @staticmethod
    def row(text, label=0, id_="en_1"):
        return {"id": id_, "text": text, "label": label}

    def test_the_review_is_the_body(self, upstream_rows):
        rows = [
            self.row("Five stars\n\n It works.\n\nReally. ", 4),
            self.row("T\n\n很好", 0, "zh_9"),
        ]
        english, chinese = amazon_review_multi.draft(upstream_rows(rows), 0)
        assert english.drafts[0].raw == {"review": "It works.\n\nReally.", "label": 5, "lang": "en"}
        assert english.stratum == "en 5"
        assert english.group == "it works. really."
        assert [each.drafts[0].row.source_id for each in (english, chinese)] == [
            "en/train:0",
            "zh/train:1",
        ]

    @pytest.mark.parametrize(
        ("text", "id_", "reason"),
        [
            ("A title alone", "en_1", "no-body"),
            ("Title\n\n ", "en_1", "no-body"),
            ("标题\n\nnot Chinese", "zh_1", "other-script"),
            ("Titre\n\n质量很好", "fr_1", "other-script"),
        ],
    )
    def test_reasons(self, upstream_rows, text, id_, reason):
        rows = upstream_rows([self.row(text, id_=id_)])
        assert list(amazon_review_multi.draft(rows, 0)) == [Dropped(reason)]

    def test_a_review_in_several_languages_is_dropped(self, upstream_rows):
        rows = [self.row("a\n\nOK top", 1), self.row("b\n\nok TOP", 1, "de_1")]
        assert (
            reasons(amazon_review_multi.draft(upstream_rows(rows), 0)) == ["several-languages"] * 2
        )

    @pytest.mark.parametrize(
        ("label", "id_", "message"),
        [
            (5, "en_1", "line 1: label 5 is none of 0 to 4"),
            (0, "ja_1", "line 1: id 'ja_1' begins with none of en, fr, de, zh, es"),
        ],
    )
    def test_wrong_rows_are_named(self, upstream_rows, label, id_, message):
        rows = upstream_rows([self.row("a\n\nb", label, id_)])
        with pytest.raises(DataError, match=message):
            list(amazon_review_multi.draft(rows, 0))
