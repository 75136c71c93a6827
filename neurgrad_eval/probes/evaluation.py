"""Every probe fitted to the training prompts, chosen on validation, and tested.

Validation prompts choose the number of neurons of each probe that votes. The test prompts are then
answered once, with that number; without validation prompts, with every number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mceval8k.statistics import (
    Estimate,
    bootstrap_share,
    holm,
    paired_difference,
    paired_test,
    wilson,
)
from neurgrad_eval.features.features import Features
from neurgrad_eval.probes.base import VotingProbe
from neurgrad_eval.probes.fitting import LEARNING, LM_PROB, fit, inputs, ranking_of
from neurgrad_eval.probes.nulls import NullRow, adjusted, null_rows
from neurgrad_eval.probes.ranking import Definitions, Ranking
from neurgrad_eval.probes.text import TEXT, text_answers


@dataclass(frozen=True)
class ProbeRow:
    """Accuracy of one probe on the test prompts; intervals are of 95 %."""

    probe: str
    neurons: int | None
    """How many neurons it reads (activation: at each split); None for LM-Prob."""
    accuracy: Estimate
    """With an interval by bootstrap over groups."""
    wilson_low: float
    """Lower bound by Wilson's formula, which stays open where every answer is right."""
    wilson_high: float
    n: int
    """Test prompts."""
    chance: float
    """One over the number of answers."""
    beyond_lm_prob: Estimate | None
    """Accuracy minus that of LM-Prob on the same prompts; None for LM-Prob itself."""
    beyond_text: Estimate | None
    """Accuracy minus that of the baseline `text`; None for both baselines, or without texts."""
    p_value: float | None
    """Exact two-sided test that the accuracy is that of LM-Prob, over groups; see
    `mceval8k.statistics.paired_test`. None for the baselines."""
    p_holm: float | None
    """The same, adjusted by Holm's method for all probes of the run."""
    ties: int | None
    """Test prompts on which the plain vote was tied; None for probes that do not vote."""


@dataclass(frozen=True)
class ValidationRow:
    """Accuracy of one candidate number of neurons on the validation prompts."""

    probe: str
    neurons: int
    accuracy: float
    n: int
    """Validation prompts."""
    chosen: bool
    """Whether it is the one that is tested: the best, of equal ones the least."""


@dataclass(frozen=True)
class Answers:
    """Answers of one probe to the test prompts."""

    probe: str
    neurons: int | None
    answers: npt.NDArray[np.int64]
    """Indices of answers [prompt]."""
    ties: int | None = None


@dataclass(frozen=True)
class Evaluation:
    """What the probes answer, and how they were chosen."""

    answers: Sequence[Answers]
    """To the test prompts; LM-Prob first, then `text` where texts are known."""
    rankings: Mapping[str, Ranking]
    """Of all neurons by the training prompts, by the probe's name."""
    validation: Sequence[ValidationRow]
    nulls: Sequence[NullRow]


