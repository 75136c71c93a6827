"""One prompt and its answer, run up to the last token once and then read as often as needed.

Reading consumes a body's cache. The prompt's keys and values are therefore kept as a prefix that is
never changed (`reading.body_maker`): every reading starts a new body from it, which costs a copy of
them but runs no token of the prompt again. A masked language model, which has no such prefix, runs
its prompt at every reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from neurgrad_eval.devices import execution_device, input_device
from neurgrad_eval.gradients import batch_gradients
from neurgrad_eval.intervention import Readings, intervening
from neurgrad_eval.last_token import Body
from neurgrad_eval.masked_lm import MaskedBody
from neurgrad_eval.prefix_cache import PrefixCache, run_body
from neurgrad_eval.reading import read
from neurgrad_eval.result import AnswerGradients, Space

if TYPE_CHECKING:
    from neurgrad_eval.model import NeuronModel


@dataclass(frozen=True)
class Question:
    """A prompt that can be read out again and again; make one with `ask`."""

    model: NeuronModel
    body: Callable[[], Body | MaskedBody]
    """Starts a reading."""
    answer: int
    """Token id of the answer."""

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

    @torch.no_grad()
    def read(self, deltas: Sequence[Tensor], copies: int) -> tuple[Tensor, Readings]:
        """Probability of the answer [copy]; see `logits`."""
        logits, readings = self.logits(deltas, copies)
        return (logits[:, self.answer] - logits.logsumexp(-1)).exp(), readings

    def gradients(self, space: Space) -> AnswerGradients:
        """Differentiate the answer's probability: one prompt, one answer, all neurons."""
        ids = torch.tensor([[self.answer]], device=input_device(self.model.model))
        return batch_gradients(self.model.model, self.model.sites, self.body(), ids, space)

    def zeros(self, layer: int, copies: int = 1) -> Tensor:
        """Make a tensor [1, copy, neuron] that shifts nothing."""
        site = self.model.sites[layer]
        kind = {"dtype": self.model.model.dtype, "device": execution_device(site.module)}
        return torch.zeros(1, copies, site.width, **kind)


def ask(model: NeuronModel, prompt: str, answer: str) -> Question:
    """Run a prompt up to its last token.

    Parameters
    ----------
    model
        The model that is asked.
    prompt, answer
        A text, and its literal continuation by one token (`" Paris"`).

    Raises
    ------
    UsageError
        The answer is not one token after the prompt.
    DataError
        The prompt is empty, or longer than the model's context.
    """
    encoded = model.encode([prompt], [answer])
    make = model.bodies(encoded.prompts)
    return Question(model, lambda: make([0]), encoded.answers[0][0])


def ask_each(
    model: NeuronModel, prompts: Sequence[str], answers: Sequence[str]
) -> Iterator[tuple[Question, tuple[int, ...]]]:
    """Run prompts one by one, what they all begin with only once.

    Parameters
    ----------
    model
        The model that is asked.
    prompts
        Texts.
    answers
        Literal continuations of each of them, by one token.

    Yields
    ------
    Question
        Of each prompt; its answer is the first.
    tuple of int
        Token ids of all answers.

    Raises
    ------
    UsageError
        An answer is not one token after a prompt.
    DataError
        A prompt is empty, or longer than the model's context.
    """
    encoded = model.encode(prompts, answers)
    make = model.bodies(encoded.prompts)
    for number, tokens in enumerate(encoded.answers):
        yield Question(model, _kept(model, make, number), tokens[0]), tokens


def _kept(
    model: NeuronModel, make: Callable[[Sequence[int]], Body | MaskedBody], number: int
) -> Callable[[], Body | MaskedBody]:
    """Starts readings of a prompt, whose tokens but the last are run here."""
    body = make([number])
    if isinstance(body, MaskedBody):
        return lambda: body
    layers: Any = body.cache.layers
    kept = tuple((layer.keys, layer.values) for layer in layers)
    prefix, last = PrefixCache(int(body.lengths[0]), kept), [int(body.last[0])]
    return lambda: run_body(model.model, prefix, [last])
