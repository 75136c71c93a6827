"""Pages: everything from the data is text, and nothing is fetched."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pyarrow as pa

from neurgrad_eval.show.console import show
from neurgrad_eval.show.pages import render, sections
from neurgrad_eval.show.views import Chart, View

HOSTILE = "</script><script>alert(1)</script>[bold]=1+1"
TABLE = pa.table({"word": [HOSTILE, "b"], "x": [1, 2], "y": [0.5, 0.25]})


class Tags(HTMLParser):
    """Tags of the page, its texts, and what is in its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        inside = self.tags and self.tags[-1][0] == "script" and self.get_starttag_text()
        (self.scripts if inside and "script" in inside else self.texts).append(data)


def page() -> str:
    views = [
        View(HOSTILE, "t", f"one\n\n{HOSTILE}", Chart("lines", "x", "y", series="word")),
        View("folded", "t", folded=True),
    ]
    parts = sections(
        HOSTILE,
        views,
        {"t": TABLE},
        lead=HOSTILE,
        facts={HOSTILE: HOSTILE},
        warnings=[HOSTILE],
        settings={HOSTILE: HOSTILE},
        command=HOSTILE,
    )
    return render(HOSTILE, parts)


def test_no_text_of_the_data_becomes_a_tag():
    found = Tags()
    found.feed(page())
    assert not [script for script in found.scripts if script.strip().startswith("alert")]
    kinds = [attrs.get("type") for tag, attrs in found.tags if tag == "script"]
    assert kinds == ["application/json", None, None]  # the figure, Plotly's script, ours
    assert sum(HOSTILE in text for text in found.texts) >= 6
    assert not [attrs for tag, attrs in found.tags if tag in ("img", "iframe", "link")]
    assert not [attrs for _, attrs in found.tags if "src" in attrs]
    links = [attrs["href"] for _, attrs in found.tags if "href" in attrs]
    assert links == ["#part-2", "#part-3"]


def test_contents_lists_sections_or_the_parts_of_the_only_one():
    view = View("a part", "t")
    one = sections("one", [view, view], {"t": TABLE})
    html = render("page", [*one, *sections("two", [view], {"t": TABLE})])
    assert re.findall('href="(#.*?)">(.*?)<', html) == [("#part-1", "one"), ("#part-4", "two")]
    assert re.findall('href="(#.*?)">', render("one", one)) == ["#part-2", "#part-3"]
    assert re.findall('<section id="(.*?)">', html) == [f"part-{n}" for n in range(1, 6)]
    assert "<nav" not in render("one", one[:2])


def test_the_same_result_gives_the_same_bytes():
    assert page() == page()
    assert len(re.findall('id="figure-1"', page())) == 1


def test_the_console_prints_whole_cells_and_no_markup(capsys):
    show([View(HOSTILE, "t"), View("hidden", "t", printed=False)], {"t": TABLE}, [HOSTILE])
    printed = capsys.readouterr()
    assert printed.out.count(HOSTILE) == 2
    assert "hidden" not in printed.out
    assert "warning:" in printed.err
