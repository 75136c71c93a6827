import json
import shutil
from types import SimpleNamespace

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch

import neurgrad_eval as ng
from mceval8k.errors import UsageError
from mceval8k.statistics import holm
from neurgrad_eval.experiments._memory import check_memory
from neurgrad_eval.experiments._overview import overview
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import count_per_layer, to_flat
from neurgrad_eval.probes import TreeProbe, evaluation, fitting
from tests.neurgrad_eval.conftest import released_rows, write_task

N_NEURONS = 3 * 24  # of the tiny model
VOTING = ("activation", "polarity", "centred", "magnitude")


@pytest.fixture(autouse=True)
def quick_forest(monkeypatch):
    monkeypatch.setitem(fitting.KINDS, "tree", fitting.Kind(TreeProbe(n_estimators=5), "codes"))


@pytest.fixture
def probe(neurgrad, probing_edition, tiny_folder, tmp_path):
    def run(*more, **changes):
        options = {
            "model": tiny_folder,
            "edition": probing_edition,
            "task": "agnews",
            "train_size": 12,
            "test_size": 12,
            "neurons": "4,16",
            "num_fewshot": 1,
            "null_draws": 0,
            "out": tmp_path / "out",
        }
        return neurgrad("probe", *more, **(options | changes))

    run.out, run.edition = tmp_path / "out", probing_edition
    return run


def tables(out):
    return json.loads(out)["tables"]


def read(folder, name):
    return pq.read_table(folder / f"{name}.parquet").to_pandas()


def test_a_run_has_all_its_tables(probe, tiny_folder):
    status, out, err = probe("--json")
    assert status == 0, err
    result = json.loads(out)
    found = result["tables"]["probes"]
    assert [row["probe"] for row in found] == ["lm-prob", "text", *VOTING, "tree", "logistic"]
    for row in found:
        assert 0 <= row["accuracy_low"] <= row["accuracy"] <= row["accuracy_high"] <= 1
        assert row["wilson_low"] < row["accuracy"] + 1e-9 < row["wilson_high"] + 2e-9
        assert (row["n"], row["chance"]) == (12, 0.25)
    assert [row["neurons"] for row in found][-2:] == [N_NEURONS, N_NEURONS]
    assert result["about"]["model"] == str(tiny_folder)
    assert result["facts"]["train_labels"] == {"0": 3, "1": 3, "2": 3, "3": 3}
    assert len(result["facts"]["demonstrations"]["en"]) == 1
    assert {path.stem for path in probe.out.glob("*.parquet")} == {
        "probes", "validation", "layers", "neurons", "predictions", "items",
    }  # fmt: skip


def test_the_number_of_neurons_is_chosen_on_validation_prompts(probe):
    _, out, _ = probe("--json")
    assert json.loads(out)["about"]["validation_size"] == 4
    found = tables(out)
    for name in VOTING:
        own = [row for row in found["validation"] if row["probe"] == name]
        assert [(row["neurons"], row["n"]) for row in own] == [(4, 4), (16, 4)]
        best = max(row["accuracy"] for row in own)
        first = next(row["neurons"] for row in own if row["accuracy"] == best)
        assert [row["neurons"] for row in own if row["chosen"]] == [first]
        (asked,) = (row["neurons"] for row in found["probes"] if row["probe"] == name)
        assert asked == first


def test_without_validation_prompts_every_number_is_reported(probe):
    _, out, _ = probe("--json", validation_size=0)
    found = tables(out)
    assert [row["neurons"] for row in found["probes"] if row["ties"] is not None] == [4, 16] * 4
    assert not {"validation", "nulls"} & set(found)
    (warning,) = json.loads(out)["warnings"]
    assert "several numbers of neurons" in warning


def test_no_validation_prompts_are_asked_where_there_is_nothing_to_choose(probe):
    _, out, _ = probe("--json", neurons=100)
    assert json.loads(out)["about"]["validation_size"] == 0
    assert {row["neurons"] for row in tables(out)["probes"]} == {None, N_NEURONS}


def test_a_budget_of_memory_changes_no_number(probe, tmp_path):
    """Features beyond it lie in a file, and what is measured in the run's folder."""
    options = {"probes": ",".join(VOTING), "null_draws": 3}
    expected = tables(probe("--json", **options)[1])
    assert tables(probe("--json", memory=0, out=tmp_path / "other", **options)[1]) == expected


def test_what_memory_would_not_hold_is_said_before_the_model_is_asked(probe):
    status, _, err = probe(memory=1e-6, probes="logistic")
    assert status == 2
    assert "logistic probes of 12 training prompts and 72 neurons take 0.0 GB" in err
    assert "give --read-neurons, at most 6," in err
    assert probe(memory=1e-6, probes="logistic", read_neurons=6)[0] == 0


