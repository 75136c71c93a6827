"""Sections about a run of `neurgrad probe`: what can be read out of the neurons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neurgrad_eval.report import charts
from neurgrad_eval.report.cells import interval, null, p_value, percent, signed
from neurgrad_eval.report.published import published
from neurgrad_eval.report.rankings import layers_section
from neurgrad_eval.report.reproduce import probe_command
from neurgrad_eval.report.runs import Probing, plain_values
from neurgrad_eval.report.sections import Section

_TEXT = """For every feed-forward neuron, the neuron empirical gradient says how the probability
of an answer changes as the neuron's activation is shifted. Neurons whose gradients point to the
right answer on training prompts are skill neurons; a probe lets the best of them vote on test
prompts. LM-Prob, the grey point, is the model's own answer to the same prompts: what it says. The
probes show what can be read out of it."""
_NULLS = ("random neurons", "permuted labels")
_COLUMNS = (
    "probe, neurons",
    "accuracy, per cent",
    "95 % interval",
    "less LM-Prob",
    "95 % interval",
    "p (Holm)",
    *_NULLS,
)


def probe_sections(run: Probing, *, explain: bool = True) -> list[Section]:
    """Accuracy of each probe, and the layers of the neurons; if wanted, what a probe is."""
    result = run.result
    caption = (
        f"Accuracy on {result['test_size']} test prompts after fitting on {result['train_size']} "
        "training prompts, with intervals by bootstrap over groups of related items; the orange "
        "line is chance."
    )
    nulls = {(null["probe"], null["null"]): null for null in result.get("nulls", ())}
    accuracies = Section(
        f"What do single neurons know? Task {result['task']}",
        "\n\n".join(filter(None, (_TEXT if explain else "", published(str(result["task"]))))),
        charts.probe_accuracies(run.probes),
        _COLUMNS,
        tuple(_row(probe, nulls) for probe in run.probes),
        caption=caption,
        warnings=tuple(str(warning) for warning in result.get("warnings", ())),
        settings=plain_values(result),
        command=probe_command(result, run.settings),
    )
    if not run.layers:
        return [accuracies]
    there = int(result["model_neurons"])
    return [accuracies, layers_section("Where the skill neurons sit", run.layers, there=there)]


def _row(
    probe: Mapping[str, Any], nulls: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[str, ...]:
    compared = ("", "", "")
    if probe["difference"] is not None:
        bounds = (signed(probe["difference_low"]), signed(probe["difference_high"]))
        p = probe.get("p_holm")
        difference = signed(probe["difference"])
        compared = (difference, " to ".join(bounds), "" if p is None else p_value(p))
    return (
        charts.probe_name(probe),
        percent(probe["accuracy"]),
        interval(probe),
        *compared,
        *(null(nulls.get((probe["probe"], kind))) for kind in _NULLS),
    )
