"""What a gradient computation returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor

Space = Literal["hidden", "up"]
Sign = Literal["magnitude", "signed"]
Result = TypeVar("Result", bound=Any)


@dataclass(frozen=True)
class AnswerGradients:
    """Gradients of answer probabilities with respect to neurons, float32 on the CPU.

    Attributes
    ----------
    probabilities : Tensor [prompt, answer]
        Probability of each answer token over the full vocabulary.
    gradients : tuple of Tensor [prompt, answer, neuron], one per layer
        Computational gradient ∂p(answer)/∂a, in probability per activation unit.
    activations : tuple of Tensor [prompt, neuron], one per layer
        The neurons' activations a where the answer is predicted.
    space : {"hidden", "up"}
        Which vector the neurons are coordinates of.
    """

    probabilities: Tensor
    gradients: tuple[Tensor, ...]
    activations: tuple[Tensor, ...]
    space: Space

    def neurgrad(self, sign: Sign = "magnitude") -> tuple[Tensor, ...]:
        """Estimate the neuron empirical gradient of every neuron (paper section 3).

        The shift convention decides: a `magnitude` shift Δ moves a neuron by Δ·sign(a), away from
        zero for Δ > 0, so its slope is ∂p/∂a · sign(a), and 0 for a silent neuron; a `signed`
        shift moves it by Δ, so its slope is ∂p/∂a itself.

        Returns
        -------
        tuple of Tensor [prompt, answer, neuron], one per layer
            In probability per activation unit.
        """
        if sign == "signed":
            return self.gradients
        return tuple(
            gradient * activation.sign()[:, None]
            for gradient, activation in zip(self.gradients, self.activations, strict=True)
        )


def concatenate(parts: Sequence[Result], order: Sequence[int]) -> Result:
    """Join batches of one kind of result along its first dimension, in the prompts' order.

    Parameters
    ----------
    parts
        Results of batches: dataclasses of tensors, tuples of tensors, and settings.
    order
        The prompt that each row of the joined batches belongs to.
    """
    back = torch.tensor(order).argsort()
    joined: dict[str, Any] = {}
    for field in fields(parts[0]):
        values = [getattr(part, field.name) for part in parts]
        if isinstance(values[0], Tensor):
            joined[field.name] = torch.cat(values)[back]
        elif isinstance(values[0], tuple):
            layers = zip(*values, strict=True)
            joined[field.name] = tuple(torch.cat(layer)[back] for layer in layers)
        else:
            joined[field.name] = values[0]
    result: Result = type(parts[0])(**joined)
    return result
