"""One prompt and its answers, run up to the last token once and then read as often as needed.

Reading consumes a body's cache. The prompt's keys and values are therefore kept as a prefix that is
never changed: every reading starts a new body from it, which costs a copy of them but runs no token
of the prompt again. Where nothing can be cached, the prompt is run at every reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space
from neurgrad_eval.engine.encoder_decoder import tokens_per_copy
from neurgrad_eval.engine.gradients import batch_gradients
from neurgrad_eval.engine.intervention import ReadAt, Readings, Shifts, intervening
from neurgrad_eval.engine.prefix_cache import (
    PrefixCache,
    common_prefix,
    compute_prefix,
    empty_prefix,
    run_body,
)
from neurgrad_eval.engine.reading import AnyBody, read
from neurgrad_eval.models.devices import input_device

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel


@dataclass(frozen=True)
class Question:
    """A prompt that can be read out again and again; make one with `ask`."""

    model: NeuronModel
    body: Callable[[], AnyBody]
    """Starts a reading."""
    answers: tuple[int, ...]
    """Token ids of the answers."""
    tokens: int = 1
    """Tokens that each copy of a reading runs, or weighs as much as."""

    def logits(
        self,
        shifts: Shifts,
        copies: int,
        space: Space = "hidden",
        *,
        differentiate: bool = False,
    ) -> tuple[Tensor, Readings]:
        """Read the prompt out with its neurons shifted.

        Gradients flow if they are enabled where this is called. 16-bit weights compute in float32
        here, so that small shifts are not lost in rounding.

        Parameters
        ----------
        shifts
            By layer.
        copies
            Copies of the position that is read.
        space
            Which vector is added to; see `intervention.intervening`.
        differentiate
            Collect gradients where values are added.

        Returns
        -------
        Tensor [copy, vocabulary]
            Logits, float32.
        Readings
            The neurons before anything is added.
        """
        with self.model.computing():
            body = self.body()
        at = ReadAt(1, copies, body.positions)
        with (
            self.model.computing_last(),
            intervening(
                self.model.sites, at, shifts, space, differentiate=differentiate
            ) as readings,
        ):
            logits = read(self.model.model, body, copies)
        return logits[0].float(), readings

    def gradients(self, space: Space) -> AnswerGradients:
        """Differentiate the first answer's probability: one prompt, one answer, all neurons."""
        ids = torch.tensor([self.answers[:1]], device=input_device(self.model.model))
        with self.model.computing():
            body = self.body()
        with self.model.computing_last(tf32=True):
            return batch_gradients(self.model.model, self.model.sites, body, ids, space)


def ask(
    model: NeuronModel,
    prompt: str,
    answers: str | Sequence[str],
    *,
    beginning: PrefixCache | None = None,
) -> Question:
    """Run a prompt up to its last token.

    Parameters
    ----------
    model
        The model.
    prompt, answers
        A text, and its literal continuation or continuations by one token (`" Paris"`).
    beginning
        What the prompt begins with, if that has been run (`run_beginning`).

    Raises
    ------
    UsageError
        An answer is not one token after the prompt.
    DataError
        The prompt is empty, or longer than the model's context.
    """
    encoded = model.encode([prompt], [answers] if isinstance(answers, str) else answers)
    tokens, ids = encoded.prompts[0], encoded.answers[0]
    strategy = model.strategy(len(tokens)) if beginning is None else beginning.strategy
    if model.kind == "seq2seq":
        body = model.bodies([tokens])([0])
        return Question(model, lambda: body, ids, tokens_per_copy(strategy, len(tokens)))
    if not strategy.cached:
        make = model.bodies([tokens])
        return Question(model, lambda: make([0]), ids, len(tokens))
    start = beginning or empty_prefix(model.model, strategy)
    with model.computing():
        kept = compute_prefix(model.model, tokens[start.length : -1], start)
    return Question(model, lambda: run_body(model.model, kept, [tokens[-1:]]), ids)


def run_beginning(
    model: NeuronModel, prompts: Sequence[str], answers: Sequence[str] | Sequence[Sequence[str]]
) -> PrefixCache | None:
    """Run the tokens that all prompts begin with, for `ask`; None where that cannot be shared.

    Parameters and errors are those of `NeuronModel.encode`.
    """
    encoded = model.encode(prompts, answers).prompts
    strategy = model.strategy(max(map(len, encoded)))
    if not strategy.shares:
        return None
    start = empty_prefix(model.model, strategy)
    with model.computing():
        return compute_prefix(model.model, encoded[0][: common_prefix(encoded)], start)
