"""What a model is asked, and the features of it, whatever it is computed together with."""

import json

import numpy as np
import pytest

from mceval8k.errors import UsageError
from neurgrad_eval.experiments import collect
from neurgrad_eval.experiments.collect import Collect, CollectOptions
from neurgrad_eval.features.codes import encode
from neurgrad_eval.inputs.plan import make_plan, make_training_plan
from neurgrad_eval.inputs.stored import read_stored
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.runs.runner import run

LANGS = ("en", "de")


def write_edition(folder):
    task = folder / "multilingual" / "xnli"
    task.mkdir(parents=True)
    for split, size in (("train", 24), ("valid", 3), ("test", 6)):
        rows = [
            {
                "index": 100 * len(split) + i,
                "premise": f"{lang} {split} premise {i}",
                "hypothesis": f"{lang} claim {i * i}",
                "label": i % 3,
                "lang": lang,
            }
            for i in range(size)
            for lang in LANGS
        ]
        (task / f"{split}.json").write_text(json.dumps(rows))
    return str(folder)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    return CollectOptions(
        model="tiny",
        edition=write_edition(tmp_path_factory.mktemp("xnli")),
        task="xnli",
        train_size=12,
        test_size=7,
        validation_size=0,
        num_fewshot=2,
    )


@pytest.fixture(scope="module")
def plan(asked):
    return make_plan(asked)


@pytest.fixture(scope="module")
def model(tiny, make_tiny_llama):
    llama = make_tiny_llama(max_position_embeddings=4096)
    return NeuronModel.from_model(llama, tiny.tokenizer, name="tiny")


def test_each_prompt_is_asked_with_demonstrations_of_its_language(plan):
    for item, prompt in zip(plan.sample.items, plan.prompts, strict=True):
        cue = {"en": "Answer:", "de": "Antwort:"}[item["lang"]]
        assert prompt.count(cue) == 3
        assert prompt.endswith(f"{item['options'][2]}\n{cue}")
    rows = [row for _, rows in plan.languages() for row in rows]
    assert sorted(rows) == list(range(19))
    assert (plan.about()["train_size"], plan.about()["test_size"]) == (12, 7)


def test_training_items_alone_may_be_planned(asked):
    plan = make_training_plan(asked, None)
    shown = {item["group"] for shots in plan.sample.demonstrations.values() for item in shots}
    assert not shown & {item["group"] for item in plan.sample.train}
    assert len(plan.prompts) == len(plan.sample.train) == 48 - 2 * len(shown)
    assert make_training_plan(asked, 6).about()["test_size"] == 0


def test_features_are_those_of_every_prompt_asked_alone(asked, plan, model, tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "SHARD", 4)
    run(Collect(asked, model, plan), tmp_path / "run")
    stored = read_stored(tmp_path / "run")
    parts = [(stored.train, 0), (stored.test, 12)]
    for features, start in parts:
        for row, label in enumerate(features.labels):
            alone = model.answer_gradients([plan.prompts[start + row]], plan.answers)
            g = np.concatenate([layer.numpy() for layer in alone.neurgrad()], axis=2)
            assert (features.codes[row] == encode(g)[0]).all()
            assert np.allclose(features.probabilities[row], alone.probabilities[0], rtol=1e-5)
            item = plan.sample.items[start + row]
            assert (label, features.ids[row]) == (item["label"], item["id"])
            assert (features.groups[row], features.languages[row]) == (item["group"], item["lang"])


def test_a_run_that_keeps_no_features_is_none(tmp_path):
    with pytest.raises(UsageError, match="holds no run"):
        read_stored(tmp_path)
