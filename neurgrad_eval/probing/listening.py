"""Who is told how far an experiment is, and what is needed of the model that it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from neurgrad_eval.features import GradientModel


class NamedModel(GradientModel, Protocol):
    """A model with gradients and an identity."""

    @property
    def name(self) -> str:
        """Folder or Hub id."""

    @property
    def revision(self) -> str | None:
        """Commit of a Hub id."""

    @property
    def model(self) -> Any:
        """The torch module."""


def _nothing(_: Any) -> None:
    """Listen to nothing."""


@dataclass(frozen=True)
class Listener:
    """Who is told how far an experiment is."""

    on_stage: Callable[[str], None] = _nothing
    """Told what is being done, when it begins."""
    on_prompts: Callable[[int], None] = _nothing
    """Told how many more prompts have been differentiated."""
