"""The probing experiment: from an edition and a model to accuracies with intervals."""
