"""Fit probes to training prompts of tasks and measure them, with LM-Prob beside them.

1. Validation prompts choose how many neurons of each voting probe vote.
2. Each probe answers the test prompts once; the model's own answer (LM-Prob) stands beside
   it, and the difference is tested over groups of related prompts.
3. What a probe reaches with nothing to learn (permuted labels) and nothing to choose (random
   neurons of the same layers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mceval8k.console import progress, say
from neurgrad_eval.experiments._fitted import NEURONS, NULL_DRAWS, FitSettings, fitted
from neurgrad_eval.experiments._memory import check_memory
from neurgrad_eval.experiments._rankings import LAYERS
from neurgrad_eval.experiments.collect import ITEMS, Collecting, features_of, result_of
from neurgrad_eval.features.features import Features
from neurgrad_eval.features.room import free_half
from neurgrad_eval.inputs.item_table import split_features
from neurgrad_eval.inputs.options import GradientInput, ItemInput, ModelInput, loaded
from neurgrad_eval.inputs.plan import make_plan
from neurgrad_eval.probes.fitting import LEARNING, VOTING
from neurgrad_eval.probes.ranking import Definitions
from neurgrad_eval.runs.experiment import Findings
from neurgrad_eval.runs.measured import Measured
from neurgrad_eval.runs.result import Result
from neurgrad_eval.runs.settings import option
from neurgrad_eval.show.views import Chart, View


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

            def announce(name: str) -> None:
                say(f"probe {name}")
                advance(1)

            found = fitted(
                parts["train"],
                parts["test"],
                parts.get("validation"),
                self.settings,
                on_probe=announce,
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
        test prompts are answered with each number.
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
