"""Streaming rankings: the same as those of all prompts at once, whatever the shards."""

import csv
import json
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurgrad_eval import cli
from neurgrad_eval.codes import encode
from neurgrad_eval.features import Features
from neurgrad_eval.ranking import (
    Ranking,
    activation_ranking,
    activation_scores,
    magnitude_score,
    polarity_score,
)
from neurgrad_eval.ranks.result import rank_tables
from neurgrad_eval.ranks.sums import (
    BLOCKS,
    FirstSums,
    first_pass,
    means,
    merge,
    no_first,
    no_second,
    second_pass,
    spread,
)

NEURONS = 7


def toy(prompts, answers=4, seed=0):
    rng = np.random.default_rng(seed)
    g = rng.normal(size=(prompts, answers, NEURONS)).astype(np.float32)
    g[:, :, 0] = 0
    activations = (10 * rng.normal(size=(prompts, NEURONS))).astype(np.float16)
    labels = np.arange(prompts) % answers
    return Features(
        encode(g), activations, rng.random((prompts, answers)).astype(np.float32), labels, (3, 4)
    )


def ranked(features, cuts=()):
    """Rank tables by way of shards cut at these rows."""
    blocks = spread(features.labels)
    bounds = [0, *sorted(cuts), len(blocks)]
    shards = [slice(a, b) for a, b in pairwise(bounds) if b > a]
    first = no_first(features.n_answers, NEURONS)
    for rows in shards:
        first = merge(first, first_pass(features.take(rows), blocks[rows]))
    splits, thresholds = means(first)
    second = no_second(len(splits), NEURONS)
    for rows in reversed(shards):
        part = second_pass(features.take(rows), blocks[rows], splits, thresholds)
        second = merge(second, part)
    return rank_tables(first, second, splits, thresholds)


@pytest.mark.parametrize("answers", [2, 3, 4, 5])
def test_rankings_are_those_of_all_prompts_at_once(answers):
    features = toy(60, answers)
    found = ranked(features, [7, 30, 31])
    expected = {
        "polarity": Ranking.of(polarity_score(features.codes, features.labels, answers)),
        "magnitude": Ranking.of(magnitude_score(features.codes, features.labels, answers)),
        "activation": activation_ranking(activation_scores(features.activations, features.labels)),
    }
    for name, ranking in expected.items():
        assert np.allclose(found[name].ranking.scores, ranking.scores, atol=1e-15)
        assert (found[name].ranking.order == ranking.order).all()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 40), max_size=6), st.integers(0, 3))
def test_shards_do_not_change_a_bit(cuts, seed):
    features = toy(40, seed=seed)
    one, other = ranked(features), ranked(features, cuts)
    for name in one:
        assert (one[name].ranking.scores == other[name].ranking.scores).all()
        assert np.array_equal(one[name].errors, other[name].errors)


def sums(seed):
    rng = np.random.default_rng(seed)
    # Activations up to float16's largest, as multiples of its least: beyond what float64 adds up.
    large = rng.integers(-(2**61), 2**61, size=(4, NEURONS))
    return FirstSums(
        rng.integers(9, size=(BLOCKS, 4)),
        rng.integers(-9, 9, size=(BLOCKS, NEURONS)),
        rng.integers(-9, 9, size=(BLOCKS, NEURONS)),
        large,
    )


@given(st.integers(0, 10**6))
def test_merging_is_associative_and_commutative(seed):
    a, b, c = sums(seed), sums(seed + 1), sums(seed + 2)
    left, right, turned = merge(merge(a, b), c), merge(a, merge(b, c)), merge(c, merge(b, a))
    for name in vars(left):
        assert (getattr(left, name) == getattr(right, name)).all()
        assert (getattr(left, name) == getattr(turned, name)).all()


def test_blocks_share_every_label():
    labels = np.repeat([0, 1, 2], [8, 16, 24])
    blocks = spread(labels)
    for label, share in ((0, 1), (1, 2), (2, 3)):
        assert (np.bincount(blocks[labels == label]) == share).all()


def test_error_is_that_of_split_halves():
    # Every prompt has the same code, so that all halves agree: no error.
    features = toy(64)
    same = Features(
        np.repeat(features.codes[:1], 64, axis=0),
        np.repeat(features.activations[:4], 16, axis=0),
        features.probabilities,
        np.zeros(64, dtype=np.int64) + np.repeat(np.arange(4), 16),
        (3, 4),
    )
    for table in ranked(same).values():
        assert np.allclose(table.errors, 0)
    # Otherwise it is about the standard deviation of a sum of independent terms.
    many = toy(4000, 2)
    per_prompt = np.stack(
        [polarity_score(many.codes[i : i + 1], many.labels[i : i + 1], 2) for i in range(4000)]
    )
    expected = per_prompt.std(axis=0) * np.sqrt(4000)
    ratio = ranked(many)["polarity"].errors[1:] / expected[1:]
    assert 0.6 < ratio.mean() < 1.4
    recall = 0.5 / np.sqrt(4000)  # of an accuracy near ½
    assert 0.5 < ranked(many)["activation"].errors.mean() / recall < 1.5