def test_features_beyond_the_budget_need_a_folder():
    plan = SimpleNamespace(prompts=range(8000), answers=range(4), sample=SimpleNamespace(train=[]))
    widths, most = (14_336,) * 32, 8000 * 458_752 * 4
    check_memory(plan, widths, ("magnitude",), None, most, kept=False)
    with pytest.raises(
        UsageError, match=r"^features of 8,000 prompts and 458,752 .*14\.7 GB.*--out"
    ):
        check_memory(plan, widths, ("magnitude",), None, most - 1, kept=False)


def test_definitions_of_the_paper_reach_the_probes(probe, monkeypatch):
    asked = []
    monkeypatch.setattr(
        evaluation, "fit", lambda *args, **more: asked.append(more) or fitting.fit(*args, **more)
    )
    options = {"definitions": "paper", "sign": "paper", "space": "up"}
    _, out, _ = probe("--json", **options)
    assert {key: json.loads(out)["about"][key] for key in options} == options
    assert {more["definitions"] for more in asked} == {"paper"}


@pytest.mark.parametrize("neurons", [8, "4,16"])
def test_nulls_are_beside_the_probes(probe, neurons):
    _, out, _ = probe("--json", neurons=neurons, null_draws=9, null_refits=2)
    nulls = tables(out)["nulls"]
    found = [(row["probe"], row["null"], row["accuracy_draws"]) for row in nulls]
    expected = [(p, null, 9) for p in VOTING for null in ("permuted labels", "random neurons")]
    assert found == [*expected, *((p, "permuted labels", 2) for p in ("tree", "logistic"))]
    for row in nulls:
        assert 0 <= row["accuracy_low"] <= row["accuracy"] <= row["accuracy_high"] <= 1
        assert 1 / (1 + row["accuracy_draws"]) <= row["p_value"] <= 1
    assert [row["p_holm"] for row in nulls] == holm([row["p_value"] for row in nulls]).tolist()


def test_p_values_are_adjusted_for_all_probes_of_a_run(probe):
    _, out, _ = probe("--json")
    first, text, *others = tables(out)["probes"]
    assert first["p_value"] is first["p_holm"] is first["beyond_lm_prob"] is None
    assert text["p_value"] is text["beyond_text"] is None
    for row in others:
        assert row["beyond_text"] == pytest.approx(row["accuracy"] - text["accuracy"])
    assert [row["p_holm"] for row in others] == holm([row["p_value"] for row in others]).tolist()


def test_tables_agree_with_each_other(probe):
    probe()
    predictions = read(probe.out, "predictions").set_index("probe")
    for row in read(probe.out, "probes").itertuples():
        own = predictions.loc[row.probe]
        assert (own["answer"] == own["label"]).mean() == row.accuracy
    neurons, layers = read(probe.out, "neurons"), read(probe.out, "layers")
    assert neurons["ranking"].is_monotonic_increasing
    for name, own in neurons.groupby("ranking"):
        assert own["rank"].tolist() == list(range(N_NEURONS))
        assert own["score"].abs().is_monotonic_decreasing
        assert (np.sign(own["score"]) == own["orientation"]).all()
        for count in (4, 16):
            top = to_flat(own["layer"][:count], own["neuron"][:count], (24, 24, 24))
            own_layers = layers[(layers["neurons"] == count) & (layers["ranking"] == name)]
            counted = own_layers["count"].tolist()
            assert counted == count_per_layer(top, (24, 24, 24)).tolist()
    splits = read(probe.out, "items")["split"].tolist()
    assert splits == ["train"] * 12 + ["test"] * 12 + ["validation"] * 4


def test_probes_may_be_chosen(probe):
    status, out, err = probe("--json", probes="tree,magnitude")
    assert status == 0, err
    assert [row["probe"] for row in tables(out)["probes"]] == [
        "lm-prob",
        "text",
        "tree",
        "magnitude",
    ]
    assert set(read(probe.out, "neurons")["ranking"]) == {"magnitude"}
    status, out, err = probe("--json", probes="tree", out=probe.out.with_name("tree"))
    assert status == 0, err
    assert "layers" not in tables(out)


