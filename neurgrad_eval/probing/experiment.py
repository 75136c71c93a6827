"""The main path: plan, features (stored or computed), probes, accuracies, files."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mceval8k.errors import DataError, UsageError
from neurgrad_eval import codes as coding
from neurgrad_eval.feature_store import FeatureStore, Provenance
from neurgrad_eval.features import Features
from neurgrad_eval.probing.evaluation import Evaluation, evaluate, score
from neurgrad_eval.probing.listening import Listener, NamedModel
from neurgrad_eval.probing.plan import Plan
from neurgrad_eval.probing.results import Answers, ProbeResult, Rankings
from neurgrad_eval.probing.streaming import compute_features, describe, open_plan_store

__all__ = [
    "Listener",
    "NamedModel",
    "Outcome",
    "compute_features",
    "describe",
    "run_experiment",
    "split_features",
]


@dataclass(frozen=True)
class Outcome:
    """An experiment's result and all that is written beside it."""

    plan: Plan
    result: ProbeResult
    answers: tuple[Answers, ...]
    rankings: Rankings
    features: Features
    provenance: Provenance
    reused: bool
    """Whether stored features were used."""
    seconds: dict[str, float]
    """Wall time of `gradients` and `probes`."""


def run_experiment(
    plan: Plan,
    model: NamedModel,
    *,
    dtype: str,
    stored: Path | None = None,
    listener: Listener | None = None,
) -> Outcome:
    """Differentiate the prompts' answers, fit the probes, and measure them.

    Parameters
    ----------
    plan
        What is asked.
    model
        The model that is asked.
    dtype
        Type of its weights, for the record.
    stored
        Folder for features: those that are there are used, those that are computed are kept.
    listener
        Who is told how far it is.

    Raises
    ------
    UsageError
        More neurons are asked than there are, or the stored features are of another run.
    DataError
        A prompt is too long, a gradient is not finite, all are zero, or a stored file is damaged.
    """
    listener = listener or Listener()
    check_neurons(plan, sum(model.widths))
    provenance = describe(plan, model, dtype)
    begin = time.perf_counter()
    store = None if stored is None else _open(stored, plan, provenance, tuple(model.widths))
    known = store is not None and not store.missing()
    if known:
        listener.on_stage(f"features: those stored in {stored} are used again")
    features = compute_features(plan, model, listener, store)
    _check_not_silent(features)
    middle = time.perf_counter()
    train, test, validation = split_features(plan, features)
    found = evaluate(
        train,
        test,
        validation,
        settings=plan.settings,
        on_probe=lambda name: listener.on_stage(f"probe {name}"),
    )
    result = _result(plan, model, provenance, found, test)
    seconds = {"gradients": middle - begin, "probes": time.perf_counter() - middle}
    return Outcome(
        plan, result, found.answers, found.rankings, features, provenance, known, seconds
    )


def split_features(plan: Plan, features: Features) -> tuple[Features, Features, Features | None]:
    """Features of the training, the test and the validation prompts, the last if there are any."""
    first, second = len(plan.sample.train), len(plan.sample.train) + len(plan.sample.test)
    validation = features.take(slice(second, None)) if plan.sample.validation else None
    return features.take(slice(first)), features.take(slice(first, second)), validation


def check_neurons(plan: Plan, there: int) -> None:
    """Raise UsageError if more neurons are asked than there are."""
    if (most := max(plan.settings.neurons)) > there:
        raise UsageError(f"{most} neurons are asked; the model has {there}")


def _open(
    folder: Path, plan: Plan, provenance: Provenance, widths: tuple[int, ...]
) -> FeatureStore:
    try:
        return open_plan_store(folder, plan, provenance, widths)
    except DataError as error:
        raise UsageError(f"{error}; name another folder, or give --overwrite") from None


def _check_not_silent(features: Features) -> None:
    """Raise DataError if no neuron has a gradient on any prompt: nothing could be ranked."""
    silent = coding.encode(np.zeros((1, features.n_answers, 1), np.float32))[0, 0]
    if (features.codes == silent).all():
        raise DataError("every gradient of every prompt is zero; try --dtype float32")


def _result(
    plan: Plan,
    model: NamedModel,
    provenance: Provenance,
    found: Evaluation,
    test: Features,
) -> ProbeResult:
    sample, settings = plan.sample, plan.settings
    return ProbeResult(
        about=_about(plan, model, provenance),
        rows=score(
            found.answers,
            test.labels,
            [item["group"] for item in sample.test],
            n_options=plan.task.n_options,
            seed=settings.seed,
        ),
        leak=sample.leak,
        train_labels=dict(sorted(Counter(item["label"] for item in sample.train).items())),
        test_labels=dict(sorted(Counter(item["label"] for item in sample.test).items())),
        warnings=_warnings(plan),
        validation=found.validation,
        nulls=found.nulls,
    )


def _about(plan: Plan, model: NamedModel, provenance: Provenance) -> dict[str, Any]:
    about = {name: value for name, value in asdict(provenance).items() if name != "items"}
    shots = len(next(iter(plan.sample.demonstrations.values())))
    return {
        **about,
        "edition": plan.edition.name,
        "edition_revision": plan.edition.revision,
        "edition_digest": plan.edition_digest,
        "pack": plan.pack.name,
        "pack_digest": provenance.pack,
        "num_fewshot": shots,
        "seed": plan.settings.seed,
        "train_size": len(plan.sample.train),
        "test_size": len(plan.sample.test),
        "validation_size": len(plan.sample.validation),
        "model_neurons": sum(model.widths),
    }


def _warnings(plan: Plan) -> tuple[str, ...]:
    leak, n = plan.sample.leak, len(plan.sample.test)
    found = []
    if leak.leaked_test_items:
        found.append(
            f"{leak.leaked_test_items} of {n} test items share their group or question with the "
            f"train split, {leak.leaked_into_training} of them with a training item: accuracies "
            "of fitted probes may be too high"
        )
    counts = Counter(item["label"] for item in plan.sample.train)
    if missing := sorted(set(range(plan.task.n_options)) - set(counts)):
        named = ", ".join(map(str, missing))
        found.append(
            f"no training item has label {named}: activation, tree and logistic probes cannot "
            "give that answer"
        )
    if missing or max(counts.values()) - min(counts.values()) > 1:
        found.append(f"training labels are not balanced: {dict(sorted(counts.items()))}")
    if len(plan.settings.neurons) > 1 and not plan.sample.validation:
        found.append(
            "several numbers of neurons are measured on the test items: the best of them is not "
            "an estimate of what was chosen beforehand"
        )
    return tuple(found)
