"""What a reader of results that were computed in 16 bits, or by quantised kernels, must know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_SHORT = ("float16", "bfloat16")


def precision_notes(about: Mapping[str, Any]) -> tuple[str, ...]:
    """Warnings of a result, by the type of the weights that its model computed with.

    Parameters
    ----------
    about
        Model, data and settings of the result.
    """
    if about.get("rounds_by_batch"):
        return (
            "The model's kernels round by the batch: gradients and slopes of a prompt differ with "
            "what is computed beside it, those of weak neurons most. Weights that are not "
            "quantised, or 4 bits with a compute dtype of float32, do not.",
        )
    dtype = about.get("dtype")
    if dtype not in _SHORT or about.get("compute_dtype") == "float32":
        return ()
    return (
        f"The model ran prompts in {dtype}: gradients and slopes differ from those in float32, "
        "those of weak neurons most; --compute-dtype float32 computes all of it in float32 "
        "(docs/gradients.md, Half precision).",
    )
