"""Gradients that lean to or from the gold answer."""

import numpy as np

NEURONS = 30


def toy(answers, prompts=60, seed=0):
    """Gradients [prompt, answer, neuron] that lean to or from the gold answer, and labels."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(answers, size=prompts)
    g = rng.normal(size=(prompts, answers, NEURONS))
    g[np.arange(prompts), gold] += np.linspace(-1, 1, NEURONS)
    return g.astype(np.float32), gold


def toy_with_zeros(answers, prompts=60, seed=0):
    g, gold = toy(answers, prompts, seed)
    silent = np.random.default_rng(seed + 1).random((prompts, NEURONS)) < 0.1
    return np.where(silent[:, None], 0, g), gold
