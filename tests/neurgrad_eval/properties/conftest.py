"""Stored features in which it is known which neurons tell the answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from neurgrad_eval.codes import encode
from neurgrad_eval.feature_store import Provenance, save_features
from neurgrad_eval.features import Features
from neurgrad_eval.probing.items import ITEMS, items_table
from neurgrad_eval.probing.writing import hash_files
from neurgrad_eval.properties.stored import Part, StoredRun

WIDTHS = (64, 64)
ABOUT = {"model": "tiny", "edition": "here", "task": "agnews", "space": "hidden", "sign": "signed"}


def make_part(
    count: int,
    skilled: Sequence[int] = (),
    *,
    strength: float = 3.0,
    answers: int = 4,
    seed: int = 0,
    widths: tuple[int, ...] = WIDTHS,
    name: str = "item",
    groups: Sequence[str] | None = None,
    languages: Sequence[str] | None = None,
) -> Part:
    """Prompts with balanced labels; the skilled neurons favour the gold answer, others nothing."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % answers)
    neurons = np.asarray(skilled, dtype=int)
    gradients = rng.normal(size=(count, answers, sum(widths)))
    gradients[np.arange(count)[:, None], labels[:, None], neurons] += strength
    activations = rng.normal(size=(count, sum(widths)))
    activations[:, neurons] += strength * labels[:, None]
    features = Features(
        encode(gradients),
        activations.astype(np.float16),
        rng.dirichlet(np.ones(answers), size=count).astype(np.float32),
        labels,
        widths,
    )
    ids = tuple(f"{name}-{number}" for number in range(count))
    own = tuple(groups) if groups is not None else ids
    spoken = tuple(languages) if languages is not None else ("en",) * count
    return Part(features, ids, own, spoken, ids)


@pytest.fixture(scope="session")
def part() -> Callable[..., Part]:
    return make_part


@pytest.fixture(scope="session")
def planted() -> Callable[..., StoredRun]:
    """Make a run whose skilled neurons are known."""

    def make(
        skilled: Sequence[int] = (), train: int = 80, test: int = 80, seed: int = 0, **more: object
    ) -> StoredRun:
        first = make_part(train, skilled, seed=2 * seed + 1, name="train", **more)
        second = make_part(test, skilled, seed=2 * seed + 2, name="test", **more)
        return StoredRun(Path("run"), ABOUT, first, second)

    return make


def write_run(run: StoredRun, folder: Path) -> Path:
    """Write a run as `neurgrad probe` does."""
    folder.mkdir(parents=True)
    items, labels = {}, []
    for split, own in (("train", run.train), ("test", run.test)):
        columns = zip(own.ids, own.groups, own.languages, own.questions, own.labels, strict=True)
        items[split] = [
            {"id": i, "group": g, "lang": lang, "question": q, "label": int(label)}
            for i, g, lang, q, label in columns
        ]
        labels.append(own.labels)
    whole = Features(
        *(
            np.concatenate([getattr(run.train.features, name), getattr(run.test.features, name)])
            for name in ("codes", "activations", "probabilities", "labels")
        ),
        run.test.features.widths,
    )
    ids = run.train.ids + run.test.ids
    known = {name: run.about[name] for name in ("model", "space", "sign", "edition", "task")}
    provenance = Provenance(
        **known, revision=None, weights="w", dtype="float32", pack="p", items=ids, prompts="q"
    )
    save_features(whole, folder, provenance)
    pq.write_table(items_table(items), folder / ITEMS)
    probes = [
        {
            "probe": "lm-prob",
            "neurons": None,
            "accuracy": 0.25,
            "low": 0.2,
            "high": 0.3,
            "chance": 0.25,
            "difference": None,
            "ties": None,
        }
    ]
    sizes = {"train_size": len(run.train), "test_size": len(run.test), "model_neurons": 128}
    result = {**run.about, **sizes, "probes": probes}
    (folder / "results.json").write_text(json.dumps(result))
    (folder / "layers.csv").write_text("probe,neurons,layer,count\n")
    manifest = {"command": "neurgrad probe", "settings": {}, "files": hash_files(folder)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


@pytest.fixture(scope="session")
def stored() -> Callable[[StoredRun, Path], Path]:
    return write_run
