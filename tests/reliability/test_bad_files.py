"""Files that people hand in: results, quizzes, packs, runs. What is wrong is said in one line."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.harness.leaderboard.result_files import DATE, make_run, write_run
from tests.reliability.bad_json import JSON, WRONG_TYPES, YAML
from tests.reliability.conftest import Commands, Refused
from tests.reliability.test_bad_inputs import FILES, rehash

SAMPLES = f"samples_mceval8k_agnews_{DATE}.jsonl"


def places(results: Path, out: Path) -> dict[str, list[object]]:
    """Commands that read result files."""
    return {
        "build": ["mceval8k", "leaderboard", "build", results, "--out", out],
        "check": ["mceval8k", "leaderboard", "check", results],
        "compare": ["mceval8k", "compare", results, results],
    }


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A sound result file, to be spoilt."""
    return write_run(tmp_path / "results", *make_run("lab/x", tasks={"agnews": 1.0}))


@pytest.fixture
def told(commands: Commands, tmp_path: Path) -> Refused:
    """Run a command on results: it ends with a reason, and writes nothing."""

    def run(*words: object) -> str:
        status, _ = commands.run([str(word) for word in words], tmp_path)
        said = commands.said
        assert "Traceback" not in said, said
        assert status in (1, 2), said
        assert said.strip()
        assert max(map(len, said.splitlines())) < 1000
        assert not (tmp_path / "out").exists()
        return said

    return run


@pytest.mark.parametrize("command", ["build", "check", "compare"])
@pytest.mark.parametrize("kind", JSON)
def test_a_result_file_that_is_none(told, results, tmp_path, kind, command):
    results.write_bytes(JSON[kind])
    assert "results" in told(*places(results.parent, tmp_path / "out")[command])


FIELDS = ("results", "configs", "config", "lm_eval_version")


@pytest.mark.parametrize("field", FIELDS)
def test_a_result_file_with_values_of_other_types(told, results, tmp_path, field):
    sound = json.loads(results.read_text())
    for value in WRONG_TYPES:
        if value in ({}, {"a": None}) and field == "config":
            continue  # nothing of it must be there
        results.write_text(json.dumps(sound | {field: value}))
        told(*places(results.parent, tmp_path / "out")["check"])


@pytest.mark.parametrize("command", ["build", "check", "compare"])
@pytest.mark.parametrize("kind", JSON)
def test_a_sample_that_is_none(told, results, tmp_path, kind, command):
    with (results.parent / SAMPLES).open("ab") as file:
        file.write((JSON[kind] or b"{") + b"\n")
    told(*places(results.parent, tmp_path / "out")[command])


@pytest.mark.parametrize("field", ["doc", "filtered_resps", "doc_id", "target"])
def test_a_sample_with_values_of_other_types(told, results, tmp_path, field):
    path = results.parent / SAMPLES
    first, *rest = path.read_text().splitlines()
    for value in WRONG_TYPES:
        if field == "target" or (field == "doc_id" and value in (-1, True)):
            continue  # the item says what is right
        spoilt = json.dumps(json.loads(first) | {field: value})
        path.write_text("\n".join([spoilt, *rest]) + "\n")
        told(*places(results.parent, tmp_path / "out")["check"])


