"""Features of prompts: what probes need of the gradients, four bytes per neuron in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes
from neurgrad_eval.features.room import free_half, make_room
from neurgrad_eval.neurons import NO_EXPERTS, ExpertMap, count_per_layer


@dataclass(frozen=True, eq=False, repr=False)
class Features:
    """Features of prompts; neurons are numbered as in `neurgrad_eval.neurons`.

    Attributes
    ----------
    codes : uint16 [prompt, neuron]
        Signs and order of the answers' NeurGrad (`neurgrad_eval.features.codes`); uint64 of more
        than five answers.
    activations : float16 [prompt, neuron]
        Values beyond float16's range are its largest ones.
    probabilities : float32 [prompt, answer]
        Of each answer over the full vocabulary.
    labels : int64 [prompt]
        Gold answers.
    widths : tuple of int
        Neurons per layer.
    ids, groups, languages, questions : tuple of str [prompt]
        Name of each prompt, what belongs together (items of one group are never taken as
        independent), its language, and a digest of its question. Where ids are not given, they are
        the prompts' numbers, and each prompt is a group and a question of its own.
    texts : tuple of str [prompt]
        Texts of the items, for a baseline that reads no neurons; empty where not known, as in
        features that were stored.
    experts : ExpertMap
        Which neurons belong to which expert; empty where there are none, or it is not known.
    """

    codes: Codes
    activations: npt.NDArray[np.float16]
    probabilities: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64]
    widths: tuple[int, ...]
    ids: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    experts: ExpertMap = NO_EXPERTS

    def __post_init__(self) -> None:
        numbers = tuple(map(str, range(len(self.labels))))
        for name, default in (
            ("ids", numbers),
            ("groups", self.ids or numbers),
            ("languages", ("",) * len(numbers)),
            ("questions", self.ids or numbers),
            ("texts", ()),
        ):
            if not getattr(self, name):
                object.__setattr__(self, name, default)
            if len(getattr(self, name)) not in {len(default), len(numbers)}:
                raise ValueError(f"{name}: not {len(numbers)} of them")
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

    def about(self) -> dict[str, Any]:
        """What a result says of the neurons, as plain values."""
        return {"experts": self.experts.plain()} if self.experts.ranges else {}

    def signs(self, neurons: npt.ArrayLike) -> coding.Values:
        """Signs [prompt, neuron, answer] of the chosen neurons' NeurGrad."""
        return coding.signs(self.n_answers)[self.codes[:, np.asarray(neurons)]]

    def highest(self, neurons: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Answer [prompt, neuron] of the largest NeurGrad, the first of tied ones."""
        return coding.first_highest(self.codes[:, np.asarray(neurons)], self.n_answers)

    def lowest(self, neurons: npt.ArrayLike) -> npt.NDArray[np.int8]:
        """Answer [prompt, neuron] of the smallest NeurGrad, the first of tied ones."""
        return coding.first_lowest(self.codes[:, np.asarray(neurons)], self.n_answers)

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        sizes = f"{len(self):,} prompts, {self.n_answers} answers, {self.n_neurons:,} neurons"
        return f"Features: {sizes} in {len(self.widths)} layers"

    @property
    def chance(self) -> float:
        """One over the number of answers."""
        return 1 / self.n_answers

    def of_neurons(self, neurons: npt.ArrayLike) -> Features:
        """Features of the chosen neurons, given by rising flat numbers."""
        chosen = np.asarray(neurons)
        return replace(
            self,
            codes=np.ascontiguousarray(self.codes[:, chosen]),
            activations=np.ascontiguousarray(self.activations[:, chosen]),
            widths=tuple(count_per_layer(chosen, self.widths).tolist()),
            experts=NO_EXPERTS,
        )

    def take(self, prompts: npt.ArrayLike | slice) -> Features:
        """Features of the chosen prompts; of successive ones nothing is copied."""
        chosen = np.arange(len(self))[
            prompts if isinstance(prompts, slice) else np.asarray(prompts)
        ]
        first = int(chosen[0]) if len(chosen) else 0
        rows: Any = slice(first, first + len(chosen))
        if not np.array_equal(chosen, np.arange(first, first + len(chosen))):
            rows = chosen
        words = ("ids", "groups", "languages", "questions", "texts")
        known: dict[str, Any] = {
            name: tuple(getattr(self, name)[row] for row in chosen.tolist() if getattr(self, name))
            for name in words
        }
        return replace(
            self,
            codes=self.codes[rows],
            activations=self.activations[rows],
            probabilities=self.probabilities[rows],
            labels=self.labels[rows],
            **known,
        )


def features_bytes(prompts: int, n_answers: int, widths: tuple[int, ...]) -> int:
    """Bytes of the features of so many prompts."""
    code = np.dtype(coding.code_type(n_answers)).itemsize
    return prompts * sum(widths) * (code + np.dtype(np.float16).itemsize)


def empty_features(
    labels: Sequence[int], n_answers: int, widths: tuple[int, ...], *, budget: int | None = None
) -> Features:
    """Features of as many prompts as there are labels, to be filled.

    Parameters
    ----------
    labels
        Gold answers.
    n_answers
        Number of answers.
    widths
        Neurons per layer.
    budget
        Bytes of memory that they may take; larger ones are mapped (`room`). Half of what is free
        if not given.
    """
    prompts, neurons = len(labels), sum(widths)
    most = free_half() if budget is None else budget
    mapped = features_bytes(prompts, n_answers, widths) > most
    return Features(
        codes=make_room((prompts, neurons), coding.code_type(n_answers), mapped=mapped),
        activations=make_room((prompts, neurons), np.float16, mapped=mapped),
        probabilities=np.zeros((prompts, n_answers), dtype=np.float32),
        labels=np.asarray(labels, dtype=np.int64),
        widths=widths,
    )
