"""The card: its sections, and text of records that must not be read as markup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.card.card import Entry, card, entry, read_sections
from builders.card.markdown import code, code_block, link, plain
from builders.card.texts import SENSITIVE
from mceval8k.registry import all_tasks, get_task
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
    ],
)
def test_sections(samples_edition, section):
    text = (samples_edition.folder / "README.md").read_text("utf-8")
    assert text.count(f"\n## {section}\n") == 1


def test_what_is_special_about_a_task_is_said_where_the_task_is():
    assert set(SENSITIVE) <= set(all_tasks())
    text = card("full", 0, [Entry(get_task("toxicity"), COUNTS, "")])
    assert "- `toxicity`: insults" in text
    assert "stereotypes" not in text
    assert (
        "| `toxicity` | self-reflection | en | 2 | 6,000 | 1,000 | 1,000 | CC-BY-SA-3.0 |" in text
    )
    assert "[jigsaw/train](https://www.kaggle.com/" in text


def test_the_samples_have_the_licence_of_the_project():
    entries = [Entry(get_task("imdb"), COUNTS, "")]
    assert "have its licence, Apache-2.0" in card("samples", 0, entries)
    assert "Each task has the licence of its upstream data" in card("full", 0, entries)


def test_text_of_records_is_no_markup(samples_edition):
    task = get_task("imdb")
    source = Source(id=HOSTILE, licence=HOSTILE, url="javascript:alert(1)")
    hostile = replace(task, licence=HOSTILE, summary=HOSTILE, sources=(source,))
    (report,) = [each for each in samples_edition.reports if each.task.name == "agnews"]
    builder = replace(report.builder, task=replace(hostile, citation="```\n" + HOSTILE))
    made = entry(replace(report, builder=builder, dropped={HOSTILE: 2}))
    text = card(HOSTILE, 0, [made], version=HOSTILE, left_out=[hostile])
    outside = "".join(text.split("````")[::2])
    assert "<script" not in outside.replace("\\<script", "").replace(code(HOSTILE), "")
    assert "javascript" not in text
    assert text.count("\n### ner") == 1  # in the block of code that quotes the citation
    rows = [line for line in text.splitlines() if line.startswith("| `imdb`")]
    assert [row.replace("\\|", "").count("|") for row in rows] == [9, 4]


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
    expected = {each.task.name: entry(each).section for each in samples_edition.reports}
    assert read_sections(text) == expected
    assert read_sections("no card") == {}