def evaluate(
    train: Features,
    test: Features,
    validation: Features | None,
    *,
    probes: Sequence[str],
    neurons: Sequence[int],
    null_draws: int,
    null_refits: int,
    seed: int,
    definitions: Definitions = "default",
    read_neurons: int | None = None,
    on_probe: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Fit, choose and ask LM-Prob, the text baseline and the probes.

    Parameters
    ----------
    train, test, validation
        Features of the prompts; without validation prompts nothing is chosen.
    probes
        Names of `neurgrad_eval.probes.fitting.KINDS`.
    neurons
        Numbers of neurons that may vote, rising.
    null_draws, null_refits
        Draws of the nulls of probes that vote, and of the others.
    seed
        Of forest and nulls.
    definitions
        Of probes that vote.
    read_neurons
        How many neurons forest and regression read; see `best_of`.
    on_probe
        Callback: name of each probe before it is fitted.
    """
    answers: list[Answers] = []
    rankings: dict[str, Ranking] = {}
    chosen: list[ValidationRow] = []
    nulls: list[NullRow] = []
    whole = train, test
    for name in (LM_PROB, *probes):
        on_probe(name)
        train, test = best_of(*whole, read_neurons) if name in LEARNING else whole
        probe, draws = fit(name, train, seed=seed, definitions=definitions), null_refits
        if isinstance(probe, VotingProbe):
            rankings[name], draws = ranking_of(probe), null_draws
            rows = [] if validation is None else _choose(name, probe, validation, neurons)
            chosen += rows
            counts = [row.neurons for row in rows if row.chosen] or neurons
            own = [_vote(name, probe, test, count) for count in counts]
        else:
            read = None if name == LM_PROB else train.n_neurons
            own = [Answers(name, read, probe.predict(inputs(name, test)))]
        answers += own
        if name == LM_PROB:
            read_texts = text_answers(train, test, seed=seed)
            answers += [] if read_texts is None else [Answers(TEXT, None, read_texts)]
        if name != LM_PROB and len(own) == 1:
            nulls += null_rows(name, probe, train, test, draws=draws, seed=seed)
    return Evaluation(answers, rankings, chosen, adjusted(nulls))


def best_of(train: Features, test: Features, count: int | None) -> tuple[Features, Features]:
    """Features of the neurons that tell most of the training prompts, by the centred score.

    Parameters
    ----------
    train, test
        Features of all neurons.
    count
        How many neurons; all if not given, or if there are no more.
    """
    if count is None or count >= train.n_neurons:
        return train, test
    best = np.sort(ranking_of(fit("centred", train)).top(count))
    return train.of_neurons(best), test.of_neurons(best)


def _choose(
    name: str, probe: VotingProbe, validation: Features, candidates: Sequence[int]
) -> list[ValidationRow]:
    """Accuracy of each candidate number of neurons, and which is chosen."""
    x, labels = inputs(name, validation), validation.labels
    found = [float(probe.set_params(n_neurons=count).score(x, labels)) for count in candidates]
    best = int(np.argmax(found))
    return [
        ValidationRow(name, count, accuracy, len(labels), at == best)
        for at, (count, accuracy) in enumerate(zip(candidates, found, strict=True))
    ]


def _vote(name: str, probe: VotingProbe, test: Features, count: int) -> Answers:
    decision = probe.set_params(n_neurons=count).decide(inputs(name, test))
    answers = probe.classes_[decision.answers]
    return Answers(name, count, answers, int(decision.tied.sum()))


def probe_rows(answers: Sequence[Answers], test: Features, *, seed: int) -> list[ProbeRow]:
    """Accuracies with intervals, and differences to the baselines; LM-Prob is the first."""
    right = np.stack([given.answers == test.labels for given in answers], axis=1)
    names = [given.probe for given in answers]
    accuracies = bootstrap_share(right, test.groups, seed=seed)
    beyond_lm = paired_difference(right, right[:, 0], test.groups, seed=seed)
    beyond: Sequence[Estimate | None] = [None] * len(names)
    if TEXT in names:
        beyond = paired_difference(right, right[:, names.index(TEXT)], test.groups, seed=seed)
    tested = [at for at, name in enumerate(names) if name not in (LM_PROB, TEXT)]
    p_values = paired_test(right[:, tested], right[:, 0], test.groups)
    p = dict(zip(tested, zip(p_values, holm(p_values).tolist(), strict=True), strict=True))
    rows = []
    for at, given in enumerate(answers):
        closed = wilson(int(right[:, at].sum()), len(test))
        p_value, p_holm = p.get(at, (None, None))
        rows.append(
            ProbeRow(
                probe=given.probe,
                neurons=given.neurons,
                accuracy=accuracies[at],
                wilson_low=closed.low,
                wilson_high=closed.high,
                n=len(test),
                chance=test.chance,
                beyond_lm_prob=beyond_lm[at] if given.probe != LM_PROB else None,
                beyond_text=beyond[at] if at in p else None,
                p_value=p_value,
                p_holm=p_holm,
                ties=given.ties,
            )
        )
    return rows
