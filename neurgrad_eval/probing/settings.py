"""What a probing experiment is asked to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import BALANCED
from mceval8k.prompts.pack import DEFAULT
from neurgrad_eval.features import GradientSettings


@dataclass(frozen=True)
class ProbeSettings:
    """Settings of one experiment; values that cannot be used raise UsageError."""

    task: str
    train_size: int
    """Training prompts, balanced over the labels."""
    test_size: int | None = None
    """Test prompts; None for all of the split."""
    neurons: tuple[int, ...] = (1024,)
    """How many neurons vote: candidates, of which validation prompts choose one for each probe;
    without validation prompts, each is a row of the result."""
    validation_size: int = 0
    """Validation prompts at most; none are asked where there is nothing to choose."""
    null_draws: int = 0
    """Random sets of neurons, and refits to permuted labels, of each probe that votes."""
    null_refits: int = 0
    """Refits of forest and regression, which take long, to permuted labels."""
    num_fewshot: int | Literal["balanced"] = BALANCED
    """Demonstrations per prompt; `balanced` is one per option."""
    seed: int = 0
    """Decides items, demonstrations, forest and bootstrap."""
    pack: str = DEFAULT
    """Name or path of the prompt pack."""
    gradients: GradientSettings = field(default_factory=GradientSettings)

    def __post_init__(self) -> None:
        sizes = {"train size": self.train_size, "test size": self.test_size}
        for name, size in sizes.items():
            if size is not None and size < 1:
                raise UsageError(f"{name} {size}: at least 1 is needed")
        if not self.neurons or min(self.neurons) < 1:
            raise UsageError("number of neurons: at least 1 is needed")
        counts = {
            "validation size": self.validation_size,
            "null draws": self.null_draws,
            "null refits": self.null_refits,
        }
        for name, count in counts.items():
            if count < 0:
                raise UsageError(f"{name} {count} is negative")
        if self.num_fewshot != BALANCED and self.num_fewshot < 0:
            raise UsageError(f"number of demonstrations {self.num_fewshot} is negative")
        if self.seed < 0:
            raise UsageError(f"seed {self.seed} is negative")
        if self.gradients.batch_size < 1:
            raise UsageError(f"batch size {self.gradients.batch_size}: at least 1 is needed")


def parse_size(text: str) -> int | None:
    """Read a number of items, or `all` (None)."""
    return None if text == "all" else _integer(text, "number of items (or 'all')")


def parse_fewshot(text: str) -> int | Literal["balanced"]:
    """Read a number of demonstrations, or `balanced`."""
    return BALANCED if text == BALANCED else _integer(text, "number of demonstrations")


def parse_neurons(texts: Iterable[str]) -> tuple[int, ...]:
    """Read numbers of neurons, each text a comma-separated list; ascending, each once."""
    words = [word.strip() for text in texts for word in text.split(",")]
    return tuple(sorted({_integer(word, "number of neurons") for word in words}))


def _integer(text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise UsageError(f"{text!r} is no {what}") from None
