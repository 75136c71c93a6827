"""The options of a run, as `mceval8k eval` takes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.tasks.settings import Settings
from mceval8k.secrets import redact


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
    fewer_shots: bool = False
    """Show fewer demonstrations where train has too few for `num_fewshot`; otherwise an error."""
    limit: int | None = None
    """Ask only so many items of each task, a fixed random sample."""
    batch_size: str | None = None
    """A number, or `auto`; None is what suits the kind of model (`harness.run.models`)."""
    device: str | None = None
    """Device of an `hf` model; None is CUDA where there is one, else the CPU."""
    rotate: bool = False
    """Ask every item once per cyclic rotation of its options."""
    generate: bool = False
    """Let the model generate its answers instead of comparing log-likelihoods of the symbols."""
    apply_chat_template: bool = False
    """Put prompts into the model's chat template."""
    fewshot_as_multiturn: bool = True
    """With a chat template: every demonstration is a turn of the user and one of the assistant."""
    gen_kwargs: str | None = None
    """lm-eval's settings of generation, for example `max_gen_toks=4096,temperature=0.6`."""
    seed: int = 0
    """Seed of what is sampled when answers are generated."""
    system_instruction: str | None = None
    """Text before every prompt; with a chat template, the system's turn."""
    cache: Path | None = None
    """Folder that keeps the model's responses, so that a run that was cut short can be resumed."""

    def to_record(self) -> dict[str, Any]:
        """What belongs into the record of a run, under its names there."""
        return {
            "model": self.model,
            "model_args": redact(self.model_args),
            "pack": self.settings.pack,
            "demonstration_seed": self.settings.demonstration_seed,
            "num_fewshot": self.num_fewshot,
            "limit": self.limit,
            "rotate": self.rotate,
            "generate": self.generate,
            "fewshot_as_multiturn": self.apply_chat_template and self.fewshot_as_multiturn,
            "gen_kwargs": self.gen_kwargs,
        }
