"""The pages in a real browser: sorting, filtering, comparing, the keyboard, and hostile text."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.leaderboard.board import Row
from harness.leaderboard.records import Example
from harness.leaderboard.writing import write_board
from harness.metrics.comparison import Pair, compare
from mceval8k.statistics import seed_of
from tests.harness.leaderboard.conftest import TASKS, board_of
from tests.harness.leaderboard.result_files import make_run, write_run

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

HOSTILE = "evil/<script>alert(1)<br><img src=x onerror=alert(2)>\"'&amp;\u202eمرحبا 🦊${7*7}"
LONG = "lab/" + "x" * 150


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        pytest.skip("no chromium: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=found, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of `results` and one whose name and items are full of markup."""
    folder = tmp_path_factory.mktemp("hostile")
    content, samples = make_run("lab/hostile", tasks={"agnews": 1.0, "lti": 1.0}, n=40)
    content["config"]["model_args"] = {"pretrained": HOSTILE, "<i>": "<b>"}
    write_run(folder / "<b>results", content, samples)
    content, samples = make_run(LONG, tasks={"agnews": 1.0}, n=40)
    write_run(folder / "long", content, samples)
    broken, samples = make_run("lab/<i>broken", tasks={"agnews": 1.0}, n=40)
    broken["configs"]["mceval8k_agnews"]["dataset_name"] = "agnews<img src=y onerror=alert(4)>"
    write_run(folder / "broken", broken, samples)
    board = board_of(results, folder, tasks=TASKS)
    write_board(replace(board, rows=tuple(map(with_hostile_items, board.rows))), folder / "board")
    return folder / "board" / "site"


def with_hostile_items(row: Row) -> Row:
    """A row whose examples are full of markup: an edition may hold anything."""
    entries = {
        name: replace(
            entry, result=replace(entry.result, examples=tuple(map(hostile, entry.result.examples)))
        )
        for name, entry in row.entries.items()
    }
    return replace(row, entries=entries)


def hostile(example: Example) -> Example:
    question = f"Question {HOSTILE}\n</script><script>alert(3)</script>"
    return replace(
        example, question=question, options=tuple(f"{HOSTILE} {o}" for o in example.options)
    )


