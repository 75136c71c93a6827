"""What a reader of results that were computed in 16 bits must know."""

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
    dtype = about.get("dtype")
    if dtype not in _SHORT or about.get("compute_dtype") == "float32":
        return ()
    return (
        f"The model ran prompts in {dtype}: gradients and slopes differ from those in float32, "
        "those of weak neurons most; --compute-dtype float32 computes all of it in float32 "
        "(docs/gradients.md, Half precision).",
    )