def quiz(folder: Path, data: str = "quiz.jsonl", **fields: Any) -> Path:
    content = {"name": "colours", "data": data, "question": "q", "options": "o", "label": "l"}
    content |= {"instruction": {"en": "Which?"}, **fields}
    (folder / "quiz.yaml").write_text(json.dumps(content))
    rows = ({"q": f"Number {n * n}?", "o": [f"a{n}", f"b{n}"], "l": n % 2} for n in range(30))
    (folder / "quiz.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder / "quiz.yaml"


@pytest.mark.parametrize("kind", YAML)
def test_a_quiz_that_is_none(refused, tmp_path, kind):
    path = quiz(tmp_path)
    path.write_bytes(YAML[kind])
    assert "quiz.yaml" in refused("mceval8k", "import", path, "--out", tmp_path / "out")


def test_a_quiz_that_is_no_file(refused, tmp_path):
    for path in (tmp_path, tmp_path / "none.yaml", "/dev/zero"):
        refused("mceval8k", "import", path, "--out", tmp_path / "out")


NO_FILES: dict[str, Callable[[Path], None]] = {
    "pipe": os.mkfifo,
    "link to nowhere": lambda path: path.symlink_to(f"{path.name}.gone"),
    "link to itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_inputs_that_are_no_files(refused, edition, ranked, tiny_folder, tmp_path, kind):
    here, out = tmp_path, tmp_path / "out"
    run, model = (shutil.copytree(of, here / of.name) for of in (ranked, tiny_folder))
    released = here / "released" / "classification" / "agnews"
    released.mkdir(parents=True)
    (released / "test.json").write_text("[]")
    (test,) = (edition / "agnews").glob("test-*.parquet")
    asked = ["--model", tiny_folder, "--edition", edition, "--task", "agnews"]
    read_by: dict[Path, list[object]] = {
        here / "prompts.jsonl": ["neurgrad", "sweep", "--model", tiny_folder, "--prompts"],
        here / "prompts.csv": ["neurgrad", "sweep", "--model", tiny_folder, "--prompts"],
        here / "ranking.csv": ["neurgrad", "causal", *asked, "--out", out, "--ranking"],
        here / "pack.yaml": ["mceval8k", "packs"],
        here / "quiz.yaml": ["mceval8k", "import", "--out", out],
        here / "results_2026.json": ["mceval8k", "leaderboard", "build", "--out", out],
        edition / "README.md": ["mceval8k", "validate", edition],
        test: ["mceval8k", "show", "agnews", "--edition", edition],
        edition / "manifest.json": ["mceval8k", "audit", edition],
        released / "train.json": ["mceval8k", "repair", here / "released", "--out", out],
        model / "config.json": ["neurgrad", "describe", model],
        run / "result.json": ["neurgrad", "report", run, "--out", out],
        run / "manifest.json": ["neurgrad", "efficiency", run, "--out", out],
    }
    for path, words in read_by.items():
        path.unlink(missing_ok=True)
        NO_FILES[kind](path)
        said = refused(*words, *([path] if path.parent == here else []))
        assert path.stem in said or path.parent.name in said


QUIZ_FIELDS = ("name", "data", "question", "options", "label", "instruction")


@pytest.mark.parametrize("field", QUIZ_FIELDS)
def test_a_quiz_with_values_of_other_types(refused, tmp_path, field):
    for value in WRONG_TYPES:
        if (field, value) == ("name", "x"):
            continue
        path = quiz(tmp_path, **{field: value})
        refused("mceval8k", "import", path, "--out", tmp_path / "out")


@pytest.mark.parametrize("kind", JSON)
def test_questions_that_are_none(refused, tmp_path, kind):
    path = quiz(tmp_path)
    with (tmp_path / "quiz.jsonl").open("ab") as file:
        file.write((JSON[kind] or b"{") + b"\n")
    assert "quiz." in refused("mceval8k", "import", path, "--out", tmp_path / "out")


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_questions_that_is_none(refused, tmp_path, kind, suffix):
    path = quiz(tmp_path, f"data.{suffix}")
    (tmp_path / f"data.{suffix}").write_bytes(FILES[kind])
    refused("mceval8k", "import", path, "--out", tmp_path / "out")


@pytest.mark.parametrize("field", ["q", "o", "l"])
def test_questions_with_values_of_other_types(refused, tmp_path, field):
    path = quiz(tmp_path)
    first, *rest = (tmp_path / "quiz.jsonl").read_text().splitlines()
    for value in WRONG_TYPES:
        if field == "q" and value in ("x", -1):
            continue  # a whole number is asked as it is written
        spoilt = json.dumps(json.loads(first) | {field: value})
        (tmp_path / "quiz.jsonl").write_text("\n".join([spoilt, *rest]) + "\n")
        refused("mceval8k", "import", path, "--out", tmp_path / "out")


@pytest.mark.parametrize("kind", YAML)
def test_a_pack_that_is_none(refused, tmp_path, kind):
    (tmp_path / "pack.yaml").write_bytes(YAML[kind])
    assert "pack" in refused("mceval8k", "packs", tmp_path / "pack.yaml")


PACK_FIELDS = ("name", "symbols", "option", "cue", "reply", "tasks", "only", "positional")


@pytest.mark.parametrize("field", PACK_FIELDS)
def test_a_pack_with_values_of_other_types(refused, tmp_path, field):
    for value in WRONG_TYPES:
        allowed = {
            "name": value in ("x", 1e308),  # YAML takes this number for text
            "cue": value in ({}, None),
            "reply": value in ({}, None),
            "tasks": value in ({}, None),
            "only": value in ([], None),
            "positional": value is True,
        }
        if allowed.get(field):
            continue
        (tmp_path / "pack.yaml").write_text(json.dumps({"name": "mine", field: value}))
        refused("mceval8k", "packs", tmp_path / "pack.yaml")


@pytest.mark.parametrize("kind", ["garbage", "deep"])
def test_an_evaluation_of_an_edition_that_is_none(refused, edition, tiny_folder, tmp_path, kind):
    if kind == "garbage":
        (path,) = (edition / "agnews").glob("test-*.parquet")
        path.write_bytes(FILES[kind])
        rehash(edition, path)
    else:
        (edition / "manifest.json").write_bytes(JSON[kind])
    words = ["--model-args", f"pretrained={tiny_folder}", "--edition", edition]
    refused("mceval8k", "eval", *words, "--limit", "2", "--out", tmp_path / "out")


def readers(run: Path, model: Path, edition: Path, out: Path) -> Mapping[str, list[object]]:
    """Commands that read runs."""
    asked = ["--model", model, "--edition", edition, "--task", "agnews"]
    return {
        "report": ["neurgrad", "report", run, "--out", out],
        "generality": ["neurgrad", "generality", run, "--out", out],
        "efficiency": ["neurgrad", "efficiency", run, "--out", out],
        "causal": ["neurgrad", "causal", *asked, "--ranking", run, "--out", out],
    }


@pytest.fixture(scope="session")
def collected(
    commands: Commands, sound: Path, tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A finished run that keeps its features."""
    folder = tmp_path_factory.mktemp("collected") / "run"
    asked = ["--model", str(tiny_folder), "--edition", str(sound), "--task", "agnews"]
    sizes = ["--train-size", "8", "--test-size", "4", "--validation-size", "0"]
    words = ["neurgrad", "collect", *asked, *sizes, "--num-fewshot", "0", "--out", str(folder)]
    assert commands.run(words, folder.parent)[0] == 0, commands.said
    return folder


@pytest.mark.parametrize("command", ["report", "generality", "efficiency", "causal"])
def test_a_run_with_damaged_files(
    refused, ranked, collected, sound, tiny_folder, tmp_path, command
):
    """What the manifest does not know of is seen by its hash, the rest where it is read."""
    of = ranked if command in ("report", "causal") else collected
    names = [path.relative_to(of) for path in of.rglob("*") if path.suffix != ".csv"]
    files = [name for name in names if (of / name).is_file() and name.suffix != ".html"]
    files = [name for name in files if name.parts[0] != "shards" or name.stem == "000000"]
    listed = json.loads((of / "manifest.json").read_text())["files"]
    damages = [(name, True) for name in files if is_read(command, name)]
    damages += [(name, False) for name in files if name.as_posix() in listed][:2]
    assert len(damages) > 2
    for number, (name, known) in enumerate(damages):
        run = tmp_path / "run"
        shutil.rmtree(run, ignore_errors=True)
        shutil.copytree(of, run)
        (run / name).write_bytes(FILES[("cut", "garbage")[number % 2]])
        if known and name.as_posix() in listed:
            rehash(run, run / name)
        refused(*readers(run, tiny_folder, sound, tmp_path / "out")[command])


def is_read(command: str, name: Path) -> bool:
    """Whether a command looks into a file of a run, beyond its hash."""
    if name.parts[0] == "shards":
        return command in ("generality", "efficiency")
    if command == "efficiency":  # it computes from features, not from results
        return name.name == "manifest.json"
    return name.name in ("result.json", "manifest.json") or command == "report"


def test_a_report_of_tables_of_other_types(commands, ranked, sound, tiny_folder, tmp_path):
    """It shows what there is, or says that the run is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    hostile = [pa.table({"a": ["<b>"]}), pa.table({}), pa.table({"layer": [[1]], "count": ["x"]})]
    for path in sorted(ranked.glob("*.parquet")):
        if path.stem in ("items", "neurons"):
            continue
        for table in hostile:
            run = tmp_path / "run"
            shutil.rmtree(run, ignore_errors=True)
            shutil.copytree(ranked, run)
            pq.write_table(table, run / path.name)
            rehash(run, run / path.name)
            words = readers(run, tiny_folder, sound, tmp_path / "out")["report"]
            status, _ = commands.run([str(word) for word in words], tmp_path)
            assert "Traceback" not in commands.said
            assert status == 0 or "the run is damaged" in commands.said, commands.said
