"""The report: numbers that are there, text that stays text, runs that are none."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import plotly.graph_objects as go
import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.report.document import Section, write_document
from neurgrad_eval.report.page import write_report

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


def evaluation(folder: Path, model: str = "tiny") -> Path:
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
    (folder / "summary.json").write_text(json.dumps(summary))
    return folder


def probing(folder: Path, model: str = "tiny") -> Path:
    probes = [
        {
            "probe": probe,
            "neurons": neurons,
            "accuracy": 0.3,
            "low": 0.2,
            "high": 0.4,
            "chance": 0.25,
            "difference": difference,
            "difference_low": -0.05,
            "difference_high": 0.15,
        }
        for probe, neurons, difference in [("lm-prob", None, None), ("polarity", 64, 0.05)]
    ]
    result = {
        "model": model,
        "edition": "here",
        "task": "agnews",
        "train_size": 8,
        "test_size": 8,
        "model_neurons": 4096,
        "warnings": ["3 of 8 test items " + model],
        "probes": probes,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(result))
    rows = ["probe,neurons,layer,count", "polarity,64,0,24", "polarity,64,1,40"]
    (folder / "layers.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_numbers_of_both_kinds_of_run(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    write_report([evaluation(tmp_path / "e"), probing(tmp_path / "p")], out)
    page = Page(out.read_text(encoding="utf-8"))
    for shown in (
        "1,234",
        "41.2 – 58.8",
        "polarity, 64",
        "+5.0",
        "−5.0 to +15.0",
        "4,096",
        "Llama2-7B",
    ):
        assert shown in page.text
    assert page.fetched == []
    assert out.read_text(encoding="utf-8").count('class="plotly-graph-div"') == 3


def test_several_tasks_have_one_table(tmp_path: Path) -> None:
    folders = [probing(tmp_path / name, model) for name, model in (("p", "tiny"), ("q", EVIL))]
    path = folders[0] / "results.json"
    result = json.loads(path.read_text())
    result["probes"][1]["p_holm"] = 0.01
    path.write_text(json.dumps(result))
    out = tmp_path / "report.html"
    write_report(folders, out)
    page = Page(out.read_text(encoding="utf-8"))
    _, table, *_ = page.text.split("All probes")
    assert table.count("30.0*") == 1
    assert table.count("in the paper") == 1 + 2  # the text, and a line under each run
    assert page.text.count("LM-Prob, the grey point") == 1
    write_report(folders[:1], out)
    assert "All probes" not in Page(out.read_text(encoding="utf-8")).text


def test_text_of_runs_stays_text(tmp_path: Path) -> None:
    plain, evil = tmp_path / "plain.html", tmp_path / "evil.html"
    write_report([evaluation(tmp_path / "e"), probing(tmp_path / "p")], plain)
    folders = [evaluation(tmp_path / "e", EVIL), probing(tmp_path / "p", EVIL)]
    write_report(folders, evil)
    page = Page(evil.read_text(encoding="utf-8"))
    assert EVIL in page.text
    assert page.scripts == Page(plain.read_text(encoding="utf-8")).scripts


def test_what_is_no_run(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    with pytest.raises(UsageError, match="is no run"):
        write_report([tmp_path], out)
    (evaluation(tmp_path / "e") / "summary.json").write_text('{"model": "x"')
    with pytest.raises(DataError, match=r"summary\.json"):
        write_report([tmp_path / "e"], out)
    (tmp_path / "e" / "summary.json").write_text('{"model": "x"}')
    with pytest.raises(DataError, match="'edition' is missing"):
        write_report([tmp_path / "e"], out)
    (probing(tmp_path / "p") / "layers.csv").write_text("probe,neurons\npolarity,64\n")
    with pytest.raises(DataError, match=r"layers\.csv"):
        write_report([tmp_path / "p"], out)
    assert not out.exists()


def test_pages_of_other_commands_are_shown(tmp_path: Path) -> None:
    figure = go.Figure()
    figure.add_scatter(x=[1, 2], y=[3, 4])
    section = Section("Dose and response", "Text.", figure, ("shift",), (("17.25",),))
    page = tmp_path / "sweep" / "sweep.html"
    settings = {"model": "tiny", "numbers": (1, 2)}
    write_document(page, title="Sweep", lead=EVIL, sections=[section], settings=settings)
    out = tmp_path / "report.html"
    write_report([tmp_path / "sweep"], out)
    text = Page(out.read_text(encoding="utf-8")).text
    for shown in ("Sweep", EVIL, "Dose and response", "17.25", "(1, 2)"):
        assert shown in text
    assert out.read_text(encoding="utf-8").count('class="plotly-graph-div"') == 1


def test_stored_figures_fetch_nothing(tmp_path: Path) -> None:
    page = tmp_path / "sweep" / "sweep.html"
    figure = go.Figure(layout={"images": [{"source": "https://example.org/spy.png"}]})
    write_document(page, title="t", lead="l", sections=[Section("h", "x", figure)], settings={})
    out = tmp_path / "report.html"
    write_report([tmp_path / "sweep"], out)
    assert "spy.png" not in out.read_text(encoding="utf-8")
    figure.add_scattergeo(lon=[1], lat=[2])
    write_document(page, title="t", lead="l", sections=[Section("h", "x", figure)], settings={})
    with pytest.raises(DataError, match="figure of kind 'scattergeo'"):
        write_report([tmp_path / "sweep"], out)


def test_a_ranking_is_shown(tmp_path: Path) -> None:
    folder = tmp_path / "ranking"
    folder.mkdir()
    manifest = {"command": "neurgrad rank", "about": {"task": "agnews", "model": EVIL}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    rows = ["ranking,neurons,layer,count", "magnitude,64,0,23", "magnitude,64,1,41"]
    (folder / "layers.csv").write_text("\n".join(rows) + "\n")
    out = tmp_path / "report.html"
    write_report([folder], out)
    text = Page(out.read_text(encoding="utf-8")).text
    for shown in ("Task agnews", "magnitude", "41", EVIL):
        assert shown in text


def test_a_folder_of_runs(tmp_path: Path) -> None:
    probing(tmp_path / "runs" / "agnews")
    probing(tmp_path / "runs" / "other", model="large")
    out = tmp_path / "report.html"
    write_report([tmp_path / "runs"], out)
    assert Page(out.read_text(encoding="utf-8")).text.count("What do single neurons know?") == 2


def test_how_to_get_the_same(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    write_report([evaluation(tmp_path / "e"), probing(tmp_path / "p", "my model")], out)
    text = Page(out.read_text(encoding="utf-8")).text
    assert "neurgrad probe --model 'my model' --edition here --task agnews --train-size 8" in text
    assert "mceval8k eval --model tiny --edition here --tasks agnews" in text


def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    folder = probing(tmp_path / "p")
    result = json.loads((folder / "results.json").read_text())
    del result["probes"][0]["accuracy"]
    (folder / "results.json").write_text(json.dumps(result))
    with pytest.raises(DataError, match=r"p: the run is damaged: 'accuracy' is missing"):
        write_report([folder], tmp_path / "report.html")
    (folder / "results.json").unlink()
    (folder / "property.json").write_text('{"property": "x", "settings": {}, "entries": [1]}')
    with pytest.raises(DataError, match="no property 'x'"):
        write_report([folder], tmp_path / "report.html")
