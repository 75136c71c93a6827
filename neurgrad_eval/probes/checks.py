"""Checks of what probes are given: finite numbers, gradients or codes of them, answer indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import check_array

from neurgrad_eval.features import codes as coding
from neurgrad_eval.features.codes import Codes
from neurgrad_eval.features.room import row_blocks

Labels = npt.NDArray[np.int64]
FLOATS = [np.float16, np.float32, np.float64]


def check_finite(features: npt.NDArray[Any]) -> None:
    """Raise ValueError for NaN and infinities, in no more memory than a block of rows takes."""
    for rows in row_blocks(features):
        assert_all_finite(features[rows], input_name="X")


def is_gradients(x: Any) -> bool:
    """Whether X is gradients [prompt, answer, neuron], and not codes of them."""
    return len(getattr(x, "shape", ())) == 3


def encoded(x: Any, n_answers: int) -> Codes:
    """Codes [prompt, neuron] of gradients [prompt, answer, neuron]."""
    gradients = check_array(x, dtype=FLOATS, allow_nd=True)
    if gradients.shape[1] != n_answers:
        raise ValueError(f"X holds gradients of {gradients.shape[1]} answers, not of {n_answers}")
    return coding.encode(gradients)


def check_codes(values: npt.NDArray[Any], n_answers: int) -> Codes:
    """Return whole numbers as codes of so many answers; raise ValueError where they are none."""
    kind, end = coding.code_type(n_answers), coding.n_codes(n_answers)
    if not np.issubdtype(values.dtype, np.integer):
        if not np.equal(np.mod(values, 1), 0).all():
            raise ValueError(
                f"X must hold gradients [prompt, answer, neuron], or codes of them, not "
                f"{values.dtype} in two dimensions"
            )
        values = values.astype(np.int64)
    if values.size and values.min() < 0:
        raise ValueError(f"Negative values in data passed to X: codes are 0 to {end - 1}")
    if values.size and values.max() >= end:
        raise ValueError(f"X holds numbers above {end - 1}: no codes")
    return values.astype(kind, copy=False)


def check_indices(labels: npt.NDArray[Any], n_answers: int) -> Labels:
    """Return labels as answer indices.

    Raises
    ------
    ValueError
        A label is none.
    """
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ValueError("labels must be answer indices 0, 1, …")
    if (largest := int(labels.max())) >= n_answers:
        raise ValueError(f"label {largest} is no index into {n_answers} answers")
    return labels.astype(np.int64)
