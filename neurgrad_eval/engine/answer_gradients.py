"""Answer gradients: what a gradient computation returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval.neurons import NO_EXPERTS, ExpertMap

if TYPE_CHECKING:
    import pandas as pd

Space = Literal["hidden", "up"]
Sign = Literal["magnitude", "signed", "paper"]
Result = TypeVar("Result", bound=Any)


@dataclass(frozen=True, eq=False, repr=False)
class AnswerGradients:
    """Gradients of answer probabilities with respect to neurons, in float32.

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
    prompts : tuple of str [prompt]
        The prompts; empty if not known.
    answers : tuple of tuple of str [prompt, answer]
        The answers; empty if not known.
    experts : ExpertMap
        Which neurons belong to which expert; empty where there are none.
    """

    probabilities: Tensor
    gradients: tuple[Tensor, ...]
    activations: tuple[Tensor, ...]
    space: Space
    prompts: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    experts: ExpertMap = NO_EXPERTS

    def __eq__(self, other: object) -> bool:
        """Whether all values and texts are the same, bit by bit."""
        if not isinstance(other, AnswerGradients):
            return NotImplemented
        mine, theirs = (
            (one.probabilities, *one.gradients, *one.activations) for one in (self, other)
        )
        texts = [(one.space, one.prompts, one.answers) for one in (self, other)]
        same = len(mine) == len(theirs) and all(map(torch.equal, mine, theirs))
        return same and texts[0] == texts[1]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        prompts, answers = self.probabilities.shape
        neurons = sum(layer.shape[-1] for layer in self.activations)
        return (
            f"AnswerGradients: {prompts} prompts, {answers} answers, {neurons:,} neurons in "
            f"{len(self.activations)} layers, space {self.space!r}"
        )

    def cpu(self) -> AnswerGradients:
        """Return the same on the CPU."""
        return replace(
            self,
            probabilities=self.probabilities.cpu(),
            gradients=tuple(layer.cpu() for layer in self.gradients),
            activations=tuple(layer.cpu() for layer in self.activations),
        )

    def neurgrad(self, sign: Sign = "magnitude") -> tuple[Tensor, ...]:
        """Estimate the neuron empirical gradient of every neuron (paper section 3).

        The shift convention decides: a `magnitude` shift Δ moves a neuron by Δ·sign(a), away from
        zero for Δ > 0, so its slope is ∂p/∂a · sign(a), and 0 for a silent neuron; a `signed`
        shift moves it by Δ, so its slope is ∂p/∂a itself. `paper` is `magnitude` but for silent
        neurons, which a shift moves down, as in the paper's released code.

        Returns
        -------
        tuple of Tensor [prompt, answer, neuron], one per layer
            In probability per activation unit.

        Raises
        ------
        UsageError
            There is no such convention.
        """
        if sign not in get_args(Sign):
            raise UsageError(f"sign {sign!r} is none of {', '.join(get_args(Sign))}")
        if sign == "signed":
            return self.gradients
        return tuple(
            gradient * _towards(activation, sign)[:, None]
            for gradient, activation in zip(self.gradients, self.activations, strict=True)
        )

    def to_pandas(
        self, answer: str | int = 0, *, prompt: int = 0, sign: Sign = "magnitude"
    ) -> pd.DataFrame:
        """Every neuron of one prompt and answer as a row.

        Parameters
        ----------
        answer
            Its text, or its number.
        prompt
            Number of the prompt.
        sign
            Convention of the column `neurgrad`.

        Returns
        -------
        DataFrame
            Columns layer, neuron, activation, gradient (∂p/∂a) and neurgrad; of a mixture of
            experts also expert and expert_neuron.

        Raises
        ------
        UsageError
            There is no such prompt or answer.
        """
        import pandas as pd

        row, at = self._place(answer, prompt)
        layers = [
            pd.DataFrame(
                {
                    "layer": number,
                    "neuron": range(len(activation[row])),
                    "activation": activation[row].numpy(),
                    "gradient": gradient[row, at].numpy(),
                    "neurgrad": neurgrad[row, at].numpy(),
                }
            )
            for number, (activation, gradient, neurgrad) in enumerate(
                zip(self.activations, self.gradients, self.neurgrad(sign), strict=True)
            )
        ]
        frame = pd.concat(layers, ignore_index=True)
        for offset, (name, (values, missing)) in enumerate(self.experts.columns(frame).items()):
            column = pd.Series(pd.arrays.IntegerArray(values, missing))
            frame.insert(list(frame).index("neuron") + 1 + offset, name, column)
        return frame

    def top(
        self,
        answer: str | int = 0,
        k: int = 10,
        *,
        prompt: int = 0,
        sign: Sign = "magnitude",
    ) -> pd.DataFrame:
        """The k neurons of the largest |gradient|, largest first; all if there are fewer.

        The other parameters, the columns and the errors are those of `to_pandas`.
        """
        if k < 1:
            raise UsageError(f"k is {k}: it must be at least 1")
        table = self.to_pandas(answer, prompt=prompt, sign=sign)
        order = table["gradient"].abs().sort_values(ascending=False, kind="stable").index
        return table.loc[order[:k]].reset_index(drop=True)

    def _place(self, answer: str | int, prompt: int) -> tuple[int, int]:
        prompts, count = self.probabilities.shape
        if not -prompts <= prompt < prompts:
            raise UsageError(f"there is no prompt {prompt}: there are {prompts}")
        if not isinstance(answer, str):
            if not -count <= answer < count:
                raise UsageError(f"there is no answer {answer}: there are {count}")
            return prompt, answer
        known = self.answers[prompt] if self.answers else ()
        if answer not in known:
            there = ", ".join(map(repr, known)) or "give its number"
            raise UsageError(f"there is no answer {answer!r}: {there}")
        return prompt, known.index(answer)


def _towards(activations: Tensor, sign: Sign) -> Tensor:
    """Direction in which a shift moves a neuron."""
    silent = -1.0 if sign == "paper" else 0.0
    return torch.where(activations == 0, silent, activations.sign())


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
        elif isinstance(values[0], tuple) and values[0] and isinstance(values[0][0], Tensor):
            layers = zip(*values, strict=True)
            joined[field.name] = tuple(torch.cat(layer)[back] for layer in layers)
        elif isinstance(values[0], tuple):
            rows = [row for value in values for row in value]
            joined[field.name] = tuple(rows[number] for number in back) if rows else ()
        else:
            joined[field.name] = values[0]
    result: Result = type(parts[0])(**joined)
    return result
