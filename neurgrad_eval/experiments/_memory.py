"""Whether there is room for the features of prompts, and for what is fitted to them."""

from __future__ import annotations

from collections.abc import Sequence

from mceval8k.errors import UsageError
from neurgrad_eval.features.features import features_bytes
from neurgrad_eval.features.room import check_disk
from neurgrad_eval.inputs.plan import Plan

_LEARNING = {"tree": 4, "logistic": 12}
"""Bytes of a neuron and prompt in training: float32 for the forest; activations, and a scaled copy
beside the one that is being scaled, for the regression."""


def check_memory(
    plan: Plan,
    widths: tuple[int, ...],
    probes: Sequence[str],
    read_neurons: int | None,
    budget: int,
    *,
    kept: bool,
) -> None:
    """Check, before the model runs, that there is room for its features.

    Parameters
    ----------
    plan
        Its prompts.
    widths
        Neurons per layer.
    probes
        Names of the probes that are fitted.
    read_neurons
        Neurons that forest and regression read; None for all.
    budget
        Bytes of memory that features, and what is fitted to them, may take.
    kept
        Whether what is measured lies in a folder.

    Raises
    ------
    UsageError
        What is measured has no folder to lie in, the temporary folder has no room, or forest or
        regression would take more memory than they may.
    """
    prompts, neurons, train = len(plan.prompts), sum(widths), len(plan.sample.train)
    may = f"more than the {budget / 1e9:.1f} GB of memory that they may take (--memory)"
    needed = features_bytes(prompts, len(plan.answers), widths)
    if needed > budget:
        if not kept:
            raise UsageError(
                f"features of {prompts:,} prompts and {neurons:,} neurons take {needed / 1e9:.1f} "
                f"GB, {may}: give --out, a folder to keep them in"
            )
        check_disk(needed)
    read = min(read_neurons or neurons, neurons)
    for name, size in _LEARNING.items():
        if name in probes and size * train * read > budget:
            raise UsageError(
                f"{name} probes of {train:,} training prompts and {read:,} neurons take "
                f"{size * train * read / 1e9:.1f} GB, {may}: give --read-neurons, at most "
                f"{budget // (size * train):,}, or other --probes"
            )
