"""The builders of `lti`, `xnli` and `amazon-review-multi`, each on rows worked by hand."""

from __future__ import annotations

import pytest

from builders.builder import Dropped
from builders.languages import script_fits
from builders.making.ratings import names_stars
from builders.making.task import Request, make
from builders.multilingual import amazon_review_multi, lti, xnli
from builders.reading.sources.mirror import Mirror
from builders.reading.upstream import UpstreamRow
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
            ("拉玛 亚历山大放弃了总统竞选。", "拉玛 亚历山大放弃了总统竞选。"),
            ("如果筹款持续到 7 月 就太好了。", "如果筹款持续到 7 月 就太好了。"),
        ],
    )
    def test_chinese_that_is_cut_is_written_without_spaces(self, text, written):
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
    def row(text, label=0, config="en"):
        where = f"{config}/train.parquet: row 0"
        return UpstreamRow({"text": text, "label": label}, "set", f"{config}/train:0", where)

    def test_the_review_is_the_body(self):
        rows = [
            self.row("Five stars\n\n It works.\n\nReally. ", 4),
            self.row("\n\n很好", 0, "zh"),
        ]
        english, chinese = amazon_review_multi.draft(rows, 0)
        assert english.drafts[0].raw == {"review": "It works.\n\nReally.", "label": 5, "lang": "en"}
        assert english.stratum == "en 5"
        assert english.group == "it works. really."
        assert [each.drafts[0].row.source_id for each in (english, chinese)] == [
            "en/train:0",
            "zh/train:0",
        ]

    def test_the_source_id_names_the_config_once(self, tmp_path, write_jsonl):
        for config, text in zip(LANGUAGES, ("Good", "Bon", "Gut", "很好", "Bueno"), strict=True):
            folder = tmp_path / "mteb/AmazonReviewsClassification" / config
            for split in ("train", "test"):
                rows = [
                    {"text": f"\n\n{text} {text} {n} {split}", "label": n % 5} for n in range(10)
                ]
                write_jsonl(folder / f"{split}.jsonl", rows)
        made = make(amazon_review_multi.BUILDER, Mirror(tmp_path), Request(all_there_is=True))
        ids = [item["source_id"] for items in made.items.values() for item in items]
        assert len(ids) == len(set(ids)) == 100
        assert {"zh/test:9", "en/train:0"} <= set(ids)

    @pytest.mark.parametrize(
        "text",
        [
            *("Only two stars.", "I'd give 4.5 stars", "5-star quality", "★★★", "4/5"),
            *("Klare 5 Sterne!", "einen Stern Abzug", "keinen Stern wert", "5 von 5 Sternen"),
            *("Une étoile en moins", "4 etoiles", "zéro étoile", "Le doy 3estrellas"),
            *("una estrella sólo", "给个三星吧", "全5星好评", "扣一颗星", "一个星都不想给"),
        ],
    )
    def test_a_rating_is_seen_in_every_language(self, text):
        assert names_stars(text)

    @pytest.mark.parametrize(
        "text",
        [
            *("stars at night", "ein Sternenpullover", "un hôtel étoilé"),
            *("estrellada", "用不到一个星期", "三星级酒店", "am 12/5/2019 gekauft"),
        ],
    )
    def test_other_stars_are_no_rating(self, text):
        assert not names_stars(text)

    @pytest.mark.parametrize(
        ("text", "config", "reason"),
        [
            ("A title alone", "en", "no-body"),
            ("Title\n\n ", "en", "no-body"),
            ("标题\n\nnot Chinese", "zh", "other-script"),
            ("Titre\n\n质量很好", "fr", "other-script"),
            ("\n\nBroken after a week, 1 Stern.", "de", "stars-in-text"),
        ],
    )
    def test_reasons(self, text, config, reason):
        rows = [self.row(text, config=config)]
        assert list(amazon_review_multi.draft(rows, 0)) == [Dropped(reason)]

    def test_a_review_in_several_languages_is_dropped(self):
        rows = [self.row("a\n\nOK top", 1), self.row("b\n\nok TOP", 1, "de")]
        assert reasons(amazon_review_multi.draft(rows, 0)) == ["several-languages"] * 2

    @pytest.mark.parametrize(
        ("label", "config", "message"),
        [
            (5, "en", "row 0: label 5 is none of 0 to 4"),
            (0, "ja", "row 0: config 'ja' is none of en, fr, de, zh, es"),
        ],
    )
    def test_wrong_rows_are_named(self, label, config, message):
        with pytest.raises(DataError, match=message):
            list(amazon_review_multi.draft([self.row("a\n\nb", label, config)], 0))
