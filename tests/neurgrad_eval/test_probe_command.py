import csv
import importlib
import json
import random
import re
import shutil
import subprocess
import sys
from functools import partial

import numpy as np
import pyarrow.parquet as pq
import pytest

from mceval8k.errors import DataError
from mceval8k.files import sha256
from neurgrad_eval import cli
from neurgrad_eval.codes import encode
from neurgrad_eval.neurons import count_per_layer
from neurgrad_eval.probes import TreeProbe
from neurgrad_eval.probing import evaluation
from neurgrad_eval.statistics import holm

N_NEURONS = 3 * 24  # of the tiny model
WORDS = ("coast", "river", "market", "engine", "player", "minister", "forest", "signal")


def rows(count, seed, labels=4):
    rng = random.Random(seed)
    return [
        {"text": " ".join(rng.choices(WORDS, k=5)) + f" {seed}-{i}", "label": i % labels}
        for i in range(count)
    ]


def write_edition(folder, **changes):
    splits = {"train": rows(60, 1), "valid": rows(4, 2), "test": rows(20, 3)} | changes
    return write_task(folder, "agnews", 4, **splits)


def write_task(folder, name, labels, **splits):
    splits = splits or {"train": rows(60, 1, labels), "test": rows(20, 3, labels)}
    task = folder / "classification" / name
    task.mkdir(parents=True)
    for split, content in splits.items():
        (task / f"{split}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def edition(tmp_path):
    return write_edition(tmp_path / "edition")


@pytest.fixture(scope="session")
def model_folder(tiny_folder):
    return tiny_folder


@pytest.fixture
def probe(monkeypatch, capsys, edition, model_folder, tmp_path):
    monkeypatch.setattr(evaluation, "TreeProbe", partial(TreeProbe, n_trees=5))  # it is quicker

    def run(*more, **changes):
        options = {
            "model": model_folder,
            "edition": edition,
            "task": "agnews",
            "train-size": 12,
            "test-size": 8,
            "neurons": "4,16",
            "num-fewshot": 1,
            "null-draws": 0,
            "out": tmp_path / "out",
        }
        options |= {name.replace("_", "-"): value for name, value in changes.items()}
        words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["neurgrad", "probe", *words, *more])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status or 0, said.out, said.err

    run.out, run.edition = tmp_path / "out", edition
    run.run = run.out / "agnews--bold-tiny"
    return run


def only(out):
    (result,) = json.loads(out)["runs"]
    return result


def test_a_run_writes_all_its_files(probe, model_folder):
    status, out, err = probe("--json")
    assert status == 0, err
    result = only(out)
    assert json.loads((probe.run / "results.json").read_text()) == result
    names = ["lm-prob", "activation", "polarity", "magnitude", "tree", "logistic"]
    assert [row["probe"] for row in result["probes"]] == names
    for row in result["probes"]:
        assert 0 <= row["low"] <= row["accuracy"] <= row["high"] <= 1
        assert (row["n"], row["chance"]) == (8, 0.25)
    assert [row["neurons"] for row in result["probes"]][-2:] == [N_NEURONS, N_NEURONS]
    assert result["model"] == str(model_folder)
    assert result["train_labels"] == {"0": 3, "1": 3, "2": 3, "3": 3}
    with (probe.run / "results.csv").open() as file:
        assert [row["probe"] for row in csv.DictReader(file)] == names
    manifest = json.loads((probe.run / "manifest.json").read_text())
    there = {p.relative_to(probe.run).as_posix() for p in probe.run.rglob("*") if p.is_file()}
    assert set(manifest["files"]) == there - {"manifest.json"}
    assert "shards/00000.safetensors" in there
    assert all(sha256(probe.run / name) == known for name, known in manifest["files"].items())
    assert not manifest["reused_features"]
    campaign = json.loads((probe.out / "manifest.json").read_text())
    assert campaign["files"] == {"runs.csv": sha256(probe.out / "runs.csv")}
    with (probe.out / "runs.csv").open() as file:
        assert [(row["task"], row["probe"]) for row in csv.DictReader(file)] == [
            ("agnews", name) for name in names
        ]


