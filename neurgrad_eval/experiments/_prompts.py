"""Experiments on prompts and their answers: what they share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neurgrad_eval.engine.gradients import check_space
from neurgrad_eval.engine.joint_shifts import COPIES, copies_within
from neurgrad_eval.inputs.options import loaded
from neurgrad_eval.inputs.prompt_file import Chosen, PromptRow, choose_prompts, read_prompts
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import check_count
from neurgrad_eval.runs.experiment import Experiment

if TYPE_CHECKING:
    from typing_extensions import Self


class PromptExperiment(Experiment):
    """Base of experiments whose units are prompts.

    Parameters
    ----------
    settings
        Of the experiment; they have a `space`, and say by `most` how many neurons they need.
    model
        The model.
    chosen
        Prompts, and the answer of each.
    copies
        Interventions per forward pass.
    """

    def __init__(
        self, settings: Any, model: NeuronModel, chosen: Chosen, copies: int = COPIES
    ) -> None:
        check_space(model.sites, settings.space)
        check_count(model.widths, settings.most)
        self.settings = settings
        self.model = model
        self.chosen = chosen
        self.copies = copies

    @classmethod
    def check(cls, options: Any) -> None:
        """Read the file of prompts."""
        read_prompts(options.prompts)

    @classmethod
    def open(cls, options: Any, out: Path | None) -> Self:
        """Load the model, and choose the prompts whose answer is one token for it."""
        model = loaded(options)
        chosen = choose_prompts(model, options.prompts, options.limit)
        return cls(options, model, chosen, copies_within(options.max_tokens))

    def about(self) -> dict[str, Any]:
        """Model, prompts and settings."""
        return {**self.model.about(), **self.chosen.about(), **super().about()}

    def units(self) -> Mapping[str, PromptRow]:
        """The prompts, by their number in the file."""
        return self.chosen.units()

    def facts(self) -> dict[str, int]:
        """How many prompts were used, and how many skipped."""
        return {"prompts": len(self.chosen.rows), "skipped": self.chosen.skipped}
