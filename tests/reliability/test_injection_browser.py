"""Hostile texts in a real browser: no script of theirs runs, and no request leaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.harness.leaderboard.test_pages import Page as Tab
from tests.harness.leaderboard.test_pages import browser
from tests.reliability.test_injection import boards, pages_of_runs

__all__ = ["boards", "browser", "pages_of_runs"]


def opened(browser: Any, folder: Path, name: str) -> tuple[Any, Tab]:
    found = Tab(browser.new_context(), folder)
    return found.open(name), found


@pytest.fixture(scope="module")
def site(boards: Mapping[str, Path]) -> Path:
    return boards["hostile"] / "site"


@pytest.mark.parametrize(
    "name", ["index.html", "rejected.html", "runs.html", "heatmap.html", "items/agnews.html"]
)
def test_the_pages_of_a_board(browser, site, name):
    tab, found = opened(browser, site, name)
    tab.wait_for_load_state("networkidle")
    assert tab.evaluate("document.querySelectorAll('script:not([src]), style, img').length") == 0
    assert found.wrong == []


def test_the_page_of_runs(browser, pages_of_runs):
    path = pages_of_runs["hostile"]
    tab, found = opened(browser, path.parent, path.name)
    tab.locator("svg.main-svg").first.wait_for()
    plain = tab.locator("svg.main-svg").all_text_contents()
    assert any("<img src=x onerror=alert(4)>" in text for text in plain)
    assert tab.evaluate("document.querySelectorAll('.plot svg a, img, iframe').length") == 0
    assert found.wrong == []


def test_a_page_of_runs_fetches_nothing_even_if_it_is_told_to(browser, pages_of_runs, tmp_path):
    """The policy of the page is the second lock, should a text ever get through."""
    html = pages_of_runs["hostile"].read_text(encoding="utf-8")
    inside = "<img src=https://example.invalid/a.png><script>document.title = 'ran'</script>"
    (tmp_path / "page.html").write_text(html.replace("</header>", f"{inside}</header>", 1))
    tab, found = opened(browser, tmp_path, "page.html")
    tab.locator("svg.main-svg").first.wait_for()
    assert tab.title() != "ran"
    assert not [text for text in found.wrong if text.startswith("request:")]
    assert any("Content Security Policy" in text for text in found.wrong)
