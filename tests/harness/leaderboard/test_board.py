"""Runs brought together: editions, settings, repeated runs, averages, and the files of a board."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
import yaml

from harness.leaderboard.baselines import baselines
from harness.leaderboard.tables import markdown
from harness.leaderboard.writing import write_board
from harness.samples.counts import Count, genre_macro, micro
from harness.tasks.discovery import tasks_path
from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.pack import load_pack
from mceval8k.registry import all_tasks
from tests.commands import mceval8k
from tests.harness.leaderboard.conftest import TASKS, board_of
from tests.harness.leaderboard.result_files import make_run, write_run

OTHER = "f" * 64
GENERATION = tasks_path() / "generation" / "_mceval8k.yaml"
CHAT = {"chat_template": "t", "chat_template_sha": "c" * 64}


def reasons(board):
    return {each.reason for each in board.rejected}


def test_rows_and_averages(board):
    names = [(row.model.name, row.setting.label, len(row.entries)) for row in board.rows]
    assert {name for name, _, _ in names[:2]} == {"lab/strong"}
    assert names[2:] == [("lab/weak", "default · 0-shot", 6), ("lab/single", "default · 0-shot", 1)]
    assert board.rejected == ()
    row = board.rows[0]
    counts = {all_tasks()[name].genre: [result.count] for name, result in row.results.items()}
    assert row.scores.genre_macro == genre_macro(counts)
    assert row.scores.micro == micro([count for each in counts.values() for count in each])
    wanted = [(r.count.accuracy - r.chance) / (1 - r.chance) for r in row.results.values()]
    assert row.scores.headline.value == pytest.approx(sum(wanted) / 6)
    single = board.rows[-1]
    assert single.scores.headline is None
    assert single.rank is None
    assert list(single.genres) == ["classification"] if TASKS.count("agnews") else True


def test_one_board_is_of_one_edition(results, tmp_path):
    content, samples = make_run("lab/x", tasks={"agnews": 1.0}, metadata={"edition_digest": OTHER})
    write_run(tmp_path / "other", content, samples)
    board = board_of(results, tmp_path)
    assert reasons(board) == {"another edition (ffffffffffff; this board is of eeeeeeeeeeee)"}
    chosen = board_of(results, tmp_path, edition="ff")
    assert [row.model.name for row in chosen.rows] == ["lab/x"]
    with pytest.raises(DataError, match="the edition a1 is of no result"):
        board_of(results, edition="a1")


def test_the_newer_of_two_runs_stands_and_the_older_is_listed(tmp_path):
    for name, date in (("old", 1.0), ("new", 2.0)):
        content, samples = make_run(tasks={"agnews": 1.0, "lti": 1.0}, seed=name)
        write_run(tmp_path / name, {**content, "date": date}, samples)
    board = board_of(tmp_path)
    (row,) = board.rows
    assert {entry.run.date for entry in row.entries.values()} == {"1970-01-01T00:00:02Z"}
    assert [each.task for each in board.rejected] == ["agnews", "lti"]
    assert "older than " in board.rejected[0].reason
    assert "new/results_" in board.rejected[0].reason


def test_runs_of_different_tasks_make_one_row(tmp_path):
    for task in ("agnews", "lti"):
        write_run(tmp_path / task, *make_run(tasks={task: 1.0}))
    (row,) = board_of(tmp_path, tasks="agnews,lti").rows
    assert list(row.entries) == ["agnews", "lti"]
    assert row.scores.headline is not None


def test_settings_are_rows_of_their_own(tmp_path):
    ways = [
        ("plain", {}, {}),
        ("pack", {"pack": "packs/mine.yaml", "pack_digest": "1" * 64}, {}),
        ("rotated", {"rotation": 1}, {}),
        ("chat", {}, {"chat_template": "t", "chat_template_sha": "c" * 64}),
        ("turns", {}, {**CHAT, "n-shot": {"mceval8k_agnews": 2}, "fewshot_as_multiturn": True}),
        ("block", {}, {**CHAT, "n-shot": {"mceval8k_agnews": 2}, "fewshot_as_multiturn": False}),
        ("other", {"pack_digest": "2" * 64}, {}),
        ("again", {}, {"date": 1.0}),
        ("seed", {"demonstration_seed": 3}, {"n-shot": {"mceval8k_agnews": 2}}),
        ("seedless", {"demonstration_seed": 3}, {"date": 2.0}),
    ]
    for name, metadata, content in ways:
        made, samples = make_run(tasks={"agnews": 1.0}, metadata=metadata)
        write_run(tmp_path / name, {**made, **content}, samples)
    board = board_of(tmp_path)
    labels = sorted(row.setting.label for row in board.rows)
    assert [label for label in labels if "@" not in label] == [
        "default · 0-shot",
        "default · 0-shot · chat cccccccccccc",
        "default · 0-shot · rotation 1",
        "default · 2-shot · chat cccccccccccc",
        "default · 2-shot · chat cccccccccccc · multi-turn",
        "default · 2-shot · seed 3",
        "mine · 0-shot",
    ]
    assert len(labels) == 8
    assert len(board.rejected) == 2  # again and seedless: without demonstrations no seed counts


@pytest.mark.parametrize(
    ("shots", "label"),
    [((4, 5), "balanced"), ((2, 2), "2"), ((1, 3), "mixed 1,3")],
)
def test_how_demonstrations_are_called(tmp_path, shots, label):
    content, samples = make_run(tasks={"agnews": 1.0, "lti": 1.0})
    content["n-shot"] = dict(zip(("mceval8k_agnews", "mceval8k_lti"), shots, strict=True))
    write_run(tmp_path, content, samples)
    (row,) = board_of(tmp_path).rows
    assert row.setting.shots == label


def test_a_board_of_nothing_is_an_error(tmp_path, results):
    content, samples = make_run(tasks={"agnews": 1.0})
    write_run(tmp_path, {**content, "lm_eval_version": "0.4.5"}, samples)
    with pytest.raises(
        DataError, match=r"no result can go on the board: .*made with lm-eval 0.4.5"
    ):
        board_of(tmp_path)
    with pytest.raises(UsageError, match="unknown task"):
        board_of(results, tasks="nothing")


def test_tables_say_what_the_board_says(board, board_folder):
    scores = pq.read_table(board_folder / "data" / "scores.parquet")
    assert scores.schema.metadata is None
    lines = scores.to_pylist()
    named = {(line["row"], line["level"], line["name"], line["lang"]) for line in lines}
    assert len(named) == len(lines)
    row = board.rows[0]
    mine = [line for line in lines if line["row"] == row.key]
    by_name = {(line["level"], line["name"]): line for line in mine}
    assert by_name["average", "micro"]["value"] == row.scores.micro.value
    headline = by_name["average", "chance_corrected"]
    assert headline["value"] == row.scores.headline.value
    assert (headline["rank_best"], headline["rank_worst"]) == (row.rank.best, row.rank.worst)
    agnews = by_name["task", "agnews"]
    assert Count(agnews["correct"], agnews["n"]) == row.results["agnews"].count
    with (board_folder / "data" / "scores.csv").open(newline="") as file:
        assert [float(line["value"]) for line in csv.DictReader(file)] == [
            line["value"] for line in lines
        ]
    answers = pq.read_table(board_folder / "data" / "answers.parquet").to_pylist()
    first = next(each for each in answers if (each["row"], each["task"]) == (row.key, "agnews"))
    assert first["is_correct"] == row.results["agnews"].is_correct.tolist()
    assert first["group"] == list(range(40))
    shares = pq.read_table(board_folder / "data" / "probabilities.parquet").to_pylist()
    mine = next(each for each in shares if (each["row"], each["task"]) == (row.key, "agnews"))
    assert (mine["n_options"], len(mine["probabilities"])) == (4, 160)
    assert len(markdown(board).splitlines()) == 3 + len(board.rows)


def test_the_same_runs_give_the_same_bytes(results, board_folder, tmp_path):
    """In another process, with another hash seed and the places in another order."""
    out = tmp_path / "again"
    places = sorted(map(str, results.iterdir()), reverse=True)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from harness.leaderboard.board import make_board\n"
        "from harness.leaderboard.collecting import collect\n"
        "from harness.leaderboard.finding import find_results\n"
        "from harness.leaderboard.writing import write_board\n"
        "out, tasks, *places = sys.argv[1:]\n"
        "runs = collect(find_results([Path(each) for each in places]), use_cache=False)\n"
        "write_board(make_board(runs, tasks=tasks), Path(out))\n"
    )
    command = [sys.executable, "-c", script, str(out), TASKS, str(results), *places]
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run(command, check=True, env=env)
    wanted = {p.relative_to(board_folder): p.read_bytes() for p in board_folder.rglob("*.*")}
    found = {p.relative_to(out): p.read_bytes() for p in out.rglob("*.*")}
    assert found == wanted


def test_only_an_earlier_board_is_replaced(board, board_folder, tmp_path):
    write_board(board, tmp_path / "board")
    write_board(board, tmp_path / "board")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").touch()
    with pytest.raises(UsageError, match="no earlier result"):
        write_board(board, tmp_path / "mine")


def test_formulas_and_markup_in_names(tmp_path):
    name = "=HYPERLINK(1)|<b>*x*"
    content, samples = make_run("lab/m", tasks={"agnews": 1.0})
    content["config"]["model_args"] = {"pretrained": name}
    write_run(tmp_path / "r", content, samples)
    board = board_of(tmp_path / "r")
    write_board(board, tmp_path / "board")
    with (tmp_path / "board" / "data" / "scores.csv").open(newline="") as file:
        assert {line["model"] for line in csv.DictReader(file)} == {f"'{name}"}
    assert r"=HYPERLINK(1)\|&lt;b&gt;\*x\*" in markdown(board)
    assert (
        json.loads((tmp_path / "board" / "leaderboard.json").read_text())["rows"][0]["model"]
        == name
    )


def test_baselines_stand_beside_the_scores(board):
    """By hand: six tasks of 2, 4 or 5 options, one of each genre."""
    (guess,) = baselines(board)
    chances = [1 / all_tasks()[name].n_options for name in TASKS.split(",")]
    assert guess.headline == pytest.approx(0)
    wanted = pytest.approx(sum(chances) / 6)
    assert guess.genre_macro == wanted
    assert guess.micro == wanted
    known = replace(board, shortcuts={"paws": 0.7})
    _, shortcut = baselines(known)
    assert (shortcut.tasks["paws"], shortcut.genres["nli"]) == (0.7, 0.7)
    assert shortcut.headline == pytest.approx((0.7 - 0.5) / 0.5 / 6)
    assert "| Strongest shortcut |" in markdown(known)


def test_rows_share_a_rank_where_they_cannot_be_told_apart(tmp_path):
    """Two of equal skill among 240 items, one much better, one much worse."""
    for name, skill in (("best", 6.0), ("twin", 1.0), ("other-twin", 1.0), ("worst", -3.0)):
        content, samples = make_run(
            f"lab/{name}", tasks=dict.fromkeys(TASKS.split(","), skill), n=40
        )
        write_run(tmp_path / name, content, samples)
    ranks = {row.model.name: row.rank.label for row in board_of(tmp_path).rows}
    assert ranks == {"lab/best": "1", "lab/twin": "2–3", "lab/other-twin": "2–3", "lab/worst": "4"}


def test_two_paths_that_end_alike_are_two_models(tmp_path):
    for name in "AB":
        made, samples = make_run(f"/runs/{name}/checkpoint-1000", tasks={"agnews": 1.0})
        write_run(tmp_path / name, made, samples)
    board = board_of(tmp_path)
    assert len(board.rows) == 2
    assert board.rejected == ()


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, ""),
        ({"max_gen_toks": 512}, " · max_gen_toks=512"),
        ({"do_sample": True, "temperature": 0.7}, " · do_sample=true, temperature=0.7, seed 1234"),
    ],
)
def test_how_replies_were_generated_is_part_of_the_setting(tmp_path, changes, label):
    usual = yaml.load(GENERATION.read_text("utf-8"), _Loader)["generation_kwargs"]
    content, samples = make_run(tasks={"agnews": 1.0})
    config = content["configs"]["mceval8k_agnews"]
    config |= {"output_type": "generate_until", "generation_kwargs": {**usual, **changes}}
    pack = load_pack().digest(all_tasks()["agnews"], generation=True)
    config["metadata"]["pack_digest"] = pack
    for line in samples["mceval8k_agnews"]:
        line["filtered_resps"] = ["ABCD"[line["doc"]["label"]] if line["acc"] else "no idea"]
    write_run(tmp_path, content, samples)
    (row,) = board_of(tmp_path, tasks="agnews").rows
    assert row.setting.label == f"default · 0-shot · generated{label}"


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_constructor("!function", lambda loader, node: None)


def test_the_name_of_our_pack_is_no_matter_of_majority(tmp_path):
    """Three runs with an edited default pack do not become "default"."""
    for name, digest in (("a", "1" * 64), ("b", "1" * 64), ("c", "1" * 64), ("honest", None)):
        metadata = {"pack_digest": digest} if digest else {}
        content, samples = make_run(f"lab/{name}", tasks={"agnews": 1.0}, metadata=metadata)
        write_run(tmp_path / name, content, samples)
    labels = {row.model.name: row.setting.pack for row in board_of(tmp_path).rows}
    assert labels["lab/honest"] == "default"
    assert all(labels[f"lab/{name}"].startswith("default@") for name in "abc")


def test_the_command(results, tmp_path):
    content, samples = make_run("lab/x", tasks={"agnews": 1.0})
    write_run(tmp_path / "cut", {**content, "lm_eval_version": "0.4.5"}, samples)
    places = (results, tmp_path / "cut")
    words = ("leaderboard", "build", *places, "--tasks", TASKS, "--out", tmp_path / "o", "--json")
    done = mceval8k(*words)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert [row["model"] for row in told["rows"]][-1] == "lab/single"
    assert "not on the board: cut/results_" in done.stderr
    assert told["rejected"][0]["reason"].startswith("made with lm-eval 0.4.5")
    assert (tmp_path / "o" / "site" / "index.html").is_file()
