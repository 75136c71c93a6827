"""A language model whose neurons can be read, differentiated and shifted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from typing_extensions import Unpack

from mceval8k.errors import UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients, Space, concatenate
from neurgrad_eval.engine.contrast import (
    Against,
    ContrastGradients,
    Scale,
    batch_contrast,
    check_contrast,
)
from neurgrad_eval.engine.edits import At, Edits, editing
from neurgrad_eval.engine.generation import continue_prompt
from neurgrad_eval.engine.gradients import batch_gradients, check_output, check_space
from neurgrad_eval.engine.reading import AnyBody
from neurgrad_eval.neuron_model.running import Answers, BatchSize, Reading, Result, RunningModel


class NeuronModel(RunningModel):
    """A transformers language model, its tokenizer and its neurons.

    Make one with `from_pretrained` or, from a model that is loaded already, `from_model`.
    """

    def answer_gradients(
        self,
        prompts: Sequence[str],
        answers: Answers,
        *,
        space: Space = "hidden",
        batch_size: BatchSize = "auto",
        max_tokens: int | None = None,
    ) -> AnswerGradients:
        """Differentiate every answer's probability with respect to every neuron.

        Parameters
        ----------
        prompts
            Texts. The neurons are read at the last token; for a masked language model, at the one
            mask token that each text holds; for an encoder-decoder, which encodes the text, at the
            decoder's position that predicts the first token (`decoder_start`).
        answers
            Literal continuations, each one token after the prompt (`" A"`): the same for all
            prompts, or a list of equal length for each. For a masked language model, single tokens
            that stand in place of the mask; for an encoder-decoder, single tokens that begin its
            text.
        space
            `"hidden"`: the vector that enters the down-projection; `"up"`: the output of the
            up-projection of a gated block.
        batch_size
            Prompts per forward pass; `"auto"`: as many as the free memory holds (`engine.budget`),
            at most 8 on a CPU. Halved where memory does not hold them.
        max_tokens
            Tokens per forward pass, padding included; None for no limit.

        Returns
        -------
        AnswerGradients
            Of all prompts, in their order. For many prompts see `iter_answer_gradients`.

        Raises
        ------
        UsageError
            An answer is not one token, or the model has no such space.
        DataError
            A prompt is longer than the model's context, or has not one mask token, or what the
            model gives for it is not finite.
        """
        return _joined(
            self.iter_answer_gradients(
                prompts, answers, space=space, batch_size=batch_size, max_tokens=max_tokens
            )
        )

    def iter_answer_gradients(
        self, prompts: Sequence[str], answers: Answers, **options: Unpack[Reading]
    ) -> Iterator[tuple[list[int], AnswerGradients]]:
        """Yield gradients batch by batch, longest prompts first, in constant memory.

        Parameters are those of `answer_gradients`; `on_device=True` leaves the tensors where the
        model computes them, instead of moving them to the CPU.

        Yields
        ------
        list of int, AnswerGradients
            Indices into `prompts`, and the gradients of just these.
        """
        space = options.get("space", "hidden")
        check_space(self.sites, space)
        encoded = self.encode(prompts, answers)
        texts = encoded.texts

        def compute(body: AnyBody, ids: Tensor, indices: list[int]) -> AnswerGradients:
            found = batch_gradients(self.model, self.sites, body, ids, space)
            named = tuple(prompts[i] for i in indices), tuple(texts[i] for i in indices)
            found = replace(found, prompts=named[0], answers=named[1], experts=self.experts)
            if options.get("on_device"):
                return found
            check_output(found.probabilities, found.prompts)
            return found.cpu()

        yield from self._in_batches(encoded, compute, options)

    def contrast_gradients(
        self,
        prompts: Sequence[str],
        answers: Answers,
        gold: Sequence[int],
        *,
        against: Against = "mean",
        scale: Scale = "probability",
        **options: Unpack[Reading],
    ) -> ContrastGradients:
        """Differentiate the right answer's lead over the wrong ones, in one backward per batch.

        Parameters
        ----------
        prompts, answers, options
            As for `answer_gradients`.
        gold
            Index of each prompt's right answer.
        against
            `"mean"`: all wrong answers alike; `"best"`: the most probable wrong answer.
        scale
            `"probability"`: difference of probabilities; `"log-odds"`: of their logarithms.

        Raises
        ------
        UsageError, DataError
            As for `answer_gradients`; also if there are fewer than two answers, or no such gold.
        """
        space = options.get("space", "hidden")
        check_space(self.sites, space)
        encoded = self.encode(prompts, answers)
        check_contrast(gold, len(prompts), len(encoded.answers[0]), against, scale)

        def compute(body: AnyBody, ids: Tensor, indices: list[int]) -> ContrastGradients:
            right = torch.tensor([gold[i] for i in indices], device=ids.device)
            found = batch_contrast(
                self.model, self.sites, body, ids, right, against=against, scale=scale, space=space
            )
            check_output(found.probabilities, [prompts[i] for i in indices])
            return found

        return _joined(self._in_batches(encoded, compute, options))

    @contextmanager
    def intervene(
        self,
        *,
        add: Edits | None = None,
        scale: Edits | None = None,
        set: Edits | None = None,  # noqa: A002 - what it does
        at: At = "last",
    ) -> Iterator[None]:
        """Edit single neurons in everything that the model computes inside the `with` block.

        Gradients and sweeps inside it are those of the edited neurons: activations are read, and
        shifts added, after the edit.

        Parameters
        ----------
        add, scale, set
            By (layer, neuron) in the space `hidden`: what is added, in activation units, what the
            activation is multiplied with, or what it is set to. Of one neuron they are carried out
            in the order set, scale, add.
        at
            `"last"`: at the position that predicts the next token, of each pass; with `generate`,
            of the prompt's last token and of every token after it. `"all"`: at every position.

        Raises
        ------
        UsageError
            Nothing is edited, a neuron does not exist, or `"last"` is requested of a masked
            language model.
        """
        if at == "last" and self.kind == "masked":
            raise UsageError("a masked language model has no last position: give at='all'")
        with editing(self.model, self.sites, add=add, scale=scale, set=set, at=at):
            yield

    def generate(self, prompt: str, *, max_new_tokens: int = 20, **options: Any) -> str:
        """Generate a text after a prompt, greedily unless `options` say otherwise.

        Parameters
        ----------
        prompt
            A text.
        max_new_tokens
            Tokens at most.
        options
            Of transformers' `generate`.

        Returns
        -------
        str
            The continuation, without the prompt.

        Raises
        ------
        UsageError
            The model is a masked language model.
        DataError
            The prompt is empty, or longer than the model's context with what may follow it.
        """
        if self.kind == "masked":
            raise UsageError("a masked language model generates no text")
        with self.computing():
            return continue_prompt(
                self.model,
                self.tokenizer,
                prompt,
                max_new_tokens=max_new_tokens,
                context=self.context,
                options=options,
            )


def _joined(batches: Iterator[tuple[list[int], Result]]) -> Result:
    order: list[int] = []
    parts = []
    for indices, part in batches:
        order.extend(indices)
        parts.append(part)
    return concatenate(parts, order)