def test_the_number_of_neurons_is_chosen_on_validation_prompts(probe):
    _, out, _ = probe("--json")
    result = only(out)
    assert result["validation_size"] == 4
    for name in ("activation", "polarity", "magnitude"):
        rows = [row for row in result["validation"] if row["probe"] == name]
        assert [(row["neurons"], row["n"]) for row in rows] == [(4, 4), (16, 4)]
        best = max(row["accuracy"] for row in rows)
        first = next(row["neurons"] for row in rows if row["accuracy"] == best)
        assert [row["neurons"] for row in rows if row["chosen"]] == [first]
        (asked,) = (row["neurons"] for row in result["probes"] if row["probe"] == name)
        assert asked == first


def test_without_validation_prompts_every_number_is_reported(probe):
    _, out, err = probe("--json", validation_size=0)
    result = only(out)
    assert [row["neurons"] for row in result["probes"] if row["ties"] is not None] == [4, 16] * 3
    assert result["validation"] == result["nulls"] == []
    assert "several numbers of neurons" in " ".join(err.split())


@pytest.mark.parametrize("neurons", [8, "4,16"])
def test_nulls_are_beside_the_probes(probe, neurons):
    _, out, _ = probe("--json", neurons=neurons, null_draws=9, null_refits=2)
    found = [(row["probe"], row["null"], row["draws"]) for row in only(out)["nulls"]]
    voting = ("activation", "polarity", "magnitude")
    expected = [(p, null, 9) for p in voting for null in ("permuted labels", "random neurons")]
    assert found == [*expected, *((p, "permuted labels", 2) for p in ("tree", "logistic"))]
    for row in only(out)["nulls"]:
        assert 0 <= row["low"] <= row["mean"] <= row["high"] <= 1
        assert 1 / (1 + row["draws"]) <= row["p_value"] <= 1


def test_all_is_what_the_edition_has(probe):
    status, out, err = probe("--json", task="classification")
    assert status == 0, err
    assert [result["task"] for result in json.loads(out)["runs"]] == ["agnews"]
    assert "skipped: amazon-reviews, imdb" in " ".join(err.split())
    status, _, err = probe(task="agnews,imdb", out=probe.out.with_name("other"))
    assert status == 2
    assert "no task 'imdb'" in err


def test_p_values_are_adjusted_for_all_probes_of_a_run(probe):
    _, out, _ = probe("--json")
    first, *rows = only(out)["probes"]
    assert first["p_value"] is first["p_holm"] is None
    assert [row["p_holm"] for row in rows] == holm([row["p_value"] for row in rows]).tolist()


def test_tables_agree_with_each_other(probe):
    _, out, _ = probe("--json")
    predictions = pq.read_table(probe.run / "predictions.parquet").to_pandas()
    for row in only(out)["probes"]:
        votes = row["ties"] is not None
        column = f"{row['probe']}-{row['neurons']}" if votes else row["probe"]
        assert (predictions[column] == predictions["label"]).mean() == row["accuracy"]
    neurons = pq.read_table(probe.run / "neurons.parquet").to_pandas()
    assert len(neurons) == N_NEURONS
    with (probe.run / "layers.csv").open() as file:
        layers = list(csv.DictReader(file))
    for name in ("polarity", "magnitude", "activation"):
        top = neurons.index[neurons[f"{name}_rank"] < 16]
        assert neurons.sort_values(f"{name}_rank")[f"{name}_score"].abs().is_monotonic_decreasing
        counts = [int(r["count"]) for r in layers if (r["probe"], r["neurons"]) == (name, "16")]
        assert counts == count_per_layer(top, (24, 24, 24)).tolist()
    items = pq.read_table(probe.run / "items.parquet").to_pandas()
    assert items["split"].tolist() == ["train"] * 12 + ["test"] * 8 + ["validation"] * 4


