"""Gradients of multiple-choice prompts, batch by batch, checked and left on their device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.features import codes as coding

if TYPE_CHECKING:
    from neurgrad_eval.engine.answer_gradients import Sign, Space
    from neurgrad_eval.neuron_model import BatchSize, NeuronModel


@dataclass(frozen=True)
class Questions:
    """Multiple-choice prompts and how they are read.

    Attributes
    ----------
    prompts : sequence of str
    answers : sequence of str
        Literal continuations of every prompt, one token each (`" A"`), two to ten.
    labels : sequence of int
        Index of each prompt's right answer.
    space, sign, batch_size, max_tokens
        As for `NeuronModel.answer_gradients` and `AnswerGradients.neurgrad`.
    names : sequence of str, optional
        What errors call each prompt; its number if not given.
    on_batch : callable, optional
        Callback: number of prompts in each batch as it is done.

    Raises
    ------
    UsageError
        Lengths differ, or a label is no answer.
    """

    prompts: Sequence[str]
    answers: Sequence[str]
    labels: Sequence[int]
    space: Space = "hidden"
    sign: Sign = "magnitude"
    batch_size: BatchSize = "auto"
    max_tokens: int | None = None
    names: Sequence[str] | None = None
    on_batch: Callable[[int], None] | None = None

    def __post_init__(self) -> None:
        if len(self.labels) != len(self.prompts):
            raise UsageError(f"{len(self.labels)} labels for {len(self.prompts)} prompts")
        count = len(self.answers)
        if not 2 <= count <= coding.MAX_ANSWERS:
            raise UsageError(f"{count} answers; 2 to {coding.MAX_ANSWERS} are possible")
        for number, label in enumerate(self.labels):
            if not 0 <= label < count:
                raise UsageError(f"prompt {number}: label {label} is none of {count} answers")


@dataclass(frozen=True)
class Batch:
    """What some prompts gave, float32 on the model's devices.

    Attributes
    ----------
    rows : list of int
        Numbers of the prompts.
    probabilities : Tensor [row, answer]
    neurgrad : tuple of Tensor [row, answer, neuron], one per layer
    activations : tuple of Tensor [row, neuron], one per layer
    """

    rows: list[int]
    probabilities: Tensor
    neurgrad: tuple[Tensor, ...]
    activations: tuple[Tensor, ...]

    def finite(self) -> list[Tensor]:
        """Whether all values of a row are finite [row]: probabilities, then by layer both kinds."""
        pairs = zip(self.neurgrad, self.activations, strict=True)
        values = [self.probabilities, *(value for pair in pairs for value in pair)]
        return [torch.isfinite(value).flatten(1).all(1) for value in values]


def batches(model: NeuronModel, questions: Questions) -> Iterator[Batch]:
    """Ask a model, the longest prompts first.

    Raises
    ------
    UsageError, DataError
        As for `NeuronModel.answer_gradients`.
    """
    found = model.iter_answer_gradients(
        questions.prompts,
        questions.answers,
        space=questions.space,
        batch_size=questions.batch_size,
        max_tokens=questions.max_tokens,
        on_device=True,
    )
    for rows, result in found:
        neurgrad = result.neurgrad(questions.sign)
        yield Batch(rows, result.probabilities, neurgrad, result.activations)
        if questions.on_batch is not None:
            questions.on_batch(len(rows))


def check_finite(finite: Sequence[Tensor], rows: Sequence[int], questions: Questions) -> None:
    """Raise DataError for the first prompt of a batch whose values (`Batch.finite`) are not."""
    for number, flags in enumerate(finite):
        if not flags.all():
            row = rows[int((~flags).nonzero()[0, 0])]
            name: Any = questions.names[row] if questions.names else row
            layer, kind = divmod(number - 1, 2)
            what = f"{('gradients', 'activations')[kind]} in layer {layer}"
            said = what if number else "probabilities"
            raise DataError(f"prompt {name}: {said} are not finite; try another --dtype")
