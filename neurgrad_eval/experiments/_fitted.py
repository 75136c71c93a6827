"""Fitting probes to features and measuring them, whatever the features were taken from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from mceval8k.errors import UsageError
from neurgrad_eval.experiments._rankings import layer_table, neuron_table
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.evaluation import Answers, evaluate, probe_rows
from neurgrad_eval.probes.fitting import LEARNING, VOTING
from neurgrad_eval.probes.ranking import Definitions
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.settings import Settings, option

Name = Literal["activation", "polarity", "centred", "magnitude", "tree", "logistic"]
NEURONS = (64, 256, 1024)
NULL_DRAWS = 199


@dataclass(frozen=True, kw_only=True)
class FitSettings(Settings):
    """Which probes are fitted, and what they are held against."""

    probes: tuple[Name, ...] = option(VOTING + LEARNING, "Probes to fit, beside LM-Prob.")
    neurons: tuple[int, ...] = option(
        NEURONS, "Numbers of neurons that may vote; at most all that there are.", least=1
    )
    null_draws: int = option(
        NULL_DRAWS,
        "Permutations of the labels, and random sets of neurons, of each voting probe.",
        least=0,
    )
    null_refits: int = option(
        0, "Refits to permuted labels of the forest and of the regression (slow).", least=0
    )
    read_neurons: int | None = option(
        None,
        "Neurons that forest and regression read, the best by the centred score on training "
        "prompts, where memory does not hold all.",
        least=2,
        nothing="all",
    )
    definitions: Definitions = option(
        "default", "Ties, splits and scores of splits, or those of the paper's released code."
    )
    seed: int = option(
        0, "Seed of items, demonstrations, forest, nulls and the bootstrap.", least=0
    )


def fitted(
    train: Features,
    test: Features,
    validation: Features | None,
    settings: FitSettings,
    *,
    on_probe: Callable[[str], None] = lambda _: None,
) -> Findings:
    """Fit the probes, choose their numbers of neurons, and measure them.

    Parameters
    ----------
    train, test, validation
        Features; without validation prompts, the test prompts are answered with each number.
    settings
        Which probes, and how they are held against chance.
    on_probe
        Callback: name of each probe before it is fitted.

    Raises
    ------
    UsageError
        The features do not belong together, or training shows one answer only.
    """
    _check(train, test, validation)
    counts = sorted({min(count, train.n_neurons) for count in settings.neurons})
    found = evaluate(
        train,
        test,
        validation,
        probes=settings.probes,
        neurons=counts,
        null_draws=settings.null_draws,
        null_refits=settings.null_refits,
        seed=settings.seed,
        definitions=settings.definitions,
        read_neurons=settings.read_neurons,
        on_probe=on_probe,
    )
    tables: dict[str, Any] = {
        "probes": probe_rows(found.answers, test, seed=settings.seed),
        "validation": found.validation,
        "nulls": found.nulls,
    }
    if found.rankings:
        tables["layers"] = layer_table(found.rankings, counts, train.widths)
        tables["neurons"] = neuron_table(found.rankings, train.widths)
    tables["predictions"] = _predictions(found.answers, test)
    labels = [dict(sorted(Counter(part.labels.tolist()).items())) for part in (train, test)]
    of_train, of_test = ({str(label): n for label, n in counted.items()} for counted in labels)
    facts = {"train_labels": of_train, "test_labels": of_test, "model_neurons": train.n_neurons}
    warnings = _warnings(labels[0], train.n_answers, len(counts) > 1 and validation is None)
    return Findings({name: rows for name, rows in tables.items() if len(rows)}, facts, warnings)


def _check(train: Features, test: Features, validation: Features | None) -> None:
    for name, part in (("test", test), ("validation", validation)):
        if part is None:
            continue
        if not len(part):
            raise UsageError(f"there are no {name} prompts")
        for what in ("widths", "n_answers"):
            if getattr(part, what) != getattr(train, what):
                raise UsageError(f"training and {name} features differ in {what}")
    if len(set(train.labels.tolist())) < 2:
        raise UsageError("the training prompts have one label only: a probe needs two at least")


def _predictions(answers: Sequence[Answers], test: Features) -> pa.Table:
    """Each probe's answer to each test prompt."""
    parts = [
        pa.table(
            {
                "id": pa.array(test.ids, pa.string()),
                "label": pa.array(test.labels, pa.int8()),
                "probe": pa.array([given.probe] * len(test), pa.string()),
                "neurons": pa.array([given.neurons] * len(test), pa.int32()),
                "answer": pa.array(given.answers, pa.int8()),
            }
        )
        for given in answers
    ]
    return pa.concat_tables(parts).combine_chunks()


def _warnings(labels: Mapping[int, int], n_answers: int, chosen_on_test: bool) -> tuple[str, ...]:
    found = []
    missing = sorted(set(range(n_answers)) - set(labels))
    if missing:
        found.append(
            f"no training item has label {', '.join(map(str, missing))}: activation, tree and "
            "logistic probes cannot give that answer"
        )
    if missing or max(labels.values()) - min(labels.values()) > 1:
        found.append(f"training labels are not balanced: {dict(labels)}")
    if chosen_on_test:
        found.append(
            "several numbers of neurons are measured on the test items: the best of them is not "
            "an estimate of what was chosen beforehand"
        )
    return tuple(found)
