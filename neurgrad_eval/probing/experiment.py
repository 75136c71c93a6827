"""The main path: plan, features (stored or computed), probes, accuracies, files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.feature_store import Provenance, fingerprint, has_features, load_features
from neurgrad_eval.features import Features, GradientModel, empty_features, fill_features
from neurgrad_eval.probing.evaluation import evaluate, score
from neurgrad_eval.probing.plan import Plan
from neurgrad_eval.probing.results import Answers, ProbeResult, Rankings


class NamedModel(GradientModel, Protocol):
    """A model with gradients and an identity."""

    @property
    def name(self) -> str:
        """Folder or Hub id."""

    @property
    def revision(self) -> str | None:
        """Commit of a Hub id."""

    @property
    def model(self) -> Any:
        """The torch module."""


def _nothing(_: Any) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Listener:
    """Who is told how far an experiment is."""

    on_stage: Callable[[str], None] = _nothing
    """Told what is being done, when it begins."""
    on_prompts: Callable[[int], None] = _nothing
    """Told how many more prompts have been differentiated."""


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
        Folder of an earlier run, whose features are used if it has any.
    listener
        Who is told how far it is.

    Raises
    ------
    UsageError
        More neurons are asked than there are, or the stored features are of another run.
    DataError
        A prompt is too long, or a gradient is not finite.
    """
    listener = listener or Listener()
    _check_neurons(plan, sum(model.widths))
    provenance = describe(plan, model, dtype)
    begin = time.perf_counter()
    known = _stored_features(stored, provenance, listener)
    features = known or compute_features(plan, model, listener)
    middle = time.perf_counter()
    border = len(plan.sample.train)
    train, test = features.take(slice(border)), features.take(slice(border, None))
    answers, rankings = evaluate(
        train,
        test,
        neurons=plan.settings.neurons,
        seed=plan.settings.seed,
        on_probe=lambda name: listener.on_stage(f"probe {name}"),
    )
    result = _result(plan, model, provenance, answers, test)
    seconds = {"gradients": middle - begin, "probes": time.perf_counter() - middle}
    return Outcome(
        plan, result, answers, rankings, features, provenance, known is not None, seconds
    )


def compute_features(
    plan: Plan, model: GradientModel, listener: Listener | None = None
) -> Features:
    """Features of the plan's prompts, computed language by language."""
    listener = listener or Listener()
    listener.on_stage(f"gradients of {len(plan.prompts)} prompts")
    labels = [item["label"] for item in plan.sample.items]
    features = empty_features(labels, len(plan.answers), model.widths)
    for _, rows in plan.languages():
        fill_features(
            features,
            rows,
            model=model,
            prompts=[plan.prompts[row] for row in rows],
            answers=plan.answers,
            settings=plan.settings.gradients,
            on_batch=listener.on_prompts,
        )
    return features


def describe(plan: Plan, model: NamedModel, dtype: str) -> Provenance:
    """What the features of a plan are of."""
    return Provenance(
        model=model.name,
        revision=model.revision,
        weights=fingerprint(model.model),
        dtype=dtype,
        space=plan.settings.gradients.space,
        sign=plan.settings.gradients.sign,
        edition=plan.edition_digest,
        task=plan.task.name,
        pack=plan.pack.digest(plan.task),
        items=tuple(item["id"] for item in plan.sample.items),
        prompts=plan.digest(),
    )


def _check_neurons(plan: Plan, there: int) -> None:
    if (most := max(plan.settings.neurons)) > there:
        raise UsageError(f"{most} neurons are asked; the model has {there}")


def _stored_features(
    folder: Path | None, provenance: Provenance, listener: Listener
) -> Features | None:
    if folder is None or not has_features(folder):
        return None
    try:
        features = load_features(folder, provenance)
    except DataError as error:
        raise UsageError(f"{error}; name another folder, or give --overwrite") from None
    listener.on_stage(f"features: those stored in {folder} are used again")
    return features


def _result(
    plan: Plan,
    model: NamedModel,
    provenance: Provenance,
    answers: tuple[Answers, ...],
    test: Features,
) -> ProbeResult:
    sample, settings = plan.sample, plan.settings
    return ProbeResult(
        about=_about(plan, model, provenance),
        rows=score(
            answers,
            test.labels,
            [item["group"] for item in sample.test],
            n_options=plan.task.n_options,
            seed=settings.seed,
        ),
        leak=sample.leak,
        train_labels=dict(sorted(Counter(item["label"] for item in sample.train).items())),
        test_labels=dict(sorted(Counter(item["label"] for item in sample.test).items())),
        warnings=_warnings(plan),
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
    if len(counts) < plan.task.n_options or max(counts.values()) - min(counts.values()) > 1:
        found.append(f"training labels are not balanced: {dict(sorted(counts.items()))}")
    return tuple(found)
