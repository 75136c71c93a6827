"""Probes fitted to features, whatever these were taken from."""

from dataclasses import replace

import pytest

import neurgrad_eval as ng
from mceval8k.errors import UsageError
from tests.neurgrad_eval.conftest import make_part


def toy(prompts, seed=0, neurons=40, **more):
    """The first ten neurons know the answer."""
    widths = (10, neurons - 10)
    return make_part(prompts, range(10), strength=1.5, seed=seed, widths=widths, **more)


def test_features_of_any_prompts_are_probed(tmp_path):
    train, test, validation = toy(60), toy(40, 1), toy(20, 2)
    found = ng.probe(
        train, test, validation=validation, probes=["magnitude", "tree"], neurons=[256, 5],
        null_draws=3,
    )  # fmt: skip
    table = found.to_pandas().set_index("probe")
    assert table.index.tolist() == ["lm-prob", "magnitude", "tree"]
    assert table["accuracy"]["magnitude"] > 0.6
    assert found.to_pandas("validation")["neurons"].tolist() == [5, 40]  # all that there are
    likeliest = test.probabilities.argmax(axis=1)
    assert table["accuracy"]["lm-prob"] == (likeliest == test.labels).mean()
    ranked = found.to_pandas("neurons")
    assert (ranked["layer"][:10] == 0).all()
    assert found.to_pandas("predictions")["id"].tolist() == [*test.ids] * 3
    assert len(found.plot().data) == 1
    found.save(tmp_path / "run")
    again = ng.load(tmp_path / "run")
    assert again.to_pandas().equals(found.to_pandas())
    assert [view.heading for view in again.views()] == [view.heading for view in found.views()]


def test_every_number_is_a_point_of_a_curve_where_none_is_chosen():
    found = ng.probe(toy(60), toy(40, 1), probes=["magnitude"], neurons=[1, 5], null_draws=0)
    assert found.to_pandas()["neurons"].tolist()[1:] == [1, 5]
    assert found.plot().data[0].y == ("lm-prob", "magnitude, 1", "magnitude, 5")


def test_features_that_do_not_belong_together_are_refused():
    train, test = toy(20), toy(20, 1)
    with pytest.raises(UsageError, match="test features differ in widths"):
        ng.probe(train, toy(20, neurons=41))
    with pytest.raises(UsageError, match="validation features differ in n_answers"):
        ng.probe(train, test, validation=toy(20, answers=3))
    with pytest.raises(UsageError, match="one label only"):
        ng.probe(train.take(train.labels == 1), test)
    with pytest.raises(UsageError, match="there are no test prompts"):
        ng.probe(train, test.take(slice(0)))
    with pytest.raises(UsageError, match="probes 'oak' is none of"):
        ng.probe(train, test, probes=["oak"])


def test_missing_and_unbalanced_labels_are_said():
    train = toy(40)
    found = ng.probe(train.take(train.labels != 2), toy(20, 1), neurons=[5], null_draws=0)
    assert [warning.split(":")[0] for warning in found.warnings] == [
        "no training item has label 2",
        "training labels are not balanced",
    ]


def test_what_is_not_asked_with_texts_has_no_text_baseline():
    found = ng.probe(toy(60), toy(40, 1), probes=["magnitude"], neurons=[5], null_draws=0)
    assert found.to_pandas()["probe"].tolist() == ["lm-prob", "magnitude"]
    texts = [replace(part, texts=("a word",) * len(part)) for part in (toy(60), toy(40, 1))]
    found = ng.probe(*texts, probes=["magnitude"], neurons=[5], null_draws=0).to_pandas()
    assert found["probe"].tolist() == ["lm-prob", "text", "magnitude"]
    assert found["accuracy"][1] == 0.25
