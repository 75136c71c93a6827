"""The same command gives the same bytes, whatever the environment.

Everything that differs between two machines differs at once: hash seed, locale and encoding, time
zone, working directory, and for data commands the number of processes and threads. Commands that
run a model are compared byte for byte with one thread, and number for number with two.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mceval8k.folders import files_in
from tests.harness.leaderboard.result_files import make_run, write_run
from tests.reliability.conftest import Commands, serve

ELSEWHERE = {
    "PYTHONHASHSEED": "12345",
    "LC_ALL": "C",
    "LANG": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "TZ": "Asia/Kathmandu",
    "COLUMNS": "40",
    "OMP_WAIT_POLICY": "passive",
}
Places = Sequence[Commands]


@pytest.fixture(scope="module")
def places(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Here, and elsewhere."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with serve(folder, folder, **ELSEWHERE) as elsewhere:
        yield commands, elsewhere


def run(
    place: Commands, words: list[str], out: Path, kept: Path, threads: int = 1
) -> dict[str, bytes]:
    """Run a command that writes `out`, a file or a folder; move that to `kept`."""
    status, _ = place.run([*words, "--out", str(out)], out.parent, threads=threads)
    assert status == 0, place.said
    out.rename(kept)
    return {name: (kept / name).read_bytes() for name in files_in(kept)}


def check_bytes(places: Places, tmp_path: Path, words: list[str], shares: bool = False) -> None:
    """Compare what a data command writes here and elsewhere."""
    found = []
    for number, place in enumerate(places, start=1):
        processes = ["--processes", str(number)] if shares else []
        kept = tmp_path / f"{number}"
        found.append(run(place, [*words, *processes], tmp_path / "out", kept, threads=number))
    here, elsewhere = found
    assert list(here) == list(elsewhere)
    assert [name for name in here if here[name] != elsewhere[name]] == []


def test_an_edition_is_built(places, tmp_path):
    words = ["mceval8k", "build", "--tasks", "paws,lti"]
    check_bytes(places, tmp_path, words, shares=True)


def test_an_edition_is_repaired(places, tmp_path, probing_edition):
    check_bytes(places, tmp_path, ["mceval8k", "repair", str(probing_edition)], shares=True)


def test_own_questions_are_imported(places, tmp_path):
    quiz = {"name": "own-one", "data": "quiz.jsonl", "question": "q", "options": "o"}
    quiz |= {"label": "right", "instruction": {"en": "Which one? Où ça ?"}}
    rows = [{"q": f"Où est {n * n}?", "o": [f"a{n}", f"ü{n}", f"c{n}"], "right": n % 3}
            for n in range(30)]  # fmt: skip
    (tmp_path / "quiz.yaml").write_text(json.dumps(quiz), encoding="utf-8")
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (tmp_path / "quiz.jsonl").write_text(lines, encoding="utf-8")
    check_bytes(places, tmp_path, ["mceval8k", "import", str(tmp_path / "quiz.yaml")], shares=True)


def test_a_board_is_built(places, tmp_path):
    spoken = ("en", "fr", "de", "zh", "es")  # so many that no two hash seeds give one order
    for name in ("lab/one", "lab/zwö"):
        made = make_run(name, tasks={"agnews": 1.0, "lti": 1.0}, langs=spoken)
        write_run(tmp_path / "results" / name[-3:], *made)
    words = ["mceval8k", "leaderboard", "build", str(tmp_path / "results"), "--tasks", "agnews,lti"]
    check_bytes(places, tmp_path, words)


def check_numbers(places: Places, tmp_path: Path, words: list[str]) -> None:
    """Compare what a command measures here, elsewhere, and elsewhere with two threads."""
    here, elsewhere, threads = (
        run(place, words, tmp_path / "out", tmp_path / f"{number}", count)
        for number, (place, count) in enumerate(zip((*places, places[1]), (1, 1, 2), strict=True))
    )
    assert any(name.endswith(".parquet") for name in here)
    assert list(here) == list(elsewhere) == list(threads)
    assert [name for name in here if here[name] != elsewhere[name]] == []
    for name in (name for name in here if name.endswith(".parquet")):
        tables = [pq.read_table(tmp_path / f"{number}" / name) for number in (0, 2)]
        assert tables[0].schema == tables[1].schema
        for column in tables[0].column_names:
            one, two = (table[column].combine_chunks() for table in tables)
            if pa.types.is_floating(one.type):
                numbers = (each.to_numpy(zero_copy_only=False) for each in (one, two))
                np.testing.assert_allclose(*numbers, rtol=1e-4, atol=1e-6, err_msg=column)
            else:
                assert one.equals(two), f"{name}: {column}"


@pytest.fixture
def asked(tiny_folder: Path, probing_edition: Path) -> list[str]:
    model = ["--model", str(tiny_folder), "--edition", str(probing_edition)]
    return [*model, "--task", "agnews", "--num-fewshot", "0", "--train-size", "16"]


def test_neurons_are_ranked(places, tmp_path, asked):
    check_numbers(places, tmp_path, ["neurgrad", "rank", *asked])


def test_probes_are_fitted(places, tmp_path, asked):
    sizes = ["--test-size", "8", "--validation-size", "0", "--neurons", "8", "--null-draws", "9"]
    words = ["neurgrad", "probe", *asked, *sizes, "--probes", "magnitude,polarity,tree"]
    check_numbers(places, tmp_path, words)


def test_neurons_are_swept(places, tmp_path, tiny_folder):
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Which is it? x:", "answer": " A"}\n', encoding="utf-8")
    words = ["neurgrad", "sweep", "--model", str(tiny_folder), "--prompts", str(prompts)]
    check_numbers(places, tmp_path, [*words, "--neurons", "6"])