class Page:
    """A page that notes what it must not do."""

    def __init__(self, context: Any, site: Path) -> None:
        self.site, self.wrong = site, []
        self.tab = context.new_page()
        self.tab.set_default_timeout(20_000)
        self.tab.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        self.tab.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.tab.on("console", self.note)
        self.tab.route("**/*", self.intercept)

    def note(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.wrong.append(message.text)

    def intercept(self, route: Any) -> None:
        inside = route.request.url.startswith((self.site.as_uri(), "data:", "blob:"))
        if not inside:
            self.wrong.append(f"request: {route.request.url}")
        route.continue_() if inside else route.abort()

    def open(self, name: str) -> Any:
        self.tab.goto(f"{self.site.as_uri()}/{name}")
        return self.tab

    def column(self, number: int) -> list[str]:
        """Texts of a column of the table of scores, as they are shown."""
        cells = self.tab.locator(f"#scores tbody tr > :nth-child({number})")
        return [text.strip() for text in cells.all_inner_texts()]


@pytest.fixture
def page(browser: Any, site: Path) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    found = Page(context, site)
    yield found
    context.close()
    assert found.wrong == []


def models(page: Page) -> list[str]:
    """Names in the rows of models, in their order."""
    cells = page.tab.locator("#scores tbody tr:not(.reference) th a")
    return [text.strip() for text in cells.all_inner_texts()]


def values(page: Page, number: int) -> list[float]:
    """Numbers of a column, in their order; rows without one are left out."""
    cells = page.tab.locator(f"#scores tbody tr:not(.reference) > :nth-child({number})")
    texts = [text.split()[0].replace("−", "-") for text in cells.all_inner_texts()]
    return [float(text) for text in texts if text != "–"]


def test_the_default_view_is_one_setting_with_ranks(page, site):
    tab = page.open("index.html")
    assert models(page)[:2] == ["lab/strong", "lab/weak"]
    assert tab.locator("#setting").input_value() == "default · 0-shot"
    assert page.column(1)[:3] == ["", "1", "2"]
    assert page.column(2)[0] == "Uniform guess"
    scripts = "document.querySelectorAll('script')"
    shown = tab.locator("#scores tbody").inner_text()
    without = page.tab.context.browser.new_context(java_script_enabled=False)
    plain = without.new_page()
    plain.goto(f"{site.as_uri()}/index.html")
    assert plain.locator("#scores tbody").inner_text().split() == shown.replace("−", "-").split()
    without.close()
    assert tab.evaluate(f"{scripts}.length") == 3


def test_sort_by_mouse_and_by_keyboard(page):
    tab = page.open("index.html?setting=*")
    assert models(page)[:3] == ["lab/strong", "lab/strong", "lab/weak"]
    heading = tab.get_by_role("columnheader", name="Micro")
    heading.get_by_role("button").click()
    playwright.expect(heading).to_have_attribute("aria-sort", "descending")
    assert values(page, 6) == sorted(values(page, 6), reverse=True)
    assert tab.evaluate("document.activeElement.textContent") == "Micro"
    tab.keyboard.press("Enter")
    playwright.expect(heading).to_have_attribute("aria-sort", "ascending")
    assert values(page, 6) == sorted(values(page, 6))
    assert len(set(values(page, 6))) == 3


def test_filters_are_in_the_address(page):
    tab = page.open("index.html")
    tab.get_by_label("Model", exact=True).fill("weak")
    assert models(page) == ["lab/weak"]
    tab.get_by_label("Setting", exact=True).select_option("default · 2-shot")
    assert models(page) == []
    tab.get_by_label("Model", exact=True).fill("")
    assert models(page) == ["lab/strong"]
    tab.get_by_label("Columns").select_option("tasks classification")
    assert tab.get_by_role("columnheader", name="agnews").count() == 1
    assert tab.get_by_role("columnheader", name="Micro").count() == 0
    address = tab.evaluate("location.search")
    page.open(f"index.html{address}")
    assert models(page) == ["lab/strong"]
    assert tab.get_by_role("columnheader", name="agnews").count() == 1
    tab.get_by_label("Setting", exact=True).select_option("*")
    tab.get_by_label("only rows with all tasks").check()
    assert set(models(page)) == {"lab/strong", "lab/weak"}
    tab.get_by_label("Size").select_option("tiny")
    assert models(page) == []
    page.open("index.html?columns=nothing&size=nothing&setting=nothing&sort=99+asc&part=-3")
    assert models(page)[:2] == ["lab/strong", "lab/weak"]


def test_the_page_compares_as_the_command_does(page, board):
    tab = page.open("compare.html")
    strong, weak = (
        next(r for r in board.rows if r.model.name == f"lab/{n}" and r.setting.shots == "0")
        for n in ("strong", "weak")
    )
    tab.get_by_label("First", exact=True).select_option(strong.key)
    offered = tab.locator("#second option").all_inner_texts()
    assert not [text for text in offered if "2-shot" in text]
    tab.get_by_label("Second", exact=True).select_option(weak.key)
    pairs = [
        Pair(name, task.genre, one.is_correct, two.is_correct, one.groups, one.chance)
        for name, task in ((task.name, task) for task in board.tasks)
        for one, two in [(strong.results[name], weak.results[name])]
    ]
    lines = compare(pairs)
    shown = [row.split("\t") for row in tab.locator("#pairs tbody").inner_text().splitlines()]
    assert len(shown) == len(lines) == 3 + 6 + 6
    for row, line in zip(shown, lines, strict=True):
        texts = [text.replace("−", "-") for text in row]
        assert float(texts[2]) == pytest.approx(line.first, abs=6e-4)
        assert float(texts[4]) == pytest.approx(line.difference.value, abs=6e-4)
        low, high = map(float, texts[5].split(" to "))
        assert (low, high) == pytest.approx((line.difference.low, line.difference.high), abs=6e-4)
        assert [int(text) for text in texts[6:8]] == [line.only_first, line.only_second]
        assert texts[8] == ("< 0.001" if line.p < 0.001 else f"{line.p:.3f}")
        if line.level == "task":
            assert texts[9] == ("< 0.001" if line.p_holm < 0.001 else f"{line.p_holm:.3f}")
    assert "Over all 240 items of 6 tasks" in tab.locator("#verdict").inner_text()
    tab.get_by_label("offer other settings for the second").check()
    few = next(row for row in board.rows if row.setting.shots == "2")
    tab.get_by_label("Second", exact=True).select_option(few.key)
    tab.get_by_text("The settings differ").wait_for()
    address = tab.evaluate("location.search")
    page.open(f"compare.html{address}")
    assert tab.locator("#second").input_value() == few.key


def test_the_statistics_of_the_page(page):
    """Draw by draw those of Python, with groups of several items; p against SciPy."""
    tab = page.open("compare.html")
    draw = np.random.default_rng(0)
    pairs = [
        Pair(
            f"t{k}",
            f"g{k % 2}",
            draw.random(60) < 0.6,
            draw.random(60) < 0.5,
            np.sort(draw.integers(0, 25, 60)).astype(np.uint32),
            0.25 + k / 10,
        )
        for k in range(3)
    ]
    pairs = [
        replace(p, groups=np.unique(p.groups, return_inverse=True)[1].astype(np.uint32))
        for p in pairs
    ]
    given = [
        {
            **{"name": p.task, "genre": p.genre, "chance": p.chance, "seed": seed_of(p.task)},
            **{"first": p.first.astype(int).tolist(), "second": p.second.astype(int).tolist()},
            "groups": p.groups.tolist(),
        }
        for p in pairs
    ]
    found = tab.evaluate("(tasks) => paired.compare(tasks)", given)
    for shown, line in zip(found, compare(pairs), strict=True):
        assert (shown["name"], shown["n"]) == (line.name, line.n)
        assert shown["accuracies"] == pytest.approx([line.first, line.second])
        assert shown["bounds"] == pytest.approx(
            [line.difference.low, line.difference.high], abs=1e-9
        )
        assert shown["p"] == pytest.approx(line.p, rel=1e-5)
        if line.level == "task":
            assert shown["pHolm"] == pytest.approx(line.p_holm)
    wanted = binomtest(4100, 8000).pvalue
    coins = "paired.signChanges([new Array(4100).fill(1), new Array(3900).fill(-1)])"
    assert tab.evaluate(coins) == pytest.approx(wanted, rel=1e-6)
    assert tab.evaluate("paired.signChanges([[0, 0]])") == 1
    assert tab.evaluate("paired.holm([0.04, 0.01, 0.03])") == pytest.approx([0.06, 0.03, 0.06])
    assert tab.evaluate("[...paired.unpack(btoa('\\xa0\\x80'), 9)]") == [1, 0, 1, 0, 0, 0, 0, 0, 1]


def test_hostile_text_is_shown_as_text(page):
    tab = page.open("index.html?setting=*")
    name = "evil/<script>alert(1)<br><img src=x onerror=alert(2)>"
    shown = name.replace("evil/", "…/")
    assert any(text.startswith(shown) for text in models(page))
    tab.get_by_role("link", name=shown).click()
    assert tab.locator("h1").inner_text().startswith(name)
    tab.locator("svg.figure").first.wait_for()
    page.open("items/agnews.html")
    assert "</script><script>alert(3)</script>" in tab.locator(".question").first.inner_text()
    tab.locator("details.probabilities summary").first.click()
    table = tab.locator("details.probabilities table").first
    table.wait_for()
    assert shown in table.inner_text()
    for other in PAGES:
        page.open(other)
        if other == "rejected.html":
            assert "agnews<img src=y" in tab.locator("tbody").inner_text()
        assert tab.locator("img").count() == 0, other
        assert tab.evaluate("document.querySelectorAll('script:not([src])').length") == 0
        assert tab.evaluate("document.querySelectorAll('[style], style').length") == 0


PAGES = [
    *("index.html", "compare.html", "size.html", "languages.html", "heatmap.html", "runs.html"),
    *("rejected.html", "submit.html", "tasks/agnews.html", "items/agnews.html"),
]


def test_an_items_page_tells_each_models_probabilities(page, board):
    tab = page.open("items/agnews.html")
    tab.locator("details.probabilities summary").nth(2).click()
    rows = tab.locator("details.probabilities table").first.locator("tbody tr")
    strong = next(r for r in board.rows if r.model.name == "lab/strong" and r.setting.shots == "0")
    mine = rows.filter(has_text="lab/strong").filter(has_text="0-shot")
    shares = [float(text) for text in mine.locator("td.number").all_inner_texts()]
    assert shares == pytest.approx(strong.results["agnews"].probabilities[2].tolist(), abs=8e-3)
    golds = [float(text) for text in rows.locator("td.gold").all_inner_texts()]
    assert golds == sorted(golds, reverse=True)


def test_tables_of_a_page_are_sorted_and_filtered(page):
    tab = page.open("tasks/agnews.html")
    tab.get_by_role("button", name="Accuracy").click()
    cells = tab.locator("#scores tbody tr > :nth-child(3)").all()
    shown = [float(cell.get_attribute("data-order")) for cell in cells]
    assert shown == sorted(shown, reverse=True)
    tab.get_by_label("Model or setting").fill("single")
    assert tab.locator("#scores tbody tr:visible").count() == 1


def test_the_keyboard_alone(page):
    tab = page.open("index.html")
    tab.keyboard.press("Tab")
    skip = tab.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["x"] >= 0
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.keyboard.press("Shift+Tab")
    assert tab.evaluate("document.activeElement.id") == "theme"
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    colours = set()
    for _ in range(3):
        colours.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))
        tab.keyboard.press("Enter")
    assert len(colours) == 2
    assert tab.locator("caption").count() == 1
    assert tab.locator("#scores th:not([scope])").count() == 0


def test_a_phone_and_a_dark_system(browser, site):
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page = Page(context, site)
    for name in PAGES:
        tab = page.open(name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    page.open("index.html")
    headline = tab.locator("#scores tbody tr:not(.reference) > :nth-child(4)").first.bounding_box()
    assert headline["x"] >= 0
    assert headline["x"] + headline["width"] <= 390
    context.close()
    assert page.wrong == []


def test_no_genre_is_cut_off_on_a_desktop(browser, site):
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = Page(context, site)
    tab = page.open("index.html")
    last = tab.locator("#scores thead th").last.bounding_box()
    assert last["x"] + last["width"] <= 1400
    context.close()
