"""Features of prompts: what probes need of the gradients, four bytes per neuron in memory.

Gradients come batch by batch, are coded and dropped, so that memory holds the coded arrays and one
batch, however many prompts there are. On disk they take half of that (`neurgrad_eval.compact`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from mceval8k.errors import DataError
from neurgrad_eval import codes as coding
from neurgrad_eval.codes import Codes

FLOAT16_MAX = float(np.finfo(np.float16).max)


class GradientModel(Protocol):
    """What is needed of `neurgrad_eval.model.NeuronModel`."""

    @property
    def widths(self) -> tuple[int, ...]:
        """Neurons per layer."""

    def iter_answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Sequence[str],
        *,
        space: Literal["hidden", "up"],
        batch_size: int,
    ) -> Iterator[tuple[list[int], Any]]:
        """Yield indices into `prompts` and their AnswerGradients, batch by batch."""


@dataclass(frozen=True)
class GradientSettings:
    """Which gradients are computed, and how many prompts at a time."""

    space: Literal["hidden", "up"] = "hidden"
    sign: Literal["magnitude", "signed"] = "magnitude"
    batch_size: int = 8


@dataclass(frozen=True)
class Features:
    """Features of prompts; neurons are numbered as in `neurgrad_eval.neurons`.

    Attributes
    ----------
    codes : uint16 [prompt, neuron]
        Signs and order of the answers' NeurGrad (`neurgrad_eval.codes`).
    activations : float16 [prompt, neuron]
        Values beyond float16's range are its largest ones; what was stored is rounded to the
        steps of `neurgrad_eval.compact`.
    probabilities : float32 [prompt, answer]
        Of each answer over the full vocabulary.
    labels : int64 [prompt]
        Gold answers.
    widths : tuple of int
        Neurons per layer.
    """

    codes: Codes
    activations: npt.NDArray[np.float16]
    probabilities: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    widths: tuple[int, ...]

    def __post_init__(self) -> None:
        prompts, neurons = len(self.labels), sum(self.widths)
        for name in ("codes", "activations"):
            if getattr(self, name).shape != (prompts, neurons):
                raise ValueError(f"{name}: shape is not ({prompts}, {neurons})")
        if self.probabilities.shape[:1] != (prompts,):
            raise ValueError(f"probabilities: not {prompts} rows")

    @property
    def n_answers(self) -> int:
        """Number of answers."""
        return int(self.probabilities.shape[1])

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.codes.shape[1])

    def signs(self, neurons: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Signs [prompt, neuron, answer] of the chosen neurons' NeurGrad."""
        return coding.signs(self.n_answers)[self.codes[:, np.asarray(neurons)]]

    def highest(self, neurons: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Answer [prompt, neuron] of the largest NeurGrad, the first of tied ones."""
        return coding.first_highest(self.n_answers)[self.codes[:, np.asarray(neurons)]]

    def lowest(self, neurons: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Answer [prompt, neuron] of the smallest NeurGrad, the first of tied ones."""
        return coding.first_lowest(self.n_answers)[self.codes[:, np.asarray(neurons)]]

    def take(self, prompts: npt.ArrayLike | slice) -> Features:
        """Features of the chosen prompts; a slice copies nothing."""
        rows = prompts if isinstance(prompts, slice) else np.asarray(prompts)
        return Features(
            self.codes[rows],
            self.activations[rows],
            self.probabilities[rows],
            self.labels[rows],
            self.widths,
        )


def empty_features(labels: Sequence[int], n_answers: int, widths: tuple[int, ...]) -> Features:
    """Features of as many prompts as there are labels, to be filled by `fill_features`."""
    prompts, neurons = len(labels), sum(widths)
    return Features(
        codes=np.zeros((prompts, neurons), dtype=np.uint16),
        activations=np.zeros((prompts, neurons), dtype=np.float16),
        probabilities=np.zeros((prompts, n_answers), dtype=np.float32),
        labels=np.asarray(labels, dtype=np.int64),
        widths=widths,
    )


def _ignore(_: int) -> None:
    """Listen to nothing."""


def fill_features(
    features: Features,
    rows: Sequence[int],
    *,
    model: GradientModel,
    prompts: Sequence[str],
    answers: Sequence[str],
    settings: GradientSettings,
    on_batch: Callable[[int], None] = _ignore,
    names: Sequence[str] | None = None,
) -> None:
    """Compute the features of prompts that share their beginning, and write them into rows.

    Parameters
    ----------
    features
        Arrays to write into.
    rows
        The row of each prompt.
    model, prompts, answers, settings
        What `iter_answer_gradients` is asked.
    on_batch
        Is told the number of prompts of each batch that is done.
    names
        What errors call each prompt; its row if not given.

    Raises
    ------
    DataError
        A gradient, activation or probability is not finite; the message names prompt and layer.
    """
    batches = model.iter_answer_gradients(
        prompts, answers, space=settings.space, batch_size=settings.batch_size
    )
    called = names or [str(row) for row in rows]
    for indices, result in batches:
        there = np.asarray([rows[i] for i in indices])
        _write_batch(features, there, result, settings, [called[i] for i in indices])
        on_batch(len(indices))


def _write_batch(
    features: Features,
    rows: npt.NDArray[np.int64],
    result: Any,
    settings: GradientSettings,
    names: Sequence[str],
) -> None:
    features.probabilities[rows] = result.probabilities.numpy()
    _check_finite(features.probabilities[rows], names, "probabilities")
    start = 0
    layers = zip(result.neurgrad(settings.sign), result.activations, strict=True)
    for layer, (gradients, activations) in enumerate(layers):
        g, a = gradients.numpy(), activations.numpy()
        _check_finite(g, names, f"gradients in layer {layer}")
        _check_finite(a, names, f"activations in layer {layer}")
        columns = slice(start, start := start + a.shape[1])
        features.codes[rows, columns] = coding.encode(g)
        features.activations[rows, columns] = a.clip(-FLOAT16_MAX, FLOAT16_MAX)


def _check_finite(values: npt.NDArray[np.floating], names: Sequence[str], what: str) -> None:
    bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if bad.any():
        name = names[int(bad.argmax())]
        raise DataError(f"prompt {name}: {what} are not finite; try --dtype float32")
