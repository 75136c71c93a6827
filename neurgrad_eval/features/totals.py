"""Sums over prompts that rankings need, added up where the gradients are.

They are the sums of `neurgrad_eval.probes.sums`, of prompts that are never kept: nothing of a
prompt leaves the device but what is requested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from neurgrad_eval.engine.host import HostCopies
from neurgrad_eval.features.batches import Questions, batches, check_finite
from neurgrad_eval.features.collect import half

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel

_UNITS = 2.0**24
"""Float16 values are whole in units of the smallest one."""

Arrays = dict[str, npt.NDArray[Any]]


def add_up(model: NeuronModel, questions: Questions, *, activations: bool) -> Arrays:
    """Ask a model, and add up what rankings need.

    Parameters
    ----------
    model
        The model.
    questions
        Prompts of which the sums are.
    activations
        Whether activations are summed, and kept, for the activation score.

    Returns
    -------
    dict of arrays
        `labels` int64 [prompt]; `polarity` and `magnitude` int32 [neuron]; `terms` int32 [answer,
        neuron]; with activations also `sums` int64 [answer, neuron], in units of 2⁻²⁴, and
        `activations` float16 [prompt, neuron].

    Raises
    ------
    UsageError, DataError
        As for `neurgrad_eval.features.collect.collect`.
    """
    layers: list[_Layer] = []
    kept = np.zeros((len(questions.prompts), sum(model.widths) if activations else 0), np.float16)
    for batch in batches(model, questions):
        layers = layers or [_Layer(values, activations) for values in batch.neurgrad]
        check_finite([flags.cpu() for flags in batch.finite()], batch.rows, questions)
        gold = torch.tensor([questions.labels[row] for row in batch.rows])
        for number, layer in enumerate(layers):
            layer.add(batch.neurgrad[number], batch.activations[number], gold)
        if activations:
            copies = HostCopies([half(values) for values in batch.activations]).wait()
            kept[batch.rows] = torch.cat(copies, dim=1).numpy()
    found = {
        name: np.concatenate([getattr(layer, name).cpu().numpy() for layer in layers], -1)
        for name in ("polarity", "magnitude", "terms")
    }
    found["labels"] = np.asarray(questions.labels, dtype=np.int64)
    if activations:
        found["sums"] = np.concatenate([layer.sums.cpu().numpy() for layer in layers], -1)
        found["activations"] = kept
    return found


class _Layer:
    """Sums of one layer's neurons, on its device."""

    def __init__(self, like: Tensor, activations: bool) -> None:
        answers, neurons = like.shape[1:]
        self.polarity, self.magnitude = like.new_zeros(2, neurons, dtype=torch.int32)
        self.terms = like.new_zeros(answers, neurons, dtype=torch.int32)
        self.sums = like.new_zeros(answers if activations else 0, neurons, dtype=torch.int64)

    def add(self, gradients: Tensor, activations: Tensor, gold: Tensor) -> None:
        """Add NeurGrad [row, answer, neuron] and activations [row, neuron] of some prompts."""
        gold = gold.to(gradients.device)
        of_gold = torch.arange(len(gold), device=gold.device), gold
        signs = (gradients > 0).to(torch.int8) - (gradients < 0).to(torch.int8)
        terms = 2 * signs - signs.sum(1, keepdim=True, dtype=torch.int8)
        own = gradients[of_gold][:, None]
        margins = (own > gradients).to(torch.int8) - (own < gradients).to(torch.int8)
        self.terms += terms.sum(0, dtype=torch.int32)
        self.polarity += terms[of_gold].sum(0, dtype=torch.int32)
        self.magnitude += margins.sum((0, 1), dtype=torch.int32)
        if len(self.sums):
            whole = (half(activations).to(torch.float64) * _UNITS).to(torch.int64)
            self.sums.index_add_(0, gold, whole)
