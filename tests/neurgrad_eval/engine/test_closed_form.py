"""The last layer's gradients, where only a norm and the output layer follow, by their formula."""

from __future__ import annotations

import torch
from torch import Tensor

from neurgrad_eval.neuron_model import NeuronModel

PROMPT = "Choose.\n\nWhat is red?\nAnswer:"
ANSWERS = [" A", " B", " C"]


def test_the_last_layer(tiny: NeuronModel) -> None:
    """x = residual + W h; y = g·x / rms(x); log p = log softmax(U y).

    So ∂log p[k]/∂y = U[k] − Σ_j p[j]·U[j], and with v = g·∂log p/∂y and r = rms(x),
    ∂log p/∂x = v / r − x·(x·v) / (d·r³), and ∂p[k]/∂h = p[k]·Wᵀ·∂log p[k]/∂x.
    """
    model = tiny.model
    x = final_residual(tiny)
    norm, unembedding = model.model.norm, model.lm_head.weight
    width = len(x)
    rms = (x.square().mean() + norm.variance_epsilon).sqrt()
    p = (unembedding @ (norm.weight * x / rms)).softmax(0)
    answers = [tiny.tokenizer(answer)["input_ids"][0] for answer in ANSWERS]
    weight = tiny.sites[-1].module.weight
    expected = []
    for k in answers:
        v = norm.weight * (unembedding[k] - p @ unembedding)
        slope = v / rms - x * (x @ v) / (width * rms**3)
        expected.append(p[k] * (weight.T @ slope))
    found = tiny.answer_gradients([PROMPT], ANSWERS)
    torch.testing.assert_close(found.probabilities[0].double(), p[answers], rtol=1e-5, atol=0)
    torch.testing.assert_close(
        found.gradients[-1][0].double(), torch.stack(expected), rtol=1e-4, atol=1e-9
    )


def final_residual(tiny: NeuronModel) -> Tensor:
    """Residual stream [width] that enters the final norm at the last token."""
    seen: list[Tensor] = []
    hook = tiny.model.model.norm.register_forward_pre_hook(
        lambda _module, inputs: seen.append(inputs[0][0, -1])
    )
    with torch.no_grad():
        tiny.model(input_ids=torch.tensor([tiny.tokenizer(PROMPT)["input_ids"]]))
    hook.remove()
    return seen[0]
