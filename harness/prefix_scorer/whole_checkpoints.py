"""Checkpoints that lack weights are refused; transformers would draw those at random."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from transformers import PreTrainedModel

from neurgrad_eval.models.loading import check_whole, one_line


@contextmanager
def only_whole_checkpoints() -> Iterator[None]:
    """Raise UsageError where a model is loaded from a checkpoint without all of its weights.

    lm-eval loads models itself and takes nothing but the model, so that what is missing can only be
    seen inside of `from_pretrained`.
    """
    loader: Any = PreTrainedModel
    plain = loader.__dict__["from_pretrained"]

    def from_pretrained(cls: Any, name: Any, *args: Any, **options: Any) -> Any:
        with_info = options.pop("output_loading_info", False)
        model, info = plain.__func__(cls, name, *args, output_loading_info=True, **options)
        with one_line(f"model {name}"):
            check_whole(info["missing_keys"])
        return (model, info) if with_info else model

    loader.from_pretrained = classmethod(from_pretrained)
    try:
        yield
    finally:
        loader.from_pretrained = plain
