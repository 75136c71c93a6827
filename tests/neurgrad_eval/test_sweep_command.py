"""The command `neurgrad sweep`: files, resumption, and mistakes named in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from neurgrad_eval import cli
from neurgrad_eval.sweeps import command
from neurgrad_eval.sweeps.prompts import read_prompts

ROWS = [
    {"prompt": "Who?\nA:", "answer": "A"},
    {"prompt": "What?\nA:", "answer": "AB"},  # not one token
    {"prompt": "Where is it?\nA:", "answer": " C"},
    {"prompt": "When?\nA:\n", "answer": "D"},
]


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory, tiny, make_tiny_llama):
    folder = tmp_path_factory.mktemp("models") / "[bold]tiny"
    make_tiny_llama().float().save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def prompts(tmp_path):
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.fixture
def sweep(monkeypatch, capsys, model_folder, prompts, tmp_path):
    def run(*more, **changes):
        options = {"model": model_folder, "prompts": prompts, "neurons": 5, "step": 0.5}
        options |= {"out": tmp_path / "out"} | changes
        words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["neurgrad", "sweep", *words, *more])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status or 0, said.out, said.err

    run.out = tmp_path / "out"
    return run


def content(folder: Path) -> dict[str, bytes]:
    """Bytes of every file of a folder, by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_run_writes_all_its_files(sweep):
    status, out, err = sweep("--json")
    assert status == 0, err
    result = json.loads(out)
    assert (result["prompts"], result["skipped"], result["neurons"]) == (3, 1, 15)
    assert "1 prompts are skipped" in err
    points = pq.read_table(sweep.out / "points.parquet").to_pylist()
    assert len(points) == 3 * 5 * 8
    assert set(points[0]) == {"prompt", "layer", "index", "shift", "output_shift"}
    assert {row["prompt"] for row in points} == {0, 2, 3}
    rows = pq.read_table(sweep.out / "summary.parquet").to_pylist()
    first = rows[0]
    own = [
        p
        for p in points
        if (p["prompt"], p["layer"], p["index"]) == (0, first["layer"], first["index"])
    ]
    slope = sum(p["shift"] * p["output_shift"] for p in own) / sum(p["shift"] ** 2 for p in own)
    assert first["neg"] == pytest.approx(slope, rel=1e-5)
    sign = (first["activation"] > 0) - (first["activation"] < 0)
    assert first["neurgrad"] == pytest.approx(first["cg"] * sign)
    page = (sweep.out / "sweep.html").read_text()
    assert "[bold]tiny" in page
    assert page.count("<figure ") == 4


def test_resuming_gives_the_same_bytes(sweep, monkeypatch, tmp_path):
    assert sweep()[0] == 0
    whole = content(sweep.out)
    partial = tmp_path / "partial"
    real, calls = command.measure, []

    def failing(model, row, settings):
        calls.append(row.number)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(model, row, settings)

    monkeypatch.setattr(command, "measure", failing)
    with pytest.raises(RuntimeError, match="killed"):
        sweep(out=partial)
    assert sweep(out=partial)[0] == 0
    assert calls == [0, 2, 2, 3]
    assert content(partial) == whole


def test_more_prompts_go_on_with_a_sweep(sweep, monkeypatch):
    assert sweep(limit=1)[0] == 0
    assert len(list((sweep.out / "shards").iterdir())) == 1
    assert sweep("--json")[0] == 0
    assert len(list((sweep.out / "shards").iterdir())) == 3


def test_other_settings_are_refused(sweep):
    assert sweep(limit=1)[0] == 0
    before = content(sweep.out)
    status, _, err = sweep(limit=1, step=0.25)
    assert status == 2
    assert "step is 0.5, not 0.25" in err
    assert content(sweep.out) == before


def test_a_foreign_folder_is_left_alone(sweep):
    sweep.out.mkdir()
    (sweep.out / "thesis.txt").write_text("mine")
    status, _, err = sweep()
    assert status == 2
    assert "no earlier result" in err
    assert content(sweep.out) == {"thesis.txt": b"mine"}


def test_a_damaged_shard_is_named(sweep):
    assert sweep(limit=1)[0] == 0
    (sweep.out / "shards" / "000000.parquet").write_bytes(b"no")
    status, _, err = sweep(limit=1)
    assert status == 1
    assert "000000.parquet" in err.replace("\n", "")


@pytest.mark.parametrize(
    ("rows", "status", "words"),
    [
        ([{"text": "a", "answer": "A"}], 1, "column 'prompt' is missing"),
        ([{"prompt": "a"}], 1, "column 'answer' is missing"),
        ([{"prompt": "a", "answer": ""}], 1, "row 0: 'answer' is not a text or is empty"),
        ([{"prompt": "a", "answer": 3}], 1, "row 0: 'answer' is not a text"),
        ([{"prompt": "x" * 300, "answer": "A"}], 1, "row 0: prompt 0 has 300 tokens"),
        ([], 1, "there is no row"),
        ([{"prompt": "a", "answer": "AB"}], 2, "no answer is one token"),
    ],
)
def test_bad_prompts_are_named_in_one_line(sweep, prompts, rows, status, words):
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found, out, err = sweep()
    assert (found, out) == (status, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"step": 0}, "step 0"),
        ({"range": 0.1}, "range 0.1 is smaller than the step 0.5"),
        ({"neurons": 0}, "number of neurons 0"),
        ({"neurons": 73}, "73 neurons are asked; the model has 72"),
        ({"limit": 0}, "limit 0"),
        ({"seed": -1}, "seed -1"),
        ({"prompts": "missing.csv"}, "missing.csv"),
        ({"prompts": "prompts.txt"}, "must end in .parquet, .jsonl, .csv"),
    ],
)
def test_bad_options_are_named_in_one_line(sweep, changes, words):
    status, out, err = sweep(**changes)
    assert (status, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert err.count("error:") == 1


def test_the_three_kinds_of_file_are_one(prompts, tmp_path):
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "prompts.parquet")
    lines = ["prompt,answer", *(f'"{row["prompt"]}","{row["answer"]}"' for row in ROWS)]
    (tmp_path / "prompts.csv").write_text("\n".join(lines))
    expected = read_prompts(prompts)
    assert [row.answer for row in expected] == [" A", " AB", " C", "D"]
    assert read_prompts(tmp_path / "prompts.parquet") == expected
    assert read_prompts(tmp_path / "prompts.csv") == expected
