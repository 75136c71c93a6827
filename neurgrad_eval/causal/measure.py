"""One test item: the top neurons shifted along orientation and reversed, beside random ones.

1. The item runs once up to its last token, and the last token once with nothing shifted.
2. Every set, direction and size of shift is one packed copy of the last token; the probabilities of
   all answers are read from each.

What is moved does not depend on the item's label (`moving`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from neurgrad_eval.causal.items import AskedItem
from neurgrad_eval.causal.matched import draw_matched
from neurgrad_eval.causal.moving import Floats, activations, moves
from neurgrad_eval.causal.ranked import RankedNeurons
from neurgrad_eval.causal.settings import CausalSettings
from neurgrad_eval.neurons import Indices
from neurgrad_eval.sweeps.joint import COPIES, NOTHING, JointShift, shift_jointly


@dataclass(frozen=True)
class Sets:
    """The ranked neurons and the random ones beside them.

    Attributes
    ----------
    flat : int64 [set, neuron]
        The ranked neurons, then each draw; a random neuron stands in for the ranked one of its
        column: it lies in the same layer and is moved by that one's orientation.
    orientation : float64 [neuron]
    scales : float64 [set, neuron]
        How far each moves for a shift of 1.
    """

    flat: Indices
    orientation: Floats
    scales: Floats


@dataclass(frozen=True)
class ItemEffects:
    """Probabilities of an item's answers.

    Attributes
    ----------
    number : int
        Position among the test items.
    base : float64 [answer]
        With nothing shifted, over the full vocabulary.
    shifted : float64 [condition, answer]
        In the order of `CausalSettings.conditions`.
    """

    number: int
    base: Floats
    shifted: Floats


def choose_sets(
    ranked: RankedNeurons, widths: tuple[int, ...], *, draws: int, seed: int
) -> Indices:
    """Flat numbers [set, neuron]: the ranked neurons, then random ones of the same layers."""
    random = draw_matched(ranked.flat, widths, draws=draws, seed=seed)
    return np.concatenate([ranked.flat[None], random])


def shift_item(
    item: AskedItem, sets: Sets, settings: CausalSettings, *, copies: int = COPIES
) -> ItemEffects:
    """Carry out every condition on one item.

    Parameters
    ----------
    item
        The item, run up to its last token.
    sets
        What is moved.
    settings
        By how much, in which directions.
    copies
        Interventions per forward pass.
    """
    widths = item.question.model.widths
    resting = activations(item, sets.flat.reshape(-1), settings.space).reshape(sets.flat.shape)
    unit = moves(resting, sets.orientation, sets.scales, settings.sign)
    jobs = [NOTHING]
    for one in settings.conditions():
        own = slice(one.neurons)
        amounts = one.direction * one.shift * unit[one.draw + 1, own]
        jobs.append(JointShift.of(sets.flat[one.draw + 1, own], amounts, widths))
    logs = shift_jointly(
        item.question, jobs, answers=item.answers, space=settings.space, copies=copies
    )
    probabilities = np.exp(logs)
    return ItemEffects(item.number, probabilities[0], probabilities[1:])
