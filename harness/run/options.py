"""The options of a run, as `mceval8k eval` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.run.run_record import without_secrets
from harness.tasks.settings import Settings


@dataclass(frozen=True)
class Options:
    """What to evaluate, on what, and how."""

    model: str
    """lm-eval's name of the kind of model, for example `hf`."""
    model_args: str
    """lm-eval's arguments of the model, for example `pretrained=gpt2`."""
    settings: Settings
    """Edition, pack and seed."""
    tasks: str = "all"
    """Comma-separated tasks, genres or `all`."""
    num_fewshot: str = "0"
    """Demonstrations before each item: a number, or `balanced` for one per option."""
    limit: int | None = None
    """Ask only so many items of each task, a fixed random sample."""
    batch_size: str = "1"
    """A number, or `auto`."""
    device: str | None = None
    """Device of an `hf` model; None is CUDA where there is one, else the CPU."""
    rotate: bool = False
    """Ask every item once per cyclic rotation of its options."""
    generate: bool = False
    """Let the model generate its answers instead of comparing log-likelihoods of the symbols."""
    apply_chat_template: bool = False
    """Put prompts into the model's chat template."""
    system_instruction: str | None = None
    """Text before every prompt; with a chat template, the system's turn."""
    cache: Path | None = None
    """Folder that keeps the model's responses, so that a run that was cut short can go on."""

    def to_record(self) -> dict[str, Any]:
        """What belongs into the record of a run, under its names there."""
        return {
            "model": self.model,
            "model_args": without_secrets(self.model_args),
            "pack": self.settings.pack,
            "demonstration_seed": self.settings.demonstration_seed,
            "num_fewshot": self.num_fewshot,
            "limit": self.limit,
            "rotate": self.rotate,
            "generate": self.generate,
        }
