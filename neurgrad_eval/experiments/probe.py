"""Fit probes to training prompts of tasks and measure them, with LM-Prob beside them.

1. Validation prompts choose how many neurons of each voting probe vote.
2. Each probe is asked about the test prompts once; the model's own answer (LM-Prob) stands beside
   it, and the difference is tested over groups of related prompts.
3. What a probe reaches with nothing to learn (permuted labels) and nothing to choose (random
   neurons of the same layers).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from mceval8k.console import progress, say
from mceval8k.errors import UsageError
from neurgrad_eval.experiments._memory import check_memory
from neurgrad_eval.experiments._rankings import LAYERS, layer_table, neuron_table
from neurgrad_eval.experiments.collect import ITEMS, Collecting, features_of, result_of
from neurgrad_eval.features.features import Features
from neurgrad_eval.features.room import free_half
from neurgrad_eval.inputs.item_table import split_features
from neurgrad_eval.inputs.options import GradientInput, ItemInput, ModelInput, loaded
from neurgrad_eval.inputs.plan import make_plan
from neurgrad_eval.probes.evaluation import Answers, evaluate, probe_rows
from neurgrad_eval.probes.fitting import LEARNING, VOTING
from neurgrad_eval.probes.ranking import Definitions
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.settings import Settings, option
from neurgrad_eval.show.views import Chart, View

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
        0, "Decides items, demonstrations, forest, nulls and the bootstrap.", least=0
    )


@dataclass(frozen=True, kw_only=True)
class ProbeSettings(FitSettings, GradientInput):
    """Which probes are fitted to which gradients."""


@dataclass(frozen=True, kw_only=True)
class ProbeOptions(ProbeSettings, ItemInput, ModelInput):
    """Options of `neurgrad probe`."""

    memory: float | None = option(
        None,
        "GB of memory that features may take; larger ones lie in a file of the temporary folder. "
        "By default half of what is free.",
        affects=False,
        nothing="half",
    )

    @property
    def budget(self) -> int:
        """Bytes of memory that features may take."""
        return free_half() if self.memory is None else int(self.memory * 1e9)

    def needed(self) -> ProbeOptions:
        """Ask for validation prompts only where there is something to choose."""
        return self if len(self.neurons) > 1 else replace(self, validation_size=0)


class ProbeTask(Collecting):
    """Probes on the prompts of a task."""

    name = "probe"
    Settings, Options = ProbeSettings, ProbeOptions
    large = frozenset({"neurons", "predictions", ITEMS})

    lead = (
        "For every feed-forward neuron, the neuron empirical gradient says how the probability of "
        "an answer changes as the neuron's activation is shifted. Neurons whose gradients point to "
        "the right answer on training prompts are skill neurons; a probe lets the best of them "
        "vote on test prompts. LM-Prob is the model's own answer to the same prompts: what it "
        "says. The probes show what can be read out of it."
    )
    shows = (
        View(
            "Accuracy",
            "probes",
            "Differences are to LM-Prob, on the same test prompts. Intervals are of 95 %, by "
            "bootstrap over groups of related prompts; p is exact, over groups, and adjusted for "
            "all probes.\n\n"
            "The text baseline is a regression on words and lengths, without any model: a probe "
            "that is not beyond it has shown nothing about the model.",
            Chart("forest", "probe neurons", "accuracy", level="chance", x_title="probe"),
            "probe neurons accuracy beyond_lm_prob p_holm beyond_text",
            constant="chance",
        ),
        View(
            "Nulls: permuted labels, random neurons",
            "nulls",
            "Permuted labels: the probe is fitted to training labels in a random order. Random "
            "neurons: as many of the same layers vote, each with its own orientation. Mean, and "
            "the 2.5 and 97.5 % quantiles of 199 draws or more (of fewer, least and largest); p is "
            "the share of draws that are as accurate as the probe, the probe being one of them.",
            columns="probe null accuracy accuracy_draws p_value p_holm",
        ),
        LAYERS,
        View(
            "How many neurons vote",
            "validation",
            "Accuracy on the validation prompts, by which the number of neurons was chosen: the "
            "best, of equal ones the least.",
            Chart("lines", "neurons", "accuracy", series="probe", log_x=True),
            folded=True,
            printed=False,
        ),
    )

    @classmethod
    def check(cls, options: ProbeOptions) -> None:
        """Draw the items: what is wrong with them shows before the model is loaded."""
        make_plan(options.needed())

    @classmethod
    def open(cls, options: ProbeOptions, out: Path | None) -> ProbeTask:
        """Draw the items and load the model."""
        model, plan = loaded(options), make_plan(options.needed())
        check_memory(
            plan,
            model.widths,
            options.probes,
            options.read_neurons,
            options.budget,
            kept=out is not None,
        )
        return cls(options, model, plan)

    def summarise(self, measured: Measured) -> Findings:
        """Fit the probes to the training prompts, and ask them about the test prompts."""
        items, sample = self.items(), self.plan.sample
        features = features_of(measured, items, budget=self.settings.budget)
        features = replace(features, texts=self.plan.texts)
        parts = split_features(features, items)
        with progress("fit probes", len(self.settings.probes)) as advance:

            def told(name: str) -> None:
                say(f"probe {name}")
                advance(1)

            found = fitted(
                parts["train"],
                parts["test"],
                parts.get("validation"),
                self.settings,
                on_probe=told,
            )
        shots = {
            lang: [item["id"] for item in chosen] for lang, chosen in sample.demonstrations.items()
        }
        leak = sample.leak
        warnings = found.warnings
        if leak.leaked_test_items:
            warnings = (
                f"{leak.leaked_test_items} of {len(sample.test)} test items share their group or "
                f"question with the train split, {leak.leaked_into_training} of them with a "
                "training item: accuracies of fitted probes may be too high",
                *warnings,
            )
        facts = {**vars(leak), **found.facts, "demonstrations": shots}
        return Findings({**found.tables, ITEMS: items}, facts, warnings)


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
        Features; without validation prompts, the test prompts are asked with each number.
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
    own, asked = ({str(label): n for label, n in counted.items()} for counted in labels)
    facts = {"train_labels": own, "test_labels": asked, "model_neurons": train.n_neurons}
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


def probe(
    train: Features,
    test: Features,
    *,
    validation: Features | None = None,
    probes: Sequence[str] = VOTING + LEARNING,
    neurons: Sequence[int] = NEURONS,
    null_draws: int = NULL_DRAWS,
    null_refits: int = 0,
    read_neurons: int | None = None,
    definitions: Definitions = "default",
    seed: int = 0,
) -> Result:
    """Fit probes to the features of training prompts, and ask them about test prompts.

    Parameters
    ----------
    train, test
        Features of prompts with the same answers, as `neurgrad_eval.collect` makes them.
    validation
        Features of further prompts, which choose among the numbers of neurons; without them the
        test prompts are asked with each number.
    probes
        Names among activation, polarity, centred, magnitude, tree and logistic.
    neurons
        Numbers of neurons that may vote; those above what the model has are all that it has.
    null_draws
        Permutations of the labels, and random sets of neurons, of each voting probe.
    null_refits
        Refits to permuted labels of the forest and of the regression, which take long.
    read_neurons
        How many neurons forest and regression read: the best by the centred score on training
        prompts; all if not given.
    definitions
        `"paper"`: ties and splits as in the paper's released code.
    seed
        Of forest, nulls and bootstrap.

    Returns
    -------
    Result
        Tables `probes` (accuracies; LM-Prob first, then the baseline `text` where the features
        have texts), `validation`, `nulls`, `layers`, `neurons`
        (every neuron of each voting probe by rank) and `predictions`.

    Raises
    ------
    UsageError
        The features do not belong together, training shows one answer only, or a value cannot be
        used.
    """
    names: Any = tuple(probes)
    settings = FitSettings(
        probes=names,
        neurons=tuple(sorted(set(neurons))),
        null_draws=null_draws,
        null_refits=null_refits,
        read_neurons=read_neurons,
        definitions=definitions,
        seed=seed,
    )
    sizes = {
        "train_size": len(train),
        "test_size": len(test),
        "validation_size": 0 if validation is None else len(validation),
    }
    about = {**sizes, **settings.deciding(FitSettings), **train.about()}
    return result_of(ProbeTask, fitted(train, test, validation, settings), about)