def test_several_tasks_and_models(probe, tmp_path, tiny_folder, make_tiny_llama):
    other = tmp_path / "tiny"
    shutil.copytree(tiny_folder, other)
    changed = make_tiny_llama(max_position_embeddings=4096).float()
    changed.model.layers[0].mlp.up_proj.weight.data.neg_()
    changed.save_pretrained(other)
    write_task(probe.edition, "imdb", 2)
    status, out, err = probe("--json", "--model", other, task="agnews,imdb", neurons=4)
    assert status == 0, err
    found = {(r["about"]["task"], r["about"]["model"]) for r in json.loads(out)["runs"]}
    assert found == {(t, str(m)) for m in (tiny_folder, other) for t in ("agnews", "imdb")}
    results = [ng.load(folder) for folder in sorted(probe.out.iterdir())]
    views, made = overview(results)
    assert made["accuracies"].num_rows == 4 * 8
    assert {view.table for view in views} == set(made)
    table = made["overview"].to_pandas()
    # The paper has figures of AG News only.
    tasks = [run.partition(",")[0] for run in table["run"]]
    assert tasks == ["agnews", "agnews", "agnews", "agnews", "imdb", "imdb"]
    assert table["run"][0] == f"agnews, {results[0].about['model'].rpartition('/')[2]}"
    assert table["run"][1] == "agnews, Llama2-7B in the paper"
    assert table["magnitude"][1] == 0.702
    first = results[0].to_pandas()
    assert table["tree"][0] == first["accuracy"][6]
    assert table["tree_low"][0] == first["accuracy_low"][6]


def test_tables_are_for_people(probe):
    status, out, err = probe(null_draws=2)
    assert status == 0, err
    assert max(map(len, out.splitlines())) <= 108
    for words in ("magnitude", "minus LM-Prob", "Accuracy (chance 0.25)", "random neurons"):
        assert words in out


def test_leaks_are_said(probe, tmp_path):
    shared = released_rows(20, 3)
    leaky = write_task(tmp_path / "leaky", train=released_rows(60, 1) + shared[:5], test=shared)
    status, out, err = probe("--json", edition=leaky, test_size="all")
    assert status == 0, err
    result = json.loads(out)
    assert result["facts"]["leaked_test_items"] == 5
    assert "5 of 20 test items" in result["warnings"][0]


def spoiled(change):
    """Answer gradients of a model, changed."""
    compute = NeuronModel.iter_answer_gradients

    def spoil(*words, **options):
        for indices, found in compute(*words, **options):
            change(indices, found.gradients)
            yield indices, found

    return spoil


def test_gradients_that_are_not_finite_are_named(probe, monkeypatch):
    def change(indices, gradients):
        gradients[2][[at for at, row in enumerate(indices) if row == 1]] = torch.nan

    monkeypatch.setattr(NeuronModel, "iter_answer_gradients", spoiled(change))
    status, _, err = probe()
    assert status == 1
    assert "prompt 1 (item agnews-" in err
    assert "gradients in layer 2 are not finite" in err


def test_gradients_that_are_all_zero_are_an_error(probe, monkeypatch):
    silence = spoiled(lambda _, gradients: [layer.zero_() for layer in gradients])
    monkeypatch.setattr(NeuronModel, "iter_answer_gradients", silence)
    status, _, err = probe()
    assert status == 1
    assert "every gradient of every prompt is zero" in err


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"task": "agnewz"}, 2, "did you mean 'agnews'"),
        ({"task": "ner"}, 2, "has no task 'ner'"),
        ({"task": "agnews,imdb"}, 2, "has no task 'imdb'"),
        ({"edition": "nowhere"}, 2, "no such directory"),
        ({"train_size": 61}, 1, "split train has 60 distinct items; 61 are requested"),
        ({"test_size": 21}, 1, "split test has 20 distinct items; 21 are requested"),
        ({"test_size": "some"}, 2, "'some'"),
        ({"neurons": "4,x"}, 2, "--neurons 'x' is none of"),
        ({"neurons": 0}, 2, "neurons 0: at least 1"),
        ({"probes": "magnitude,oak"}, 2, "--probes 'oak' is none of"),
        ({"num_fewshot": 60}, 1, "demonstrations"),
        ({"pack": "nothing"}, 2, "unknown pack"),
        ({"null_draws": -1}, 2, "null-draws -1"),
    ],
)
def test_mistakes_are_one_line_and_write_nothing(probe, changes, status, message):
    found, out, err = probe(**changes)
    assert (found, out) == (status, "")
    assert message in err
    assert "Traceback" not in err
    assert not probe.out.exists()


def test_empty_and_one_sided_train_splits(probe, tmp_path):
    assert probe(edition=write_task(tmp_path / "empty", train=[]))[0] == 1
    same = [row | {"label": 1} for row in released_rows(60, 1)]
    status, _, err = probe(edition=write_task(tmp_path / "same", train=same))
    assert status == 1
    assert "all have label 1" in err


def test_random_weights_are_a_control_that_tables_name(probe, tiny_folder):
    status, out, err = probe("--json", random_weights=3, probes="magnitude")
    assert status == 0, err
    about = json.loads(out)["about"]
    assert about["model"] == f"{tiny_folder} (random weights, seed 3)"
