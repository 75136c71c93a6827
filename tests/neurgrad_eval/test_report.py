"""The report: numbers that are there, text that stays text, runs that are none."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mceval8k.errors import DataError, UsageError
from mceval8k.statistics import Estimate
from neurgrad_eval.report import write_report
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.rows import tabulate

EVIL = '<script>alert("x")</script>'


class Page(HTMLParser):
    """Scripts, links that leave the page, and text of an HTML file."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts, self.text, self.inside = 0, "", ""
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in {"script", "style"} else ""
        self.scripts += tag == "script"
        self.fetched += [v for k, v in attrs if k in {"src", "href"} and v]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.text += data


def evaluation(folder: Path, model: str = "tiny", **changes: object) -> Path:
    task = {
        "task": "agnews",
        "genre": "classification",
        "n": 1234,
        "accuracy": 0.5,
        "low": 0.412,
        "high": 0.588,
        "chance": 0.25,
    }
    averages = {"micro": {"value": 0.5, "low": 0.4, "high": 0.6}}
    summary = {"model": model, "edition": "here", "tasks": [task], "averages": averages}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(summary | changes))
    return folder


def probing(folder: Path, model: str = "tiny", task: str = "agnews") -> Path:
    rows = [
        {
            "probe": probe,
            "neurons": neurons,
            "accuracy": Estimate(0.3125, 0.2, 0.4),
            "chance": 0.25,
            "beyond_lm_prob": difference,
            "beyond_text": None,
            "p_holm": p,
        }
        for probe, neurons, difference, p in [
            ("lm-prob", None, None, None),
            ("magnitude", 64, 0.0511, 0.0004),
        ]
    ]
    about = {"model": model, "task": task}
    warnings = (f"3 of 8 test items {model}",)
    Result("probe", {"probes": tabulate(rows)}, about, {"leaked": 3}, warnings).save(folder)
    return folder


def page_of(folders: list[Path], path: Path) -> Page:
    write_report(folders, path)
    return Page(path.read_text(encoding="utf-8"))


def test_numbers_of_both_kinds_of_runs_are_there(tmp_path):
    found = page_of([evaluation(tmp_path / "e"), probing(tmp_path / "p")], tmp_path / "r.html")
    for text in ("0.500 [0.412, 0.588]", "1,234", "mceval8k eval --model tiny --edition here"):
        assert text in found.text
    for text in ("0.312 [0.200, 0.400]", "+0.051", "<0.001", "3 of 8 test items", "leaked 3"):
        assert text in found.text
    assert not [link for link in found.fetched if not link.startswith("#part-")]


def test_several_runs_stand_beside_the_papers(tmp_path):
    for task in ("agnews", "imdb"):
        probing(tmp_path / "runs" / task, task=task)
    found = page_of([tmp_path / "runs"], tmp_path / "r.html")
    assert "agnews, Llama2-7B in the paper" in found.text
    assert "0.588" in found.text
    assert "p < 0.05 against LM-Prob" in found.text


def test_texts_of_runs_stay_texts(tmp_path):
    plain = page_of([evaluation(tmp_path / "a"), probing(tmp_path / "b")], tmp_path / "r.html")
    evil = page_of(
        [evaluation(tmp_path / "c", EVIL), probing(tmp_path / "d", EVIL)], tmp_path / "s.html"
    )
    assert evil.scripts == plain.scripts
    assert evil.text.count(EVIL) >= 3


def test_the_same_runs_give_the_same_bytes(tmp_path):
    folders = [evaluation(tmp_path / "e"), probing(tmp_path / "p")]
    page_of(folders, tmp_path / "one.html")
    page_of(folders, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_a_folder_that_is_no_run_is_named(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="empty holds no run"):
        write_report([tmp_path / "empty"], tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize(
    "changes", [{"tasks": 3}, {"averages": {"micro": 1, "x": []}}, {"tasks": [{"task": "x"}]}]
)
def test_a_damaged_summary_is_named(tmp_path, changes):
    with pytest.raises(DataError, match=r"summary\.json"):
        write_report([evaluation(tmp_path / "e", **changes)], tmp_path / "r.html")
