import json
from collections import Counter

import numpy as np
import pytest

from mceval8k.editions import open_edition
from neurgrad_eval.codes import encode
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.probing.experiment import compute_features, run_experiment
from neurgrad_eval.probing.plan import make_plan
from neurgrad_eval.probing.settings import ProbeSettings

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
    return open_edition(folder)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    settings = ProbeSettings("xnli", train_size=12, test_size=7, neurons=(5,), num_fewshot=2)
    return make_plan(settings, write_edition(tmp_path_factory.mktemp("xnli")))


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


def test_features_are_those_of_every_prompt_asked_alone(plan, model):
    features = compute_features(plan, model)
    for row, prompt in enumerate(plan.prompts):
        alone = model.answer_gradients([prompt], plan.answers)
        g = np.concatenate([layer.numpy() for layer in alone.neurgrad()], axis=2)
        assert (features.codes[row] == encode(g)[0]).all()
        assert np.allclose(features.probabilities[row], alone.probabilities[0], rtol=1e-5)
        assert features.labels[row] == plan.sample.items[row]["label"]


def test_accuracies_are_those_of_the_answers(plan, model):
    outcome = run_experiment(plan, model, dtype="float32")
    gold = np.array([item["label"] for item in plan.sample.test])
    for row, given in zip(outcome.result.rows, outcome.answers, strict=True):
        assert row.accuracy == (given.answers == gold).mean()
    likeliest = outcome.features.probabilities[12:].argmax(axis=1)
    assert (outcome.answers[0].answers == likeliest).all()
    assert outcome.result.test_labels == dict(sorted(Counter(gold.tolist()).items()))
