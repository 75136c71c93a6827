"""One prompt and its answers, run up to the last token once and then read as often as needed.

Reading consumes a body's cache. The prompt's keys and values are therefore kept as a prefix that is
never changed: every reading starts a new body from it, which costs a copy of them but runs no token
of the prompt again. A masked language model, which has no such prefix, runs its prompt at every
reading.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space
from neurgrad_eval.engine.gradients import batch_gradients
from neurgrad_eval.engine.intervention import Readings, intervening
from neurgrad_eval.engine.last_token import Body
from neurgrad_eval.engine.masked import MaskedBody
from neurgrad_eval.engine.prefix_cache import PrefixCache, common_prefix, compute_prefix, run_body
from neurgrad_eval.engine.reading import read
from neurgrad_eval.models.devices import execution_device, input_device

if TYPE_CHECKING:
    from neurgrad_eval.neuron_model import NeuronModel

NO_BEGINNING = PrefixCache(0, ())


@dataclass(frozen=True)
class Question:
    """A prompt that can be read out again and again; make one with `ask`."""

    model: NeuronModel
    body: Callable[[], Body | MaskedBody]
    """Starts a reading."""
    answers: tuple[int, ...]
    """Token ids of the answers."""

    def logits(
        self, deltas: Sequence[Tensor], copies: int, space: Space = "hidden"
    ) -> tuple[Tensor, Readings]:
        """Read the prompt out with `deltas` added to its neurons.

        Gradients flow if they are enabled where this is called.

        Parameters
        ----------
        deltas
            Per layer [1, copy, neuron].
        copies
            Copies of the position that is read.
        space
            Which vector the deltas are added to; see `intervention.intervening`.

        Returns
        -------
        Tensor [copy, vocabulary]
            Logits, float32.
        Readings
            The neurons before anything is added.
        """
        body = self.body()
        with intervening(self.model.sites, deltas, body.positions, space) as readings:
            logits = read(self.model.model, body, copies)
        return logits[0].float(), readings

    def gradients(self, space: Space) -> AnswerGradients:
        """Differentiate the first answer's probability: one prompt, one answer, all neurons."""
        ids = torch.tensor([self.answers[:1]], device=input_device(self.model.model))
        return batch_gradients(self.model.model, self.model.sites, self.body(), ids, space)

    def zeros(self, layer: int, copies: int = 1) -> Tensor:
        """Make a tensor [1, copy, neuron] that shifts nothing."""
        site = self.model.sites[layer]
        kind = {"dtype": self.model.model.dtype, "device": execution_device(site.module)}
        return torch.zeros(1, copies, site.width, **kind)


def ask(
    model: NeuronModel,
    prompt: str,
    answers: str | Sequence[str],
    *,
    beginning: PrefixCache = NO_BEGINNING,
) -> Question:
    """Run a prompt up to its last token.

    Parameters
    ----------
    model
        The model that is asked.
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
    if model.kind == "masked":
        make = model.bodies([tokens])
        return Question(model, lambda: make([0]), ids)
    kept = compute_prefix(model.model, tokens[beginning.length : -1], beginning)
    return Question(model, lambda: run_body(model.model, kept, [tokens[-1:]]), ids)


def run_beginning(
    model: NeuronModel, prompts: Sequence[str], answers: Sequence[str] | Sequence[Sequence[str]]
) -> PrefixCache:
    """Run the tokens that all prompts begin with, for `ask`; a masked language model has none.

    Parameters and errors are those of `NeuronModel.encode`.
    """
    encoded = model.encode(prompts, answers).prompts
    if model.kind == "masked":
        return NO_BEGINNING
    return compute_prefix(model.model, encoded[0][: common_prefix(encoded)])
