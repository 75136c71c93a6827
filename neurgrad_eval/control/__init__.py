"""Several neurons at once: the predicted change of an answer's probability against the measured."""
