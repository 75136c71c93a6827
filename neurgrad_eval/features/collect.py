"""Collect features: gradients come batch by batch, are coded where they are and dropped.

So memory holds the coded arrays and one batch of gradients, however many prompts there are, and
four bytes per neuron and prompt leave the device, while it computes the next batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mceval8k.errors import UsageError
from neurgrad_eval.engine.host import HostCopies
from neurgrad_eval.features.batches import Batch, Questions, batches, check_finite
from neurgrad_eval.features.codes import encode_tensor
from neurgrad_eval.features.features import Features, empty_features

if TYPE_CHECKING:
    from neurgrad_eval.engine.answer_gradients import Sign, Space
    from neurgrad_eval.neuron_model import BatchSize, NeuronModel

FLOAT16_MAX = float(np.finfo(np.float16).max)


def collect(
    model: NeuronModel,
    prompts: Sequence[str],
    answers: Sequence[str],
    labels: Sequence[int],
    *,
    groups: Sequence[str] | None = None,
    space: Space = "hidden",
    sign: Sign = "magnitude",
    batch_size: BatchSize = "auto",
    max_tokens: int | None = None,
    names: Sequence[str] | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Features:
    """Collect what probes and rankings need of multiple-choice prompts.

    Parameters
    ----------
    model
        The model.
    prompts
        Texts.
    answers
        Literal continuations of every prompt, one token each (`" A"`), two to ten.
    labels
        Index of each prompt's right answer.
    groups
        What belongs together [prompt], such as the source sentence: prompts of one group are
        never taken as independent. Each prompt is its own group if not given.
    space, sign, batch_size, max_tokens
        As for `NeuronModel.answer_gradients` and `AnswerGradients.neurgrad`.
    names
        What errors call each prompt; its number if not given.
    on_batch
        Callback: number of prompts in each batch as it is done.

    Raises
    ------
    UsageError
        Lengths differ, a label is no answer, or an answer is not one token.
    DataError
        A prompt is too long, or a gradient, activation or probability is not finite.
    """
    questions = Questions(
        prompts, answers, labels, space, sign, batch_size, max_tokens, names, on_batch
    )
    if groups is not None and len(groups) != len(prompts):
        raise UsageError(f"{len(groups)} groups for {len(prompts)} prompts")
    found = collected(model, questions)
    own = found.groups if groups is None else tuple(map(str, groups))
    return replace(found, groups=own, experts=model.experts)


def collected(model: NeuronModel, questions: Questions) -> Features:
    """Collect features of prompts; see `collect`."""
    found = empty_features(questions.labels, len(questions.answers), model.widths)
    before: tuple[list[int], HostCopies] | None = None
    for batch in batches(model, questions):
        copies = HostCopies(_coded(batch))
        if before is not None:
            _write(found, *before, questions)
        before = batch.rows, copies
    if before is not None:
        _write(found, *before, questions)
    return replace(found, texts=tuple(questions.prompts))


def half(activations: Tensor) -> Tensor:
    """Activations as float16; values beyond its range are its largest ones."""
    return activations.clamp(-FLOAT16_MAX, FLOAT16_MAX).to(torch.float16)


def _coded(batch: Batch) -> list[Tensor]:
    """What goes to the host: probabilities, what is finite, codes and activations by layer."""
    codes = [encode_tensor(layer) for layer in batch.neurgrad]
    activations = [half(layer) for layer in batch.activations]
    return [batch.probabilities, *batch.finite(), *codes, *activations]


def _write(features: Features, rows: list[int], copies: HostCopies, questions: Questions) -> None:
    """Write a batch into these rows of the features."""
    probabilities, *rest = copies.wait()
    layers = len(features.widths)
    finite, codes, activations = rest[: -2 * layers], rest[-2 * layers : -layers], rest[-layers:]
    check_finite(finite, rows, questions)
    features.probabilities[rows] = probabilities.numpy()
    start = 0
    for coded, values in zip(codes, activations, strict=True):
        columns = slice(start, start := start + values.shape[1])
        features.codes[rows, columns] = coded.numpy()
        features.activations[rows, columns] = values.numpy()
