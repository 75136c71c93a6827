"""Neuron empirical gradients of language models, and the skill neurons found with them."""