def test_a_finished_run_is_used_again_and_its_features_too(probe, monkeypatch):
    _, first, _ = probe("--json")
    before = {path: path.stat().st_mtime_ns for path in probe.run.rglob("*")}
    monkeypatch.setattr("neurgrad_eval.probing.streaming.compute_shard", None)
    status, second, err = probe("--json")
    assert status == 0
    assert second == first
    assert "is used again" in " ".join(err.split())
    assert {path: path.stat().st_mtime_ns for path in probe.run.rglob("*")} == before
    status, third, err = probe("--json", null_draws=2)  # the same prompts, and so features
    assert status == 0, err
    assert "are used again" in " ".join(err.split())
    assert only(third)["probes"] == only(first)["probes"]


def test_an_interrupted_run_is_gone_on_with_and_gives_the_same(probe, monkeypatch, tmp_path):
    monkeypatch.setattr("neurgrad_eval.probing.plan.SHARD", 10)
    _, whole, _ = probe("--json", out=tmp_path / "whole")
    streaming = "neurgrad_eval.probing.streaming.compute_shard"
    compute = importlib.import_module("neurgrad_eval.probing.streaming").compute_shard
    asked = []

    def interrupted(plan, rows, *more):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(rows)
        return compute(plan, rows, *more)

    monkeypatch.setattr(streaming, interrupted)
    assert probe("--json")[0] != 0
    assert len(list(probe.run.glob("shards/*"))) == 2
    asked.clear()
    monkeypatch.setattr(streaming, lambda *all_: asked.append(1) or compute(*all_))
    status, resumed, _ = probe("--json")
    assert (status, len(asked)) == (0, 1)
    assert resumed == whole
    one, other = probe.run, tmp_path / "whole" / probe.run.name
    for name in ("results.json", "neurons.parquet", "predictions.parquet"):
        assert sha256(one / name) == sha256(other / name)


