"""What a gradient computation returns: by hand, as tables, compared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from mceval8k.errors import UsageError
from neurgrad_eval.engine.answer_gradients import AnswerGradients, concatenate
from neurgrad_eval.neuron_model import NeuronModel


def made() -> AnswerGradients:
    """One prompt, two answers, two layers of three and two neurons."""
    return AnswerGradients(
        probabilities=torch.tensor([[0.2, 0.8]]),
        gradients=(
            torch.tensor([[[0.5, -0.25, 3.0], [-1.0, 0.0, 2.0]]]),
            torch.tensor([[[1.0, 0.5], [4.0, -8.0]]]),
        ),
        activations=(torch.tensor([[-2.0, 4.0, 0.0]]), torch.tensor([[1.0, -1.0]])),
        space="hidden",
        prompts=("Who?",),
        answers=((" A", " B"),),
    )


def test_neurgrad_by_hand() -> None:
    first, second = made().neurgrad()
    assert first.tolist() == [[[-0.5, -0.25, 0.0], [1.0, 0.0, 0.0]]]
    assert second.tolist() == [[[1.0, -0.5], [4.0, 8.0]]]
    assert torch.equal(made().neurgrad(sign="signed")[0], made().gradients[0])
    # A silent neuron counts as negative in the paper's code.
    assert made().neurgrad(sign="paper")[0].tolist() == [[[-0.5, -0.25, -3.0], [1.0, 0.0, -2.0]]]
    with pytest.raises(UsageError, match="'upward' is none of magnitude, signed, paper"):
        made().neurgrad("upward")  # type: ignore[arg-type]


def test_a_table_of_all_neurons() -> None:
    table = made().to_pandas(" B")
    assert table.to_dict("list") == {
        "layer": [0, 0, 0, 1, 1],
        "neuron": [0, 1, 2, 0, 1],
        "activation": [-2.0, 4.0, 0.0, 1.0, -1.0],
        "gradient": [-1.0, 0.0, 2.0, 4.0, -8.0],
        "neurgrad": [1.0, 0.0, 0.0, 4.0, 8.0],
    }
    signed = made().to_pandas(np.int64(1), prompt=-1, sign="signed")
    assert signed["neurgrad"].tolist() == table["gradient"].tolist()


def test_the_largest_gradients_come_first() -> None:
    def places(answer: Any, k: int) -> list[tuple[int, int]]:
        table = made().top(answer=answer, k=k)
        return list(zip(table["layer"], table["neuron"], strict=True))

    assert places(" A", 2) == [(0, 2), (1, 0)]
    assert places(" A", 4) == [(0, 2), (1, 0), (0, 0), (1, 1)]  # equal ones in their own order
    assert places(1, 100) == [(1, 1), (1, 0), (0, 2), (0, 0), (0, 1)]
    assert made().top().index.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"answer": " C"}, "there is no answer ' C': ' A', ' B'"),
        ({"answer": 2}, "there is no answer 2: there are 2"),
        ({"prompt": 1}, "there is no prompt 1: there are 1"),
        ({"k": 0}, "k is 0: it must be at least 1"),
    ],
)
def test_what_is_not_there_is_named(chosen: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        made().top(**chosen)


def test_answers_without_their_texts_have_numbers() -> None:
    unnamed = replace(made(), prompts=(), answers=())
    assert unnamed.to_pandas(0).equals(made().to_pandas(" A"))
    with pytest.raises(UsageError, match="' A': give its number"):
        unnamed.top(" A")


def test_equal_are_those_whose_values_and_texts_are() -> None:
    assert made() == made()
    assert made() != replace(made(), space="up")
    assert made() != replace(made(), answers=((" A", " C"),))
    assert made() != replace(made(), probabilities=torch.tensor([[0.2, 0.7]]))
    assert made() != replace(
        made(), activations=(made().activations[0], torch.tensor([[1.0, 1.0]]))
    )
    assert made() != replace(made(), gradients=made().gradients[:1])
    assert made() != "gradients"
    with pytest.raises(TypeError, match="unhashable"):
        hash(made())


def test_repr_is_a_line() -> None:
    assert repr(made()) == (
        "AnswerGradients: 1 prompts, 2 answers, 5 neurons in 2 layers, space 'hidden'"
    )


def test_batches_are_joined_in_the_prompts_order(tiny: NeuronModel) -> None:
    texts = ["Who?", "What is it?", "I?"]
    whole = tiny.answer_gradients(texts, [" A", " B"])
    assert whole.prompts == tuple(texts)
    assert whole.answers == ((" A", " B"),) * 3
    batches = list(tiny.iter_answer_gradients(texts, [" A", " B"], batch_size=1))
    order = [number for indices, _ in batches for number in indices]
    assert order == [1, 0, 2]  # longest first
    joined = concatenate([part for _, part in batches], order)
    assert joined.prompts == whole.prompts
    torch.testing.assert_close(joined.gradients, whole.gradients)
