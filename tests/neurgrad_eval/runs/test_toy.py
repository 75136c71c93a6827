"""A thirteenth experiment is one file: all else comes from the mechanism."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from neurgrad_eval.neuron_model import NeuronModel
from tests.neurgrad_eval.runs.conftest import PROMPTS, contents


@pytest.fixture(scope="module")
def words(tiny_folder, prompts_file):
    return ("sizes", "--model", tiny_folder, "--prompts", prompts_file)


@pytest.fixture(scope="module")
def alone(neurgrad, words, tmp_path_factory):
    """The run of one process, that the others are compared with."""
    folder = tmp_path_factory.mktemp("alone") / "run"
    done = neurgrad(*words, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_the_numbers_are_those_of_a_direct_computation(alone, tiny_folder):
    model = NeuronModel.from_pretrained(tiny_folder)
    found = model.answer_gradients([prompt for prompt, _ in PROMPTS], [" A"])
    table = pd.read_parquet(alone[0] / "sizes.parquet")
    for layer, activations in enumerate(found.activations):
        expected = activations.double().square().mean(1).sqrt().mean()
        assert table["size"][layer] == pytest.approx(float(expected), rel=1e-6)


def test_it_has_a_command_with_help_ranges_and_errors(neurgrad, words):
    listed = neurgrad("--help")
    assert "sizes" in listed.stdout
    assert "Size of activations by layer" in listed.stdout
    helped = neurgrad("sizes", "--help")
    assert "--power" in helped.stdout
    assert "Exponent of the mean." in helped.stdout
    wrong = neurgrad(*words, "--power", "0")
    assert (wrong.returncode, wrong.stderr) == (2, "error: power 0.0: it must be above 0\n")


def test_it_prints_a_table_or_json(alone, neurgrad, words):
    assert "Size by layer" in alone[1].stdout
    found = json.loads(neurgrad(*words, "--out", alone[0], "--json").stdout)
    assert [row["layer"] for row in found["tables"]["sizes"]] == [0, 1, 2]
    assert found["facts"]["largest"] == max(row["size"] for row in found["tables"]["sizes"])


def test_it_resumes_and_gives_the_same_bytes(alone, neurgrad, words, tmp_path):
    folder = tmp_path / "run"
    assert neurgrad(*words, "--out", folder).returncode == 0
    assert contents(folder) == contents(alone[0])
    kept = folder / "shards" / "000003.parquet"
    before = kept.stat().st_mtime_ns
    for name in ("000001.parquet", "000002.parquet"):
        (folder / "shards" / name).unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": None}))
    assert neurgrad(*words, "--out", folder).returncode == 0
    assert contents(folder) == contents(alone[0])
    assert kept.stat().st_mtime_ns == before


def test_a_run_goes_on_with_another_number_of_processes(alone, neurgrad, words, tmp_path):
    folder = tmp_path / "run"
    assert neurgrad(*words, "--out", folder, "--limit", 2).returncode == 0
    assert len(list((folder / "shards").iterdir())) == 2
    done = neurgrad(*words, "--out", folder, processes=2)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Size by layer") == 1
    now, before = contents(folder), contents(alone[0])
    assert {name for name in now if now[name] != before[name]} <= {"manifest.json"}


def test_a_mistake_in_the_main_process_ends_all_in_one_line(neurgrad, words, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    done = neurgrad(*words, "--out", tmp_path, processes=2)
    assert done.returncode != 0
    assert "holds no run of neurgrad: name another" in done.stderr


def test_it_has_a_section_in_the_report(alone, neurgrad, tmp_path):
    page = tmp_path / "report.html"
    done = neurgrad("report", alone[0], "--out", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert "Size by layer" in text
    assert "neurgrad sizes --model" in text
    assert '"type":"bar"' in text
