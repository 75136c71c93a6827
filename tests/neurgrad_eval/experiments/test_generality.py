"""Generality where it is known which neurons conditions share."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from scipy.stats import spearmanr

from mceval8k.errors import UsageError
from mceval8k.statistics import holm
from neurgrad_eval import generality
from neurgrad_eval.experiments.collect import Collect
from neurgrad_eval.experiments.generality import by_language
from neurgrad_eval.features.codes import encode
from neurgrad_eval.probes.fitting import VOTING, fit_voting, ranking_of
from neurgrad_eval.probes.ranking import Ranking

SETTINGS = {"probes": ("magnitude",), "neurons": 8, "null_draws": 10}


@pytest.fixture(scope="module")
def find(rows_of):
    """Function that gives summary, transfers and overlaps of conditions."""

    def tables(*runs, **settings):
        pairs = {name: (run.train, run.test) for name, run in zip("abc", runs, strict=False)}
        result = generality(pairs, **{**SETTINGS, **settings})
        return [rows_of(result, name) for name in ("summary", "transfers", "overlaps")]

    return tables


def test_the_same_neurons_keep_all(planted, find):
    (kept,), transfers, (both,) = find(planted(range(8)), planted(range(8), seed=1))
    assert kept.kept == pytest.approx(1, abs=0.05)
    assert kept.other_low > kept.random_high
    assert (both.common, both.jaccard) == (8, 1)
    assert both.p == 1 / 11
    assert both.permuted_common_high < 8
    assert [t.fitted + t.tested for t in transfers] == ["aa", "ab", "ba", "bb"]


def test_other_neurons_keep_nothing(planted, find):
    (kept,), _, (both,) = find(planted(range(8)), planted(range(100, 108), seed=1))
    assert kept.own > 0.9
    assert kept.kept_low < 0.1
    assert kept.kept_high < 0.4
    assert kept.loss_low > 0.4
    assert both.common <= 1
    assert both.p > 0.01


def test_the_summary_is_the_mean_of_the_matrix(planted, find):
    runs = [planted(range(s, s + 8), seed=s) for s in range(3)]
    (kept,), transfers, _ = find(*runs, probes=("polarity",), null_draws=3)
    own = np.mean([t.accuracy for t in transfers if t.fitted == t.tested])
    other = np.mean([t.accuracy for t in transfers if t.fitted != t.tested])
    assert (kept.own, kept.other) == pytest.approx((own, other))
    assert kept.loss == pytest.approx(own - other)
    assert kept.kept == pytest.approx((other - 0.25) / (own - 0.25))
    off = np.mean([t.random for t in transfers if t.fitted != t.tested])
    assert kept.random == pytest.approx(off)


def test_nothing_is_kept_of_nothing(planted, find):
    (kept,), _, (both,) = find(planted(), planted(seed=1))
    assert kept.kept is None
    assert abs(both.rank_correlation) < 0.3


def test_rank_correlation_is_spearmans(planted, find):
    runs = (planted(range(8)), planted(range(4, 12), seed=1))
    for probe in ("magnitude", "activation"):
        *_, (both,) = find(*runs, probes=(probe,), null_draws=0)
        rankings = [ranking_of(fit_voting(probe, run.train)) for run in runs]
        expected = spearmanr(*(np.abs(ranking.scores) for ranking in rankings)).statistic
        assert both.rank_correlation == pytest.approx(expected)


def test_neurons_of_a_layer_are_alike_under_the_null(planted, find):
    """Skill in one whole layer correlates; pairing neurons within layers shows that layers do."""
    *_, (both,) = find(planted(range(64)), planted(range(64), seed=1))
    assert both.paired_at_random > 0.5


def test_neurons_that_tell_nothing_are_not_shared(planted, find):
    """Silent neurons have ranks too, but are no one's best."""
    silent = [planted(range(2)), planted(range(2, 4), seed=1)]
    for run in silent:
        for part in (run.train, run.test):
            part.codes[:, 4:] = encode(np.zeros((1, 4, 1)))[0, 0]
    *_, (both,) = find(*silent)
    assert both.common <= 4


