"""The pages in a real browser: sorting, filtering, comparing, the keyboard, and hostile text."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from harness.leaderboard.writing import write_board
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
    content["model_name"] = HOSTILE
    for lines in samples.values():
        for line in lines[:3]:
            line["doc"] = {
                **line["doc"],
                "question": f"Question {HOSTILE}\n</script><script>alert(3)</script>",
                "options": [f"{HOSTILE} {k}" for k in range(len(line["doc"]["options"]))],
            }
    write_run(folder / "<b>results", content, samples)
    content, samples = make_run(LONG, tasks={"agnews": 1.0}, n=40)
    write_run(folder / "long", content, samples)
    broken, samples = make_run("lab/<i>broken", tasks={"agnews": 1.0}, n=40)
    broken["configs"]["mceval8k_agnews"]["dataset_name"] = "agnews<img src=y onerror=alert(4)>"
    write_run(folder / "broken", broken, samples)
    write_board(board_of(results, folder, tasks=TASKS), folder / "board")
    return folder / "board" / "site"


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
    return [text.splitlines()[0].split(" float32")[0] for text in page.column(1)]


def values(page: Page) -> list[float]:
    """Micro averages as they are sorted."""
    cells = page.tab.locator("#scores tbody tr > :nth-child(5)").all()
    return [float(cell.get_attribute("data-order")) for cell in cells]


def test_sort_by_mouse_and_by_keyboard(page):
    tab = page.open("index.html")
    assert models(page)[:3] == ["lab/strong", "lab/strong", "lab/weak"]
    heading = tab.get_by_role("columnheader", name="Micro")
    heading.click()
    playwright.expect(heading).to_have_attribute("aria-sort", "descending")
    assert values(page) == sorted(values(page), reverse=True)
    heading.locator("[tabindex]").focus()
    tab.keyboard.press("Enter")
    playwright.expect(heading).to_have_attribute("aria-sort", "ascending")
    assert values(page) == sorted(values(page))
    assert len(set(values(page))) > 3


def test_filters(page):
    tab = page.open("index.html")
    tab.get_by_label("Filter by model or setting").fill("weak")
    assert models(page) == ["lab/weak"]
    tab.get_by_label("Filter by model or setting").fill("")
    tab.get_by_label("Setting", exact=True).select_option("default · 2-shot")
    assert page.column(2) == ["default · 2-shot"]
    tab.get_by_label("Setting", exact=True).select_option("")
    tab.get_by_label("only rows with all tasks").check()
    assert set(page.column(3)) == {"6"}
    assert tab.get_by_role("columnheader", name="agnews").count() == 0
    tab.get_by_label("Columns").select_option("classification")
    assert tab.get_by_role("columnheader", name="agnews").count() == 1
    assert tab.get_by_role("columnheader", name="Micro").count() == 0


def test_compare_gives_mcnemars_p_of_the_items(page, board):
    tab = page.open("compare.html")
    strong, weak = (
        next(r for r in board.rows if r.model.name == f"lab/{n}" and r.setting.shots == "0")
        for n in ("strong", "weak")
    )
    tab.get_by_label("First", exact=True).select_option(strong.key)
    offered = tab.locator("#second option").all_inner_texts()
    assert not [text for text in offered if "2-shot" in text]
    tab.get_by_label("Second", exact=True).select_option(weak.key)
    for task in TASKS.split(","):
        right = [row.results[task].is_correct for row in (strong, weak)]
        only = [int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())]
        p = binomtest(only[0], sum(only)).pvalue
        cells = tab.locator("#pairs tr", has=tab.get_by_role("rowheader", name=task)).locator("td")
        shown = cells.all_inner_texts()
        assert shown[5:7] == [str(each) for each in only]
        assert shown[7] == ("< 0.001" if p < 0.001 else f"{p:.3f}")
    assert "Over all 240 items of 6 tasks" in tab.locator("#verdict").inner_text()
    tab.get_by_label("offer other settings for the second").check()
    few = next(row for row in board.rows if row.setting.shots == "2")
    tab.get_by_label("Second", exact=True).select_option(few.key)
    tab.get_by_text("asked in different ways").wait_for()


def test_the_statistics_of_the_page(page):
    """Against values that were computed by hand or by scipy."""
    tab = page.open("compare.html")
    assert tab.evaluate("paired.mcnemar({onlyFirst: 5, onlySecond: 1})") == pytest.approx(0.21875)
    assert tab.evaluate("paired.mcnemar({onlyFirst: 0, onlySecond: 0})") == 1
    wanted = binomtest(4100, 8000).pvalue
    assert tab.evaluate("paired.mcnemar({onlyFirst: 4100, onlySecond: 3900})") == pytest.approx(
        wanted, rel=1e-6
    )
    assert tab.evaluate("paired.holm([0.04, 0.01, 0.03])") == pytest.approx([0.06, 0.03, 0.06])
    assert tab.evaluate("[...paired.unpack(btoa('\\xa0\\x80'), 9)]") == [1, 0, 1, 0, 0, 0, 0, 0, 1]
    # 5 and 1 of 10 discordant: (5.5 - 1.5) / 12 and sqrt(7 - 16 / 12) / 12.
    low, high = tab.evaluate(
        "paired.interval(paired.difference({n: 10, onlyFirst: 5, onlySecond: 1}))"
    )
    assert (low + high) / 2 == pytest.approx(1 / 3)
    assert (high - low) / 2 == pytest.approx(1.959964 * (17 / 3) ** 0.5 / 12, rel=1e-6)


def test_hostile_text_is_shown_as_text(page):
    tab = page.open("index.html")
    name = "evil/<script>alert(1)<br><img src=x onerror=alert(2)>"
    assert any(text.startswith(name) for text in models(page))
    tab.get_by_role("link", name=name).click()
    assert tab.locator("h1").inner_text().startswith(name)
    tab.locator("details", has_text="agnews").last.locator("summary").click()
    assert "</script><script>alert(3)</script>" in tab.locator(".question").first.inner_text()
    tab.locator("#reliability .main-svg").first.wait_for()
    for other in ("tasks/agnews.html", "compare.html", "rejected.html", "heatmap.html"):
        page.open(other)
        if other == "heatmap.html":
            tab.locator("#heatmap .main-svg").first.wait_for()
            assert any(
                name in text for text in tab.locator("#heatmap svg text").all_text_contents()
            )
        if other == "rejected.html":
            assert "agnews<img src=y" in tab.locator("tbody").inner_text()
        assert tab.locator("img").count() == 0
        assert (
            tab.evaluate("document.querySelectorAll('script:not([src]):not([type])').length") == 0
        )


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
    for name in ("index.html", "compare.html", "tasks/lti.html", "heatmap.html", "rejected.html"):
        tab = page.open(name)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
    context.close()
    assert page.wrong == []
