"""What is kept of a prompt: the signs and the order of its answers' gradients, and activations."""