def test_several_tasks_and_models_share_a_folder(probe, tmp_path, model_folder, make_tiny_llama):
    other = tmp_path / "tiny"
    shutil.copytree(model_folder, other)
    changed = make_tiny_llama(max_position_embeddings=4096).float()
    changed.model.layers[0].mlp.up_proj.weight.data.neg_()
    changed.save_pretrained(other)
    write_task(probe.edition, "imdb", 2)
    options = {"task": "agnews,imdb", "neurons": 4, "null_draws": 0}
    status, out, err = probe("--json", "--model", str(other), **options)
    assert status == 0, err
    found = [(run["task"], run["model"]) for run in json.loads(out)["runs"]]
    models = [str(model_folder), str(other)]
    assert found == [(task, model) for model in models for task in ("agnews", "imdb")]
    assert {p.name for p in probe.out.iterdir() if p.is_dir()} == {
        f"{task}--{model}" for task in ("agnews", "imdb") for model in ("bold-tiny", "tiny")
    }
    with (probe.out / "runs.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4 * 6
    assert probe("--model", str(model_folder))[0] == 2


def test_batch_size_and_a_fresh_run_do_not_change_the_result(probe, tmp_path):
    _, first, _ = probe("--json")
    _, second, _ = probe("--json", out=tmp_path / "second", batch_size=3)
    assert json.loads(second) == json.loads(first)


def test_features_of_another_run_are_not_replaced_unawares(probe):
    probe()
    before = sha256(probe.run / "features.json")
    status, _, err = probe(seed=1)
    assert status == 2
    assert "another run" in err
    assert "--overwrite" in err
    assert sha256(probe.run / "features.json") == before
    assert probe("--overwrite", seed=1)[0] == 0


def test_a_result_that_was_changed_is_refused(probe):
    probe()
    (probe.run / "results.csv").write_text("probe,accuracy\nmine,1.0\n")
    status, _, err = probe()
    assert status == 2
    assert "results.csv was changed" in " ".join(err.split())
    assert probe("--overwrite")[0] == 0
    (probe.run / "items.parquet").unlink()
    assert "items.parquet is missing" in " ".join(probe()[2].split())


def test_tables_are_for_people(probe, model_folder):
    status, out, err = probe(null_draws=2)
    assert status == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    for words in ("magnitude", "vs LM-Prob", "4 more", "random neurons"):
        assert words in out
    assert str(model_folder) in err.replace("\n", "")


def test_leaks_are_said(probe, tmp_path):
    shared = rows(20, 3)
    leaky = write_edition(tmp_path / "leaky", train=rows(60, 1) + shared[:5], test=shared)
    status, out, err = probe("--json", edition=leaky, test_size="all")
    assert status == 0
    assert only(out)["leaked_test_items"] == 5
    assert "5 of 20 test items" in " ".join(err.split())


def test_gradients_that_are_not_finite_are_named(probe, monkeypatch):
    def spoil(features, rows, *, names, **_):
        raise DataError(f"prompt {names[1]}: gradients in layer 2 are not finite")

    monkeypatch.setattr("neurgrad_eval.probing.streaming.fill_features", spoil)
    status, _, err = probe()
    assert status == 1
    assert re.search(r"prompt 1 \(item agnews-\w+\): gradients in layer 2", " ".join(err.split()))


def test_gradients_that_are_all_zero_are_an_error(probe, monkeypatch):
    monkeypatch.setattr("neurgrad_eval.probing.streaming.fill_features", lambda *_, **__: None)
    silent = encode(np.zeros((1, 4, 1), np.float32))[0, 0]
    empty = importlib.import_module("neurgrad_eval.features").empty_features

    def zeros(*all_):
        features = empty(*all_)
        features.codes[:] = silent
        return features

    monkeypatch.setattr("neurgrad_eval.probing.streaming.empty_features", zeros)
    status, _, err = probe()
    assert status == 1
    assert "every gradient of every prompt is zero" in " ".join(err.split())


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"task": "agnewz"}, 2, "did you mean 'agnews'"),
        ({"task": "ner"}, 2, "has no task 'ner'"),
        ({"edition": "nowhere"}, 2, "no such directory"),
        ({"train_size": 61}, 1, "split train has 60 distinct items; 61 are asked"),
        ({"test_size": 21}, 1, "split test has 20 distinct items; 21 are asked"),
        ({"test_size": "some"}, 2, "'some' is no number"),
        ({"neurons": N_NEURONS + 1}, 2, "73 neurons are asked; the model has 72"),
        ({"neurons": "4,x"}, 2, "'x' is no number"),
        ({"num_fewshot": 60}, 1, "demonstrations"),
        ({"model": "."}, 2, "model ."),
        ({"pack": "nothing"}, 2, "unknown pack"),
        ({"dtype": "float8"}, 2, "float8"),
        ({"batch_size": 0}, 2, "batch size 0"),
        ({"null_draws": -1}, 2, "null draws -1"),
        ({"task": "agnews,imdb"}, 2, "has no task 'imdb'"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(probe, changes, status, message):
    found, out, err = probe(**changes)
    assert found == status
    assert out == ""
    assert message in err
    assert "Traceback" not in err
    assert not probe.out.exists()
    assert not list(probe.out.parent.glob(".out*"))


def test_empty_and_one_sided_train_splits(probe, tmp_path):
    empty = write_edition(tmp_path / "empty", train=[])
    assert probe(edition=empty)[0] == 1
    same = [row | {"label": 1} for row in rows(60, 1)]
    status, _, err = probe(edition=write_edition(tmp_path / "same", train=same))
    assert status == 1
    assert "all have label 1" in err


def test_a_folder_of_something_else_is_left_alone(probe):
    probe.out.mkdir()
    (probe.out / "thesis.tex").write_text("years of work")
    status, _, err = probe()
    assert status == 2
    assert "name another" in err
    assert [path.name for path in probe.out.iterdir()] == ["thesis.tex"]


def test_failure_while_writing_leaves_the_earlier_result(probe, monkeypatch):
    probe()
    before = {path: sha256(path) for path in probe.out.rglob("*") if path.is_file()}
    monkeypatch.setattr("neurgrad_eval.probing.writing._neurons", None)
    with pytest.raises(TypeError):
        probe(null_draws=1)
    assert {path: sha256(path) for path in probe.out.rglob("*") if path.is_file()} == before


def test_help_imports_nothing_heavy():
    script = "import sys; from neurgrad_eval.cli import main; sys.argv[1:] = ['--help']; main()"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "probe" in done.stdout
    assert not {"torch", "transformers", "datasets"} & set(done.stderr.split())


def test_the_command_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "neurgrad_eval.cli", "probe", "--model"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
