"""The runner: folders that are resumed, refused or replaced, and results that are saved."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.runs import registry
from neurgrad_eval.runs.experiment import Experiment, Findings
from neurgrad_eval.runs.folder import clear, find_runs
from neurgrad_eval.runs.result import load
from neurgrad_eval.runs.runner import run, run_command
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View


@dataclass(frozen=True, kw_only=True)
class SquaresOptions(Settings):
    count: int = option(4, "Numbers.", least=0, affects=False)
    offset: int = option(0, "What is added.")


class Squares(Experiment):
    """Squares of numbers; `measured` says which were computed."""

    name = "squares"
    Settings = Options = SquaresOptions
    large = frozenset({"rows"})

    def __init__(self, settings: SquaresOptions, fail_at: int = -1) -> None:
        self.settings = settings
        self.fail_at = fail_at
        self.measured: list[int] = []

    @classmethod
    def open(cls, options: Any, out: Any) -> Squares:
        return cls(options)

    def units(self) -> list[int]:
        return list(range(self.settings.count))

    def measure(self, unit: int) -> Any:
        if unit == self.fail_at:
            raise RuntimeError("power cut")
        self.measured.append(unit)
        return [{"number": unit, "square": unit**2 + self.settings.offset}]

    def summarise(self, measured: Any) -> Findings:
        rows = measured.table()
        total = sum(rows["square"].to_pylist())
        summary = [{"what": "=total", "value": total}]
        return Findings({"summary": summary, "rows": rows}, {"total": total}, ("few numbers",))

    @classmethod
    def views(cls, result: Any) -> list[View]:
        chart = Chart("lines", "number", "square")
        return [View("Total", "summary"), View("Squares", "rows", chart=chart, printed=False)]


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Let the registry know the experiment of this file."""
    monkeypatch.setattr("neurgrad_eval.runs.result.find", lambda name: Squares)
    registry.find.cache_clear()


def squares(**values: int) -> SquaresOptions:
    return SquaresOptions(**values)


def test_in_memory_nothing_is_left_but_the_result():
    result = run(Squares(squares(count=3)))
    assert result.facts == {"total": 5}
    assert result.to_pandas().to_dict("records") == [{"what": "=total", "value": 5}]
    assert result.head(2, "rows")["square"].tolist() == [0, 1]
    assert "summary (1), rows (3)" in repr(result)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path):
    with pytest.raises(RuntimeError):
        run(Squares(squares(), fail_at=2), tmp_path / "run")
    with pytest.raises(UsageError, match="not finished"):
        load(tmp_path / "run")
    second = Squares(squares())
    assert run(second, tmp_path / "run").facts == {"total": 14}
    assert second.measured == [2, 3]
    third = Squares(squares())
    assert run(third, tmp_path / "run").facts == {"total": 14}
    assert third.measured == []


def test_more_units_of_the_same_are_added(tmp_path):
    run(Squares(squares(count=2)), tmp_path)
    more = Squares(squares(count=4))
    assert run(more, tmp_path).facts == {"total": 14}
    assert more.measured == [2, 3]


def test_other_settings_are_refused_by_name(tmp_path):
    run(Squares(squares()), tmp_path)
    with pytest.raises(UsageError, match=r"other settings \(offset is 0, not 1\)"):
        run(Squares(squares(offset=1)), tmp_path)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds no run of neurgrad"):
        run(Squares(squares()), tmp_path)
    with pytest.raises(UsageError, match="is not replaced"):
        clear(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        run(Squares(squares()), tmp_path / "thesis.txt")
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_run_of_an_earlier_version_is_refused_in_one_line(tmp_path):
    (tmp_path / "manifest.json").write_text('{"command": "neurgrad sweep", "settings": {}}')
    for use in (lambda: run(Squares(squares()), tmp_path), lambda: load(tmp_path)):
        with pytest.raises(UsageError, match="not written by this version"):
            use()


@pytest.mark.parametrize("name", ["summary.parquet", "index.html", "shards/000001.parquet"])
def test_an_edited_run_is_refused(tmp_path, name):
    run(Squares(squares()), tmp_path)
    original = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(original + b" ")
    for use in (lambda: run(Squares(squares()), tmp_path), lambda: load(tmp_path)):
        with pytest.raises(UsageError, match="was changed"):
            use()
    (tmp_path / name).unlink()
    with pytest.raises(UsageError, match="is missing"):
        load(tmp_path)


def test_a_damaged_manifest_is_named(tmp_path):
    for text in ("{", "[]", '{"format": 4, "experiment": "squares"}'):
        (tmp_path / "manifest.json").write_text(text)
        with pytest.raises(DataError, match=r"manifest\.json"):
            load(tmp_path)


def test_overwrite_replaces_a_run_and_nothing_else(tmp_path):
    folder = tmp_path / "run"
    run_command(Squares, [squares()], folder, False, True)
    run_command(Squares, [squares(offset=1)], folder, True, True)
    assert load(folder).facts == {"total": 18}
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"thesis\.txt is not of the run"):
        run_command(Squares, [squares()], folder, True, True)
    assert load(folder).facts == {"total": 18}


def test_runs_that_a_run_is_computed_from_may_lie_inside(tmp_path):
    folder, inside = tmp_path / "run", tmp_path / "run" / "conditions"
    run(Squares(squares()), inside / "a")
    run(Squares(squares()), folder)
    for foreign in (inside / "mine", folder / "notes"):
        foreign.mkdir()
        with pytest.raises(UsageError, match="is not of the run"):
            clear(folder)
        foreign.rmdir()
    assert (inside / "a" / "manifest.json").is_file()
    clear(folder)
    assert not folder.exists()


def test_a_result_is_saved_and_loaded(tmp_path):
    result = replace(run(Squares(squares())), about={"offset": 0, "text": "<b>"})
    result.save(tmp_path / "saved")
    again = load(tmp_path / "saved")
    assert again.to_dict() == result.to_dict()
    assert again.table("rows").equals(result.table("rows"))
    result.save(tmp_path / "saved")
    with pytest.raises(UsageError, match="other settings"):
        replace(result, about={"offset": 1}).save(tmp_path / "saved")


def test_files_escape_what_would_be_run(tmp_path):
    run(Squares(squares()), tmp_path)
    with (tmp_path / "summary.csv").open() as file:
        assert list(csv.reader(file))[1] == ["'=total", "14"]
    assert not (tmp_path / "rows.csv").exists()
    text = json.loads((tmp_path / "result.json").read_text())
    assert text["warnings"] == ["few numbers"]


def test_what_is_not_there_is_named():
    result = run(Squares(squares()))
    with pytest.raises(UsageError, match="there is no table 'x': summary, rows"):
        result.table("x")
    with pytest.raises(UsageError, match="there is no figure 'x': Squares"):
        result.plot("x")
    assert result.plot().data[0].y == (0, 1, 4, 9)
    with pytest.raises(UsageError, match="nothing to measure"):
        run(Squares(squares(count=0)))


def test_folders_of_runs_are_found_inside_of_one(tmp_path):
    run(Squares(squares()), tmp_path / "b")
    run(Squares(squares()), tmp_path / "a")
    run(Squares(squares()), tmp_path / ".hidden")
    assert find_runs([tmp_path]) == (tmp_path / "a", tmp_path / "b")
    assert find_runs([tmp_path / "a", tmp_path / "a"]) == (tmp_path / "a",)


def test_nothing_is_left_of_a_run_that_measured_nothing(tmp_path):
    with pytest.raises(RuntimeError):
        run(Squares(squares(), fail_at=0), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