def test_error_is_unknown_where_a_half_lacks_a_label():
    assert np.isnan(ranked(toy(8))["activation"].errors).all()


@pytest.fixture
def rank(monkeypatch, capsys, probing_edition, tiny_folder, tmp_path):
    def run(*more, **changes):
        options = {
            "model": tiny_folder,
            "edition": probing_edition,
            "task": "agnews",
            "train-size": 24,
            "num-fewshot": 1,
            "top": 16,
            "out": tmp_path / "out",
        }
        options |= {name.replace("_", "-"): value for name, value in changes.items()}
        run.words = [w for name, value in options.items() for w in (f"--{name}", str(value))]
        monkeypatch.setattr(sys, "argv", ["neurgrad", "rank", *run.words, *more])
        status = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        return status or 0, said.out, " ".join(said.err.split())

    run.out = tmp_path / "out"
    return run


def tables(folder):
    return {name: pq.read_table(folder / f"{name}.parquet").to_pandas() for name in NAMES}


NAMES = ("polarity", "magnitude", "activation")


def test_the_command_writes_its_tables_and_goes_on_with_its_shards(rank, monkeypatch, tmp_path):
    monkeypatch.setattr("neurgrad_eval.probing.plan.SHARD", 10)
    status, out, err = rank("--json")
    assert status == 0, err
    result = json.loads(out)
    found = tables(rank.out)
    for name, table in found.items():
        assert table.columns.tolist() == ["layer", "index", "score", "orientation", "rank", "error"]
        assert table["rank"].tolist() == list(range(72))
        assert table["score"].abs().is_monotonic_decreasing
        assert (np.sign(table["score"]) == table["orientation"]).all()
        counts = table["layer"][:16].value_counts().reindex(range(3), fill_value=0).tolist()
        assert result["rankings"][name]["layers"] == counts
    with (rank.out / "layers.csv").open() as file:
        assert sum(int(row["count"]) for row in csv.DictReader(file)) == 3 * 16
    (rank.out / "features" / "shards" / "00001.safetensors").unlink()
    before = {name: (rank.out / f"{name}.parquet").read_bytes() for name in NAMES}
    asked = []
    compute = sys.modules["neurgrad_eval.probing.streaming"].compute_shard
    monkeypatch.setattr(
        "neurgrad_eval.probing.streaming.compute_shard",
        lambda *all_: asked.append(all_[1]) or compute(*all_),
    )
    status, again, _ = rank("--json")
    assert (status, again, len(asked)) == (0, out, 1)
    assert {name: (rank.out / f"{name}.parquet").read_bytes() for name in NAMES} == before
    status, _, err = rank(seed=1)
    assert status == 2
    assert "another run" in err
    (rank.out / "layers.csv").write_text("ranking\n")
    status, _, err = rank()
    assert status == 2
    assert "layers.csv was changed" in err


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"train_size": 0}, 2, "at least 1"),
        ({"train_size": 61}, 1, "61 are asked"),
        ({"top": 73}, 2, "the model has 72 neurons"),
        ({"task": "agnewz"}, 2, "did you mean 'agnews'"),
    ],
)
def test_mistakes_are_one_line(rank, changes, status, message):
    found, out, err = rank(**changes)
    assert (found, out) == (status, "")
    assert message in err
    assert not rank.out.exists()


def test_all_prompts_may_be_ranked(rank):
    status, out, err = rank("--json", train_size="all")
    assert status == 0, err
    assert json.loads(out)["n_prompts"] == 59  # one is shown
    status, out, _ = rank(train_size="all")
    assert "magnitude" in out


def test_two_processes_give_the_ranking_of_one(rank, monkeypatch, tmp_path):
    monkeypatch.setattr("neurgrad_eval.probing.plan.SHARD", 10)
    assert rank()[0] == 0
    alone, words = tables(rank.out), rank.words
    words[words.index("--out") + 1] = str(tmp_path / "shared")
    script = tmp_path / "shards_of_ten.py"
    script.write_text(
        "import neurgrad_eval.probing.plan as plan; plan.SHARD = 10\n"
        "from neurgrad_eval.cli import main; main()\n"
    )
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    done = subprocess.run(
        [*launch, str(script), "rank", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "shared" / "features" / "shards").iterdir())) == 3
    assert done.stdout.count("by layer") == 1
    for name, table in tables(tmp_path / "shared").items():
        assert table.equals(alone[name])
