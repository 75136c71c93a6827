import csv
import json
import random
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from mceval8k.files import sha256
from neurgrad_eval import cli
from neurgrad_eval.neurons import count_per_layer

N_NEURONS = 3 * 24  # of the tiny model
WORDS = ("coast", "river", "market", "engine", "player", "minister", "forest", "signal")


def rows(count, seed):
    rng = random.Random(seed)
    return [
        {"text": " ".join(rng.choices(WORDS, k=5)) + f" {seed}-{i}", "label": i % 4}
        for i in range(count)
    ]


def write_edition(folder, **changes):
    splits = {"train": rows(60, 1), "valid": rows(4, 2), "test": rows(20, 3)} | changes
    task = folder / "classification" / "agnews"
    task.mkdir(parents=True)
    for name, content in splits.items():
        (task / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="session")
def edition(tmp_path_factory):
    return write_edition(tmp_path_factory.mktemp("edition"))


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory, tiny, make_tiny_llama):
    folder = tmp_path_factory.mktemp("models") / "[bold]tiny"  # markup must come out as it is
    make_tiny_llama(max_position_embeddings=4096).float().save_pretrained(folder)
    tiny.tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def probe(monkeypatch, capsys, edition, model_folder, tmp_path):
    def run(*more, **changes):
        options = {
            "model": model_folder,
            "edition": edition,
            "task": "agnews",
            "train-size": 12,
            "test-size": 8,
            "neurons": "4,16",
            "num-fewshot": 1,
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

    run.out = tmp_path / "out"
    return run


def test_a_run_writes_all_its_files(probe, model_folder):
    status, out, err = probe("--json")
    assert status == 0, err
    result = json.loads(out)
    assert json.loads((probe.out / "results.json").read_text()) == result
    found = [(row["probe"], row["neurons"]) for row in result["probes"]]
    voting = [(p, k) for p in ("activation", "polarity", "magnitude") for k in (4, 16)]
    rest = [("tree", N_NEURONS), ("logistic", N_NEURONS)]
    assert found == [("lm-prob", None), *voting, *rest]
    for row in result["probes"]:
        assert 0 <= row["low"] <= row["accuracy"] <= row["high"] <= 1
        assert (row["n"], row["chance"]) == (8, 0.25)
    assert result["model"] == str(model_folder)
    assert result["train_labels"] == {"0": 3, "1": 3, "2": 3, "3": 3}
    with (probe.out / "results.csv").open() as file:
        assert [row["probe"] for row in csv.DictReader(file)] == [name for name, _ in found]
    manifest = json.loads((probe.out / "manifest.json").read_text())
    there = {path.name for path in probe.out.iterdir()}
    assert set(manifest["files"]) == there - {"manifest.json"}
    assert all(sha256(probe.out / name) == known for name, known in manifest["files"].items())
    assert not manifest["reused_features"]


def test_tables_agree_with_each_other(probe):
    _, out, _ = probe("--json")
    result = json.loads(out)
    predictions = pq.read_table(probe.out / "predictions.parquet").to_pandas()
    for row in result["probes"]:
        votes = row["ties"] is not None
        column = f"{row['probe']}-{row['neurons']}" if votes else row["probe"]
        assert (predictions[column] == predictions["label"]).mean() == row["accuracy"]
    neurons = pq.read_table(probe.out / "neurons.parquet").to_pandas()
    assert len(neurons) == N_NEURONS
    with (probe.out / "layers.csv").open() as file:
        layers = list(csv.DictReader(file))
    for name in ("polarity", "magnitude", "activation"):
        top = neurons.index[neurons[f"{name}_rank"] < 16]
        assert neurons.sort_values(f"{name}_rank")[f"{name}_score"].abs().is_monotonic_decreasing
        counts = [int(r["count"]) for r in layers if (r["probe"], r["neurons"]) == (name, "16")]
        assert counts == count_per_layer(top, (24, 24, 24)).tolist()


def test_the_same_run_uses_stored_features_and_gives_the_same(probe, monkeypatch):
    _, first, _ = probe("--json")
    monkeypatch.setattr("neurgrad_eval.probing.experiment.compute_features", None)
    status, second, err = probe("--json")
    assert status == 0
    assert "used again" in " ".join(err.split())
    assert second == first
    status, third, _ = probe("--json", neurons=2)
    assert status == 0
    assert [row["neurons"] for row in json.loads(third)["probes"]][1] == 2


def test_batch_size_and_a_fresh_run_do_not_change_the_result(probe, tmp_path):
    _, first, _ = probe("--json")
    _, second, _ = probe("--json", out=tmp_path / "second", batch_size=3)
    assert json.loads(second) == json.loads(first)


def test_features_of_another_run_are_not_replaced_unawares(probe):
    probe()
    before = sha256(probe.out / "manifest.json")
    status, _, err = probe(seed=1)
    assert status == 2
    assert "another run" in err
    assert "--overwrite" in err
    assert sha256(probe.out / "manifest.json") == before
    assert probe("--overwrite", seed=1)[0] == 0


def test_table_is_for_people(probe, model_folder):
    status, out, err = probe(task="agnews")
    assert status == 0
    assert "magnitude" in out
    assert "vs LM-Prob" in out
    assert str(model_folder) in err.replace("\n", "")


def test_leaks_are_said(probe, tmp_path):
    shared = rows(20, 3)
    leaky = write_edition(tmp_path / "leaky", train=rows(60, 1) + shared[:5], test=shared)
    status, out, err = probe("--json", edition=leaky, test_size="all")
    assert status == 0
    result = json.loads(out)
    assert result["leaked_test_items"] == 5
    assert "warning: 5 of 20 test items" in err.replace("\n", " ")


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
    before = {path.name: sha256(path) for path in probe.out.iterdir()}
    monkeypatch.setattr("neurgrad_eval.probing.writing._neurons", None)
    with pytest.raises(TypeError):
        probe()
    assert {path.name: sha256(path) for path in probe.out.iterdir()} == before


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
