"""Measured neuron empirical gradients: one neuron shifted at a time, many copies per pass."""
