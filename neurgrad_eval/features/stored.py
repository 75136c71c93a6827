"""Features as arrays of a file, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mceval8k.errors import DataError
from neurgrad_eval.features.compact import PackedCodes, pack_codes, unpack_codes
from neurgrad_eval.features.features import Features

Arrays = dict[str, npt.NDArray[Any]]


def to_arrays(part: Features) -> Arrays:
    """Features of some prompts as the arrays of a file."""
    return {
        **vars(pack_codes(part.codes)),
        "activations": part.activations,
        "probabilities": part.probabilities,
        "labels": part.labels,
        "widths": np.asarray(part.widths, dtype=np.int64),
    }


def from_arrays(arrays: Mapping[str, Any]) -> Features:
    """Features from the arrays of a file; DataError where they are none."""
    try:
        codes = PackedCodes(**{name: arrays[name] for name in PackedCodes.__dataclass_fields__})
        widths = tuple(int(width) for width in arrays["widths"])
        return Features(
            codes=unpack_codes(codes, sum(widths)),
            activations=arrays["activations"],
            probabilities=arrays["probabilities"],
            labels=arrays["labels"],
            widths=widths,
        )
    except (KeyError, ValueError, IndexError, TypeError) as error:
        raise DataError(f"these are no features: {error!r}") from None
