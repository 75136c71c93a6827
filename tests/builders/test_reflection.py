"""Self-reflection: StereoSet and Jigsaw's comments, on rows worked by hand."""

from __future__ import annotations

from collections import Counter

import pytest

from builders.builder import Dropped
from builders.making.cleaning import clean
from builders.making.task import Request, make
from builders.reading.sources.mirror import Mirror
from builders.self_reflection import stereoset, toxicity
from mceval8k.errors import DataError


def reasons(drafted):
    return [each.reason for each in drafted if isinstance(each, Dropped)]


def kept(drafted):
    return [each for each in drafted if not isinstance(each, Dropped)]


class TestStereoset:
    @staticmethod
    def row(context, labels=(1, 2, 0), texts=("Typical.", "Rain. ", "Not typical.")):
        sentences = {"sentence": list(texts), "gold_label": list(labels)}
        return {"context": context, "sentences": sentences}

    def test_the_unrelated_sentence_is_the_gold_and_the_columns_are_not_swapped(
        self, upstream_rows
    ):
        (found,) = stereoset.draft(upstream_rows([self.row(" A nun. ")]), 0)
        assert found.drafts[0].raw == {
            "context": "A nun.",
            "sentences": ["Rain.", "Typical.", "Not typical."],
            "non-stereotype": 0,
            "stereotype": 1,
            "anti-stereotype": 2,
        }
        assert found.group == "a nun."

    @pytest.mark.parametrize("labels", [(1, 1, 0), (1, 2, 3)])
    def test_a_row_without_one_sentence_of_each_kind(self, upstream_rows, labels):
        drafted = stereoset.draft(upstream_rows([self.row("A nun.", labels)]), 0)
        assert reasons(drafted) == ["no-single-gold"]

    def test_labels_for_other_sentences_name_the_row(self, upstream_rows):
        with pytest.raises(DataError, match="line 1: sentences: 2 labels for 3 texts"):
            list(stereoset.draft(upstream_rows([self.row("A nun.", (1, 2))]), 0))

    def test_equal_sentences_are_dropped(self, upstream_rows):
        rows = upstream_rows([self.row("A nun.", texts=("Typical.", "Rain.", "typical. "))])
        assert clean(stereoset.BUILDER, stereoset.draft(rows, 0)).dropped == {
            "duplicate-options": 1
        }

    def test_all_index_columns_follow_the_order(self, tmp_path, write_jsonl):
        for config in ("intersentence", "intrasentence"):
            rows = [
                self.row(f"{config} {n}.", texts=(f"s {n}", f"u {n}", f"a {n}")) for n in range(24)
            ]
            write_jsonl(tmp_path / f"McGill-NLP/stereoset/{config}/validation.jsonl", rows)
        made = make(stereoset.BUILDER, Mirror(tmp_path), Request(all_there_is=True))
        orders = Counter()
        for items in made.items.values():
            golds = Counter(item["label"] for item in items)
            assert set(golds.values()) == {len(items) // 3}
            for item in items:
                assert item["sentences"] == item["options"]
                assert item["label"] == item["non-stereotype"]
                columns = ("non-stereotype", "stereotype", "anti-stereotype")
                found = [item["options"][item[name]][0] for name in columns]
                assert found == ["u", "s", "a"]
                orders[tuple(option[0] for option in item["options"])] += 1
        assert len(orders) == 6


class TestToxicity:
    @staticmethod
    def row(text, toxic=0):
        return {"comment_text": text, "toxic": toxic}

    def draft(self, upstream_rows, *rows, seed=0):
        return list(toxicity.draft(upstream_rows(rows), seed))

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('"\nHe said ""no"" twice. "', 'He said "no" twice.'),
            ('"Consensus", you say?', '"Consensus", you say?'),
            ('"One" and "two"', '"One" and "two"'),
            ('He said ""no"".', 'He said ""no"".'),
            ('"All of it."', "All of it."),
            ('"', '"'),
            ('""', ""),
        ],
    )
    def test_csv_within_csv_is_undone(self, text, expected):
        assert toxicity.unquoted(text) == expected

    def test_a_comment_is_unquoted_before_its_length_is_taken(self, upstream_rows):
        inner = 'He said ""no"". ' + "x" * 90
        rows = [self.row(f'"{inner}"', toxic) for toxic in (0, 1)]
        texts = {each.drafts[0].raw["text"] for each in kept(self.draft(upstream_rows, *rows))}
        assert texts == {inner.replace('""', '"')}
        assert reasons(self.draft(upstream_rows, self.row(f'"{inner[:-5]}"'))) == ["too-short"]

    def test_lengths_that_are_asked(self, upstream_rows):
        lengths = [100, 101, 499, 500]
        rows = [self.row("x" * n, toxic) for n in lengths for toxic in (0, 1)]
        rows.append(self.row(" " * 20 + "y" * 90))
        drafted = self.draft(upstream_rows, *rows)
        assert Counter(reasons(drafted)) == {"too-short": 3, "too-long": 2}
        found = [len(each.drafts[0].raw["text"]) for each in kept(drafted)]
        assert sorted(found) == [101, 101, 499, 499]

    def test_lengths_are_matched_and_line_breaks_stay(self, upstream_rows):
        rows = [self.row(f"{n}\n\n" + "x" * 105, 1) for n in range(5)]
        rows += [self.row(f"{n}\n\n" + "y" * 106, 0) for n in range(3)]
        rows += [self.row(f"{n}" + "z" * 200, 0) for n in range(4)]
        drafted = self.draft(upstream_rows, *rows)
        assert reasons(drafted) == ["no-match-in-length"] * 6
        assert Counter(each.stratum for each in kept(drafted)) == {"0": 3, "1": 3}
        assert all("\n\n" in each.drafts[0].raw["text"] for each in kept(drafted))
        again = self.draft(upstream_rows, *reversed(rows))
        texts = [{each.drafts[0].raw["text"] for each in kept(some)} for some in (drafted, again)]
        assert texts[0] == texts[1]

    def test_no_length_tells_the_labels_apart(self, upstream_rows):
        """Toxic comments are short; without the matching the best threshold is right for 75 %."""
        rows = [self.row(f"{n} ".ljust(110 + n % 200, "x"), 1) for n in range(400)]
        rows += [self.row(f"{n} ".ljust(210 + n % 200, "y"), 0) for n in range(400)]
        assert best_threshold((len(row["comment_text"]), row["toxic"]) for row in rows) >= 0.75
        found = [each.drafts[0].raw for each in kept(self.draft(upstream_rows, *rows))]
        assert len(found) >= 380
        assert best_threshold((len(raw["text"]), raw["toxic"]) for raw in found) <= 0.52

    def test_a_broken_comment_takes_no_partner(self, upstream_rows):
        rows = [self.row("x" * 120, 1), self.row("<b>bold</b>" + "y" * 110, 0)]
        assert reasons(self.draft(upstream_rows, *rows)) == ["broken-field", "no-match-in-length"]

    def test_another_label_names_the_row(self, upstream_rows):
        with pytest.raises(DataError, match="line 1: toxic -1 is neither 0 nor 1"):
            self.draft(upstream_rows, self.row("x", -1))

    def test_kaggles_file_with_quotes_and_line_breaks(self, tmp_path):
        write_comments(tmp_path, [f'"a ""word"",\n\n{n:03}{"x" * 150}"' for n in range(32)])
        made = make(toxicity.BUILDER, Mirror(tmp_path), Request(all_there_is=True))
        items = [item for items in made.items.values() for item in items]
        assert len(items) == made.report.read == 32
        assert all(item["text"].startswith('a "word",\n\n') for item in items)
        assert {item["source_id"] for item in items} == {f"train:{n}" for n in range(32)}

    @pytest.mark.parametrize(
        ("second", "message"),
        [
            ('"an open quote', "train.csv: row 1: unexpected end of data"),
            ('"a" word', "train.csv: row 1: ',' expected after '\"'"),
            ("a comma, too many", "train.csv: row 1: not as many fields as the header"),
        ],
    )
    def test_damage_names_file_and_row(self, tmp_path, second, message):
        write_comments(tmp_path, ['"two\nlines"', second])
        with pytest.raises(DataError, match=message):
            make(toxicity.BUILDER, Mirror(tmp_path), Request())

    def test_no_file(self, tmp_path):
        assert not Mirror(tmp_path).has(toxicity.BUILDER.upstream[0])
        with pytest.raises(DataError, match=r"jigsaw/train\.csv: no such file"):
            make(toxicity.BUILDER, Mirror(tmp_path), Request())


def write_comments(mirror, texts):
    """Write Kaggle's file; each text stands as it is, and every second one is toxic."""
    lines = [f"{n},{text},{n % 2},0\n" for n, text in enumerate(texts)]
    (mirror / "jigsaw").mkdir()
    content = "id,comment_text,toxic,severe_toxic\n" + "".join(lines)
    (mirror / "jigsaw/train.csv").write_text(content, "utf-8")


def best_threshold(lengths_and_labels):
    pairs = list(lengths_and_labels)
    shares = []
    for limit in {length for length, _ in pairs}:
        right = sum((length <= limit) == label for length, label in pairs) / len(pairs)
        shares += [right, 1 - right]
    return max(shares)
