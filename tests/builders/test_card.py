"""The card: its sections, and text of records that must not be read as markup."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.card.card import Entry, card, entry, read_sections
from builders.card.header import LICENCES, read_header
from builders.card.pages import NOTES, licences_page, notes_page
from mceval8k.editions import open_edition
from mceval8k.markdown_text import code, code_block, link, plain
from mceval8k.registry import get_task
from mceval8k.task import Source

COUNTS = {"train": 6000, "validation": 1000, "test": 1000}
HOSTILE = "a | b\n### ner\n<script>x</script> [t](http://e) **b** `c` $m$ \\"


@pytest.mark.parametrize(
    "section",
    [
        "Sizes",
        "Uses",
        "Loading",
        "Columns",
        "How it was made",
        "Known limits",
        "Personal and sensitive content",
        "Licences and citations",
        "Tasks",
        "Examples",
    ],
)
def test_sections(samples_edition, section):
    text = (samples_edition.folder / "README.md").read_text("utf-8")
    assert text.count(f"\n## {section}\n") == 1


def test_what_is_special_about_a_task_is_said_where_the_task_is():
    text = card("full", 0, [Entry(get_task("toxicity"), COUNTS, "")])
    assert "- `toxicity`: insults" in text
    assert "stereotypes" not in text
    assert (
        "| `toxicity` | self-reflection | en | 2 | 6,000 | 1,000 | 1,000 | CC-BY-SA-3.0 |" in text
    )
    page = licences_page([get_task("toxicity")], own=False)
    assert "[jigsaw/train](https://www.kaggle.com/" in page


def test_the_samples_have_the_licence_of_the_project():
    entries = [Entry(get_task("imdb"), COUNTS, "")]
    samples, full = (card(edition, 0, entries) for edition in ("samples", "full"))
    assert "and have its licence, Apache-2.0" in " ".join(samples.split())
    assert "| 1,000 | Apache-2.0 |" in samples
    assert "Each task has the licence of its upstream data" in full
    assert "real persons, from Wikidata" not in card(
        "samples", 0, [Entry(get_task("mlama"), COUNTS, "")]
    )


def test_text_of_records_is_no_markup(samples_edition):
    task = get_task("imdb")
    source = Source(id=HOSTILE, licence=HOSTILE, url="javascript:alert(1)")
    hostile = replace(
        task, licence=HOSTILE, licence_note=HOSTILE, summary=HOSTILE, sources=(source,)
    )
    (report,) = [each for each in samples_edition.reports if each.task.name == "agnews"]
    builder = replace(report.builder, task=replace(hostile, citation="```\n" + HOSTILE))
    item = {"question": HOSTILE, "options": [HOSTILE, "other"], "label": 0}
    made = replace(entry(replace(report, builder=builder, dropped={HOSTILE: 2})), example=item)
    text = card(HOSTILE, 0, [made], version=HOSTILE, left_out=[hostile])
    text += licences_page([hostile], own=False) + notes_page([made], own=True)
    outside = "".join(text.split("````")[::2])
    assert "<script" not in outside.replace("\\<script", "").replace(code(HOSTILE), "")
    assert "javascript" not in text
    assert text.count("\n### ner") == 1  # in the block of code that quotes the citation
    rows = [line for line in text.splitlines() if line.startswith("| `imdb`")]
    assert [row.replace("\\|", "").count("|") for row in rows] == [9, 5]


@given(st.text())
def test_plain_text_stays_on_its_line_and_loses_its_meaning(text):
    shown = plain(text)
    assert "\n" not in shown
    assert not any(
        character in "`*_[]<>|~$#" and shown[index - 1 : index] != "\\"
        for index, character in enumerate(shown)
    )


@given(st.text(alphabet="a` |\n"))
def test_code_is_closed_by_its_own_fence_alone(text):
    shown = code(text)
    fence = shown[: len(shown) - len(shown.lstrip("`"))] or "`"
    assert "\n" not in shown
    assert "|" not in shown
    assert fence not in shown[len(fence) : -len(fence)] or not text.strip()
    block = code_block(text, "text").split("\n")
    assert block[-1] == block[0].removesuffix("text")
    assert block[-1] not in block[1:-1]


def test_links():
    assert link("a_b", "https://e.org/x y)") == "[a\\_b](https://e.org/x%20y%29)"
    assert link("a", "file:///etc/passwd") == "a"


def test_the_sections_of_tasks_are_read_back_as_they_were_written(samples_edition):
    text = (samples_edition.folder / "README.md").read_text("utf-8")
    notes = (samples_edition.folder / NOTES).read_text("utf-8")
    entries = [entry(each) for each in samples_edition.reports]
    assert read_sections(text) == {each.task.name: each.section for each in entries}
    assert read_sections(notes) == {each.task.name: each.notes for each in entries}
    assert read_sections("no card") == {}


def test_the_figures_of_a_task_add_up(samples_edition):
    for report in samples_edition.reports:
        section = entry(report).section
        of, dropped, sound, used, unused = (
            int(each.replace(",", ""))
            for each in re.search(
                r"made of them[^:]*: ([\d,]+), of which dropped ([\d,]+) and sound ([\d,]+)\. "
                r"Of these, ([\d,]+) are in this edition; ([\d,]+) are more",
                section,
            ).groups()
        )
        assert of == dropped + sound
        assert sound == used + unused
        reasons = re.search(r"^Dropped: (.*)\.$", section, re.MULTILINE)
        numbers = re.findall(r" ([\d,]+)(?:,|$)", reasons.group(1)) if reasons else []
        assert sum(int(each.replace(",", "")) for each in numbers) == dropped
        assert used * report.width == report.total


def test_each_task_has_an_example_from_its_test_split(samples_edition):
    text = (samples_edition.folder / "README.md").read_text("utf-8")
    _, _, shown = text.partition("\n## Examples\n")
    lines = [line for line in shown.splitlines() if line.startswith("- `")]
    assert len(lines) == len(samples_edition.reports)
    edition = open_edition(samples_edition.folder)
    for report, line, options in zip(
        samples_edition.reports, lines, shown.split("\n  ")[1:], strict=True
    ):
        item = edition.load(report.task.name)["test"][0]
        assert line.startswith(f"- `{report.task.name}`: {plain(item['question'])[:20]}")
        assert f"**{plain(item['options'][item['label']])[:60]}" in options


@pytest.mark.parametrize(
    ("edition", "sources"),
    [
        ("samples", ["original"]),
        ("clean", ["iszhaoxin/MCEval8K"]),
        ("full", ["nyu-mll/glue"]),
    ],
)
def test_the_header_says_where_rows_are_from(edition, sources):
    entries = [Entry(get_task(name), COUNTS, "") for name in ("mnli", "postag", "toxicity")]
    header = read_header(card(edition, 0, entries))
    assert header["source_datasets"] == sources
    own = edition == "samples"
    assert header["license"] == ("apache-2.0" if own else "other")
    assert header.get("license_link") == (None if own else LICENCES)
    assert header["annotations_creators"]
