"""Properties of skill neurons, computed from the features that `neurgrad probe` stored."""