def test_equal_scores_are_no_overlap(planted, find):
    """Neurons whose signs never change, under two permutations of the labels."""
    first = planted(widths=(2500, 2500), train=40, test=8)
    first.train.codes[:] = encode(np.full((1, 4, 1), -1.0))[0, 0]
    labels = np.random.default_rng(1).permutation(first.train.labels)
    second = replace(first, train=replace(first.train, labels=labels))
    *_, (both,) = find(first, second, probes=("polarity",), neurons=256, null_draws=19)
    assert both.expected == pytest.approx(256**2 / 5000)
    assert both.common < 30
    assert both.p > 0.1


def test_overlaps_by_chance_are_those_of_refits(planted, find):
    runs = (planted(range(8)), planted(range(4, 12), seed=1))
    *_, pairs = find(*runs, probes=("magnitude", "activation"), null_draws=3)
    for both in pairs:
        drawn = []
        for draw in range(3):
            best = []
            for ties, run in enumerate(runs):
                labels = np.random.default_rng([0, draw]).permutation(run.train.labels)
                scores = ranking_of(fit_voting(both.probe, run.train, labels)).scores
                best.append(Ranking.of(scores, ties).top(8))
            drawn.append(len(np.intersect1d(*best)))
        assert both.permuted_common == pytest.approx(np.mean(drawn))
        assert both.p == (1 + sum(common >= both.common for common in drawn)) / 4
    assert [both.p_holm for both in pairs] == pytest.approx(holm([both.p for both in pairs]))


def test_languages_are_conditions(planted, part, rows_of):
    spoken = ["en"] * 60 + ["de"] * 60
    parts = [part(120, range(8), seed=seed, languages=spoken) for seed in (1, 2)]
    found = by_language(*parts)
    assert list(found) == ["de", "en"]
    assert set(found["de"][1].languages) == {"de"}
    assert rows_of(generality(found, **SETTINGS), "summary")[0].kept > 0.9
    with pytest.raises(UsageError, match="not two languages"):
        by_language(planted().train, planted().test)


def test_conditions_that_cannot_be_compared(planted, find):
    with pytest.raises(UsageError, match="two conditions"):
        find(planted())
    with pytest.raises(UsageError, match="differ in n_answers"):
        find(planted(), planted(answers=3))
    with pytest.raises(UsageError, match="differ in widths"):
        find(planted(), planted(widths=(128,)))


def test_matrices_share_their_colours(planted):
    runs = {n: planted(range(8), train=24, test=24, seed=s) for s, n in enumerate(("<a>", "b"))}
    pairs = {name: (run.train, run.test) for name, run in runs.items()}
    found = generality(pairs, neurons=8, null_draws=0)
    best = max(found.table("transfers")["accuracy"].to_pylist())
    for probe in VOTING:
        (drawn,) = found.plot(f"Transfer: {probe}").data
        assert (drawn.zmin, drawn.zmax) == (0.25, best)
        assert drawn.x == ("1: &lt;a&gt;", "2: b")


def test_runs_as_conditions_are_named_by_what_differs(neurgrad, planted, stored, tmp_path):
    few = {"train": 24, "test": 24}
    first, second = planted(range(8), **few), planted(range(4, 12), **few, seed=1)
    stored(first, tmp_path / "a" / "run")
    stored(replace(second, about={**second.about, "pack": "formal"}), tmp_path / "b" / "run")
    status, said, err = neurgrad(
        "generality", tmp_path / "a", tmp_path / "b", "--json", neurons=8, null_draws=1
    )
    assert status == 0, err
    names = [(row["first"], row["second"]) for row in json.loads(said)["tables"]["overlaps"]]
    assert set(names) == {("pack None", "pack formal")}


