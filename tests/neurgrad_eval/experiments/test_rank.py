import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

import neurgrad_eval as ng
from mceval8k.errors import UsageError
from neurgrad_eval.experiments import rank
from neurgrad_eval.features.codes import encode
from neurgrad_eval.features.collect import collected
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.ranking import Ranking, magnitude_score
from neurgrad_eval.runs.folder import read_manifest
from neurgrad_eval.runs.shards import FolderShards

NAMES = ("activation", "centred", "magnitude", "polarity")
COLUMNS = ["ranking", "layer", "neuron", "score", "orientation", "rank", "error"]


@pytest.fixture
def words(probing_edition, tiny_folder, tmp_path):
    return {
        "model": tiny_folder,
        "edition": probing_edition,
        "task": "agnews",
        "train_size": 24,
        "num_fewshot": 1,
        "top": 16,
        "out": tmp_path / "out",
    }


def test_a_run_has_every_neuron_by_rank(neurgrad, words):
    status, out, err = neurgrad("rank", "--json", **words)
    assert status == 0, err
    result = json.loads(out)["tables"]
    table = ng.load(words["out"]).to_pandas()
    assert table.columns.tolist() == COLUMNS
    assert table["ranking"].tolist() == [name for name in NAMES for _ in range(72)]
    layers = {(row["ranking"], row["layer"]): row["count"] for row in result["layers"]}
    best = {row["ranking"]: row for row in result["best"]}
    for name, own in table.groupby("ranking"):
        assert own["rank"].tolist() == list(range(72))
        assert own["score"].abs().is_monotonic_decreasing
        assert (np.sign(own["score"]) == own["orientation"]).all()
        counts = own["layer"][:16].value_counts().reindex(range(3), fill_value=0).tolist()
        assert [layers[name, layer] for layer in range(3)] == counts
        first = own.iloc[0]
        assert (best[name]["layer"], best[name]["neuron"]) == (first["layer"], first["neuron"])
        assert best[name]["score"] == first["score"]


def test_sums_give_the_ranking_of_the_features(neurgrad, words, monkeypatch):
    monkeypatch.setattr(rank, "SUMMED_TOGETHER", 2)
    assert neurgrad("rank", **words)[0] == 0
    found = ng.load(words["out"])
    units = read_manifest(words["out"]).units
    assert len(units) == 16
    del words["out"]
    task = rank.RankTask.open(rank.RankOptions(**words), None)
    items = task.plan.sample.train
    features = collected(task.model, task.questions(list(range(len(items)))))
    features = replace(features, groups=tuple(item["group"] for item in items))
    again = ng.rank(features, score=None, top=16)
    for name in ("neurons", "layers", "best"):
        assert again.to_pandas(name).equals(found.to_pandas(name))


def test_activations_are_kept_only_where_they_are_ranked_by(neurgrad, words):
    scores = ["polarity", "centred", "magnitude"]
    assert neurgrad("rank", **words, scores=",".join(scores))[0] == 0
    found = ng.load(words["out"])
    assert found.to_pandas("best")["ranking"].tolist() == scores
    manifest = read_manifest(words["out"])
    kept = FolderShards(words["out"] / "shards", manifest.owner()).load(manifest.units[0])
    assert sorted(kept) == ["labels", "magnitude", "polarity", "terms"]


def test_two_processes_give_the_bytes_of_one(neurgrad, words, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    _, printed, _ = neurgrad("rank", **words | {"out": tmp_path / "of1"})
    torch.set_num_threads(threads)
    launch = ["torch.distributed.run", "--nproc_per_node", "2", "--standalone"]
    typed = [
        part
        for name, value in (words | {"out": tmp_path / "of2"}).items()
        for part in (f"--{name.replace('_', '-')}", str(value))
    ]
    done = subprocess.run(
        [sys.executable, "-m", *launch, "-m", "neurgrad_eval", "rank", *typed],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [text.count("First neuron of each ranking") for text in (printed, done.stdout)] == [1, 1]
    assert len(list((tmp_path / "of2" / "shards").iterdir())) == 8
    one, two = (
        {p.relative_to(out): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
        for out in (tmp_path / "of1", tmp_path / "of2")
    )
    assert one == two


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"train_size": 0}, 2, "at least 1"),
        ({"train_size": 61}, 1, "61 are requested"),
        ({"top": 0}, 2, "at least 1"),
        ({"task": "agnewz"}, 2, "did you mean 'agnews'"),
    ],
)
def test_mistakes_are_one_line(neurgrad, words, changes, status, message):
    found, out, err = neurgrad("rank", **(words | changes))
    assert (found, out) == (status, "")
    assert message in err
    assert not words["out"].exists()


def test_all_prompts_may_be_ranked_and_more_neurons_than_there_are_shown(neurgrad, words):
    status, out, err = neurgrad("rank", **(words | {"train_size": "all", "top": 1000}))
    assert status == 0, err
    assert "magnitude" in out
    result = ng.load(words["out"])
    assert result.about["train_size"] == 59  # one is shown
    assert (result.to_pandas("layers").groupby("ranking")["count"].sum() == 72).all()


def toy(prompts=40):
    rng = np.random.default_rng(0)
    g = rng.normal(size=(prompts, 3, 12)).astype(np.float32)
    activations = rng.normal(size=(prompts, 12)).astype(np.float16)
    labels = np.arange(prompts) % 3
    return Features(encode(g), activations, np.zeros((prompts, 3), np.float32), labels, (5, 7))


def test_features_in_memory_are_ranked(tmp_path):
    features = toy()
    found = ng.rank(features)
    expected = Ranking.of(magnitude_score(features.codes, features.labels, 3))
    table = found.to_pandas()
    assert (table["layer"] * 5 + table["neuron"]).tolist() == expected.order.tolist()
    assert table["score"].tolist() == expected.scores[expected.order].tolist()
    assert found.head(4)["rank"].tolist() == [0, 1, 2, 3]
    assert set(found.to_pandas("layers")["ranking"]) == {"magnitude"}
    assert [line.name for line in found.plot().data] == ["magnitude"]
    found.save(tmp_path / "run")
    assert ng.load(tmp_path / "run").to_pandas().equals(table)


def test_every_score_may_be_asked():
    found = ng.rank(toy(), score=None, top=3)
    names = ["polarity", "centred", "magnitude", "activation"]
    assert found.to_pandas("best")["ranking"].tolist() == names
    counted = found.to_pandas("layers").groupby("ranking")["count"].sum()
    assert counted.to_dict() == dict.fromkeys(names, 3)


def test_centred_scores_of_neurons_that_never_change_are_zero():
    codes = encode(np.full((400, 4, 12), -1.0))
    activations = np.zeros((400, 12), np.float16)
    same = Features(codes, activations, np.zeros((400, 4)), np.arange(400) % 4, (5, 7))
    plain, centred = (ng.rank(same, score=name).to_pandas() for name in ("polarity", "centred"))
    assert set(plain["score"]) == {800}
    assert set(plain["orientation"]) == {1}
    assert set(centred["score"]) == set(centred["orientation"]) == {0}


def test_what_cannot_be_ranked_is_refused():
    features = toy()
    with pytest.raises(UsageError, match="unknown score 'size': give one of polarity"):
        ng.rank(features, score="size")
    with pytest.raises(UsageError, match="one label only"):
        ng.rank(features.take(features.labels == 1))
    with pytest.raises(UsageError, match="top 0"):
        ng.rank(features, top=0)
