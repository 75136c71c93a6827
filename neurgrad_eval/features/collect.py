"""Collect features: gradients come batch by batch, are coded and dropped.

So memory holds the coded arrays and one batch of gradients, however many prompts there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mceval8k.errors import DataError, UsageError
from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.features import Features, empty_features

if TYPE_CHECKING:
    from neurgrad_eval.engine.answer_gradients import AnswerGradients, Sign, Space
    from neurgrad_eval.neuron_model import NeuronModel

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
    batch_size: int = 8,
    max_tokens: int | None = None,
    names: Sequence[str] | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Features:
    """Collect what probes and rankings need of multiple-choice prompts.

    Parameters
    ----------
    model
        The model that is asked.
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
        Is told the number of prompts of each batch that is done.

    Raises
    ------
    UsageError
        Lengths differ, a label is no answer, or an answer is not one token.
    DataError
        A prompt is too long, or a gradient, activation or probability is not finite.
    """
    _check(prompts, answers, labels, groups)
    found = empty_features(labels, len(answers), model.widths)
    called = names or [str(number) for number in range(len(prompts))]
    batches = model.iter_answer_gradients(
        prompts, answers, space=space, batch_size=batch_size, max_tokens=max_tokens
    )
    for indices, result in batches:
        rows = np.asarray(indices)
        _write_batch(found, rows, result, sign, [called[row] for row in indices])
        if on_batch is not None:
            on_batch(len(indices))
    own = found.groups if groups is None else tuple(map(str, groups))
    return replace(found, groups=own, texts=tuple(prompts))


def _check(
    prompts: Sequence[str],
    answers: Sequence[str],
    labels: Sequence[int],
    groups: Sequence[str] | None,
) -> None:
    for name, values in (("labels", labels), ("groups", groups)):
        if values is not None and len(values) != len(prompts):
            raise UsageError(f"{len(values)} {name} for {len(prompts)} prompts")
    if not 2 <= len(answers) <= coding.MAX_ANSWERS:
        raise UsageError(f"{len(answers)} answers; 2 to {coding.MAX_ANSWERS} are possible")
    for number, label in enumerate(labels):
        if not 0 <= label < len(answers):
            raise UsageError(f"prompt {number}: label {label} is none of {len(answers)} answers")


def _write_batch(
    features: Features,
    rows: npt.NDArray[np.int64],
    result: AnswerGradients,
    sign: Sign,
    names: Sequence[str],
) -> None:
    features.probabilities[rows] = result.probabilities.numpy()
    _check_finite(features.probabilities[rows], names, "probabilities")
    start = 0
    layers = zip(result.neurgrad(sign), result.activations, strict=True)
    for layer, (gradients, activations) in enumerate(layers):
        g, a = gradients.numpy(), activations.numpy()
        _check_finite(g, names, f"gradients in layer {layer}")
        _check_finite(a, names, f"activations in layer {layer}")
        columns = slice(start, start := start + a.shape[1])
        features.codes[rows, columns] = coding.encode(g)
        features.activations[rows, columns] = a.clip(-FLOAT16_MAX, FLOAT16_MAX)


def _check_finite(values: npt.NDArray[Any], names: Sequence[str], what: str) -> None:
    bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if bad.any():
        name = names[int(bad.argmax())]
        raise DataError(f"prompt {name}: {what} are not finite; try --dtype float32")