@pytest.fixture
def vary(neurgrad, probing_edition, tiny_folder, tmp_path):
    """Function that runs conditions of a tiny model."""

    def run(*words, **changes):
        options = {"model": tiny_folder, "edition": probing_edition, "task": "agnews"}
        sizes = {"train_size": 12, "test_size": 8, "num_fewshot": 1, "neurons": 16}
        given = {**options, **sizes, "null_draws": 2, "out": tmp_path / "out"} | changes
        return neurgrad("generality", *words, **{k: v for k, v in given.items() if v is not None})

    return run


BOTH = ("--vary", "shots=0,1", "--vary", "demonstrations=0,1", "--json")


def test_conditions_are_run_once_and_used_again(vary, tmp_path, monkeypatch):
    status, first, err = vary(*BOTH)
    assert status == 0, err
    transfers = json.loads(first)["tables"]["transfers"]
    runs = {row["run"] for row in transfers}
    assert runs == {"shots, agnews, [bold]tiny", "demonstrations, agnews, [bold]tiny"}
    assert {row["tested"] for row in transfers} == {"0", "1"}
    assert len(list((tmp_path / "out" / "conditions").iterdir())) == 3
    *_, err = vary(*BOTH, train_size=8)
    assert "holds a run of other settings" in err
    with monkeypatch.context() as patch:
        patch.setattr(Collect, "measure", None)
        assert vary(*BOTH)[1] == first
        for path in (tmp_path / "out").glob("*.*"):
            path.unlink()
        shutil.rmtree(tmp_path / "out" / "shards")  # as if it had stopped after the conditions
        assert vary(*BOTH)[1] == first
    status, second, err = vary(*BOTH, "--overwrite", train_size=8)
    assert status == 0, err
    assert second != first


def test_conditions_need_no_folder(vary, tmp_path):
    kept, forgotten = (vary(*BOTH, out=out)[1] for out in (tmp_path / "out", None))
    assert json.loads(kept)["tables"] == json.loads(forgotten)["tables"]
    assert json.loads(kept)["about"] == json.loads(forgotten)["about"]


def test_the_conditions_are_runs_like_others(vary, neurgrad, tmp_path):
    vary(*BOTH)
    out = tmp_path / "again"
    inside = tmp_path / "out" / "conditions"
    status, _, err = neurgrad("generality", inside, neurons=16, null_draws=0, out=out)
    assert status == 0, err
    transfers = pq.read_table(out / "transfers.parquet")
    shots = "num fewshot 1 (agnews--default--shots-1--seed-0--demonstrations-1)"
    assert set(transfers["tested"].to_pylist()) == {"num fewshot 0", "num fewshot 1", shots}


@pytest.mark.parametrize(
    ("words", "changes", "message"),
    [
        ((), {}, "give a run of"),
        (("--vary", "pack=default,plain"), {"model": ""}, "--vary needs --model, --edition"),
        (("somewhere", "--vary", "pack=default,plain"), {}, "give no runs"),
        (("--vary", "pack=default,none"), {}, "none"),
        (("--vary", "shots=0,x"), {}, "--vary shots: --num-fewshot 'x' is none of"),
        (("--vary", "demonstrations=0,1"), {"num_fewshot": 0}, "prompts have none"),
    ],
)
def test_mistakes_show_before_the_model_is_loaded(vary, tmp_path, words, changes, message):
    status, said, err = vary(*words, **{"model": "nowhere"} | changes)
    assert (status, said) == (2, "")
    assert message in err
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_into_other_folders(vary, planted, stored, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    other = stored(planted(train=8, test=8), tmp_path / "run")
    for folder, message in (
        (tmp_path / "mine", "name another"),
        (other, "holds a run of neurgrad"),
    ):
        status, _, err = vary(*BOTH, out=folder)
        assert status == 2
        assert message in err
        assert not (folder / "conditions").exists()
