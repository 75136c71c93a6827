"""A real model on factual prompts: most neurons are linear, and NeurGrad is nearly their slope."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.neuron_model import NeuronModel
from neurgrad_eval.neurons import from_flat

pytestmark = [pytest.mark.model, pytest.mark.shared]


@pytest.mark.parametrize(("space", "linear", "least"), [("hidden", 0.7, 0.95), ("up", 0.9, 0.995)])
def test_linearity_and_correlation(
    real: NeuronModel, shared_dir: Path, space: str, linear: float, least: float
) -> None:
    """Over 450 neurons CG was measured to correlate with NEG by 0.981 (hidden), 0.9986 (up)."""
    model = real
    rows = pd.read_parquet(shared_dir / "probing" / "myriadlama-1000.parquet")
    measured, estimated, shares = [], [], []
    for number, row in enumerate(rows.iloc[:400:100].itertuples()):
        flat = np.random.default_rng(number).choice(sum(model.widths), 15, replace=False)
        layers, indices = from_flat(flat, model.widths)
        neurons = list(zip(layers.tolist(), indices.tolist(), strict=True))
        answer = f" {row.answer}".rstrip()
        if len(model.tokenizer(row.prompt + answer)["input_ids"]) != 1 + len(
            model.tokenizer(row.prompt)["input_ids"]
        ):
            answer = " A"
        swept = sweep(model, row.prompt, answer, neurons=neurons, space=space)
        gradient = model.answer_gradients([row.prompt], [answer], space=space).neurgrad()
        measured += swept.neg.tolist()
        estimated += [float(gradient[layer][0, 0, index]) for layer, index in neurons]
        shares.append(float((swept.linearity.abs() >= 0.95).double().mean()))
    correlation = float(torch.corrcoef(torch.tensor([measured, estimated]))[0, 1])
    assert correlation > least
    assert np.mean(shares) > linear
