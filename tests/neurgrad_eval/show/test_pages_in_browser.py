"""Report pages in a real browser: dark, on a phone, printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurgrad_eval.report import write_report
from tests.harness.leaderboard.test_pages import browser
from tests.neurgrad_eval.test_report import evaluation, probing

__all__ = ["browser"]

_OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".plot text")]
    .filter((one) => one.textContent.trim())
    .map((one) => [one.textContent, one.getBoundingClientRect()]);
  const found = [];
  boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
    const across = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (across > 1 && down > 2) found.push(`${a} | ${b}`);
  }));
  return found;
}"""
_LUMINANCES = """() => {
  const grey = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map(Number)
    .reduce((sum, one) => sum + one, 0) / 765;
  const fills = [...document.querySelectorAll(".plot text")]
    .map((one) => grey(getComputedStyle(one).fill));
  const body = getComputedStyle(document.body);
  return [grey(body.backgroundColor), grey(body.color), Math.min(...fills), Math.max(...fills)];
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    path = folder / "report.html"
    runs = [probing(folder / name, task=name) for name in ("agnews", "commonsenseqa")]
    write_report([evaluation(folder / "scores"), *runs], path)
    return path


@pytest.fixture
def opened(browser, page):
    contexts = []

    def open_page(width=1100, scheme="light"):
        size = {"width": width, "height": 844}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme))
        tab = contexts[-1].new_page()
        tab.goto(page.as_uri())
        tab.locator("svg.main-svg").last.wait_for()
        return tab

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [390, 1100])
def test_no_text_lies_over_another(opened, width):
    tab = opened(width)
    assert tab.evaluate(_OVERLAPS) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_accuracies_are_in_sight_on_a_phone(opened):
    tab = opened(390)
    for text in ("0.500 [0.412, 0.588]", "0.312 [0.200, 0.400]"):
        box = tab.get_by_role("cell", name=text).first.bounding_box()
        assert box["x"] + box["width"] <= 390, text


def test_dark_and_light_pages_can_be_read(opened):
    page, ink, least, _ = opened(scheme="dark").evaluate(_LUMINANCES)
    assert page < 0.15
    assert min(ink, least) > 0.8
    page, ink, _, most = opened().evaluate(_LUMINANCES)
    assert page == 1
    assert max(ink, most) < 0.35


def test_print_is_light_and_shows_settings_and_commands(opened):
    tab = opened(scheme="dark")
    assert tab.locator("details.printed:not([open])").count() > 0
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert tab.locator("details.printed:not([open])").count() == 0
    assert tab.evaluate(_LUMINANCES)[0] == 1
    assert tab.evaluate("Math.max(...[...document.querySelectorAll('.main-svg')]"
                        ".map((one) => one.getBoundingClientRect().width))") <= 660  # fmt: skip
    tab.emulate_media(media="screen")
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.locator("details.printed:not([open])").count() > 0
