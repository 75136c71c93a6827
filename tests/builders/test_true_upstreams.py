"""Every task that the shared true rows allow, built from a part of them; the audit has no error."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from builders.audit.stored import read_audit
from builders.build import build, plan
from builders.making.task import Request
from builders.reading.sources.mirror import Mirror
from mceval8k.editions import SPLITS, open_edition

pytestmark = pytest.mark.shared

ROWS, SENTENCES, OF_A_DOCUMENT, SIZE = 600, 150, 2, 224
RELATIONS = ["P30", "P36", "P47", "P190"]
TASKS = (
    *("agnews", "amazon-reviews", "imdb", "chunking", "ner", "postag", "mnli", "paws"),
    *("fever", "commonsenseqa", "toxicity", "stereoset", "amazon-review-multi", "mlama", "mpostag"),
    "xnli",
)


@pytest.fixture(scope="session")
def true_rows(shared_dir, tmp_path_factory) -> Path:
    """A mirror with a part of each true file: about `ROWS` rows, spread over it."""
    source, folder = shared_dir / "upstream", tmp_path_factory.mktemp("true")
    if not source.is_dir():
        pytest.skip(f"true rows are not at {source}")
    for path in (each for each in source.rglob("*") if each.is_file()):
        copy = folder / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            _copy_table(path, copy)
        elif path.suffix == ".gz":
            with gzip.open(path, "rt") as file:
                copy.with_suffix("").write_text(_treebank(file.read().split("\n\n")))
        else:
            copy.write_bytes(path.read_bytes())
    return folder


def _treebank(sentences: list[str]) -> str:
    """The first sentences of each document, up to `SENTENCES` in all."""
    kept, place = [], 0
    for sentence in filter(str.strip, sentences):
        place = 0 if "# newdoc" in sentence else place + 1
        if place < OF_A_DOCUMENT:
            kept.append(sentence)
    return "".join(f"{sentence}\n\n" for sentence in kept[:SENTENCES])


def _copy_table(path: Path, copy: Path) -> None:
    table = pq.read_table(path)
    if "predicate_id" in table.column_names:
        table = table.filter(pc.is_in(table["predicate_id"], pa.array(RELATIONS)))
        return pq.write_table(table, copy)
    step = max(1, len(table) // ROWS)
    return pq.write_table(table.take(list(range(0, len(table), step))), copy)


@pytest.fixture(scope="session")
def built(true_rows, tmp_path_factory):
    """Builds a task once: its report and its items."""
    done = {}

    def once(task):
        if task not in done:
            folder = tmp_path_factory.mktemp("built") / task
            store = Mirror(true_rows)
            request = Request(size=SIZE, allow_smaller=True)
            result = build(plan(task, store).builders, store, request, folder)
            rows = open_edition(folder).load(task)
            items = [row for name in SPLITS for row in rows[name].to_list()]
            done[task] = (folder, result.reports[0], items)
        return done[task]

    return once


@pytest.mark.parametrize("task", TASKS)
def test_the_audit_finds_no_error(built, task):
    folder, report, items = built(task)
    found = read_audit(folder)
    assert [str(each) for each in found.tasks[0].findings if each.severity == "error"] == []
    assert len(items) == report.total >= 200


def test_no_residue_is_left_in_news(built):
    _, report, items = built("agnews")
    assert not any(re.search(r"#\d+;|\bquot;|&lt;|\\", row["text"]) for row in items)
    assert not report.dropped.get("broken-field")


def test_sentences_are_written_as_people_do(built):
    for task in ("chunking", "ner"):
        _, _, items = built(task)
        texts = [row["text"] for row in items]
        assert not any(re.search(r" [,;?!]|``|''|\w n't|-[LR]RB-|\\/", text) for text in texts)
        for row in items:
            phrase = " ".join(row["target_chunk"])
            assert row["text"].count(phrase) >= 1
            assert any(character.isalnum() for character in phrase)


@pytest.mark.parametrize(("task", "kinds"), [("postag", 14), ("mpostag", 50)])
def test_tags_are_equally_frequent(built, task, kinds):
    _, _, items = built(task)
    tags = Counter((row["lang"], row["options"][row["label"]]) for row in items)
    assert len(tags) == kinds
    assert max(tags.values()) - min(tags.values()) <= 1


def test_film_reviews_name_no_mark(built):
    _, report, items = built("imdb")
    assert not any(re.search(r"\b\d+ ?/ ?10\b|out of (10|ten)\b", row["text"]) for row in items)
    assert not any(re.search(r"<br|[\x80-\x9f]", row["text"]) for row in items)
    assert report.dropped["mark-in-text"] > 80
    assert report.dropped.get("broken-field", 0) < 5


def test_product_reviews_are_of_the_config_in_their_id(built):
    _, report, items = built("amazon-review-multi")
    assert {row["source_id"].count("/") for row in items} == {1}
    assert all(row["source_id"].startswith(f"{row['lang']}/") for row in items)
    assert report.dropped["stars-in-text"] > 100


def test_facts_have_one_script_and_no_open_relation(built):
    _, report, items = built("mlama")
    relations = {row["group"].split()[0] for row in items}
    assert relations <= {"P30", "P47"}
    assert report.dropped["open-relation"] > 900
    assert report.dropped["mistranslated"] > 500
    assert not any(re.search("[國蘭義語馬爾]", "".join(row["options"])) for row in items)
    assert not any(" ." in row["text"] or "\u200b" in row["text"] for row in items)


def test_a_bordering_country_is_no_distractor(built, true_rows):
    _, _, items = built("mlama")
    table = pq.read_table(true_rows / "cis-lmu/m_lama/all/test.parquet").to_pylist()
    borders = {
        (row["sub_label"], row["obj_label"]) for row in table if row["predicate_id"] == "P47"
    }
    borders |= {(other, one) for one, other in borders}
    asked = [row for row in items if row["lang"] == "en" and row["group"].startswith("P47 ")]
    assert asked
    for row in asked:
        subject = row["text"].removesuffix(" shares border with [Y].")
        wrong = [option for n, option in enumerate(row["options"]) if n != row["label"]]
        assert not [option for option in wrong if (subject, option) in borders]


def test_words_in_another_order_are_in_one_split(built):
    _, _, items = built("paws")
    homes = {}
    for row in items:
        for name in ("sentence1", "sentence2"):
            bag = " ".join(sorted(re.findall(r"\w+", row[name].lower())))
            assert homes.setdefault(bag, row["group"]) == row["group"]


def test_labels_are_those_of_the_source_rows(built, true_rows):
    """Every gold of the tasks with fixed options, against the row that its id names."""
    for task, folder, text in (
        ("agnews", "fancyzhx/ag_news/default", None),
        ("mnli", "nyu-mll/glue/mnli", "hypothesis"),
        ("paws", "google-research-datasets/paws/labeled_final", "sentence1"),
        ("imdb", "stanfordnlp/imdb/plain_text", None),
    ):
        _, _, items = built(task)
        tables = {
            path.stem: pq.read_table(path).to_pylist() for path in (true_rows / folder).glob("*")
        }
        for row in islice(items, 200):
            split, _, number = row["source_id"].partition(":")
            source = tables[split][int(number)]
            assert row["label"] == source["label"]
            assert text is None or row[text].split()[0] == source[text].split()[0]
