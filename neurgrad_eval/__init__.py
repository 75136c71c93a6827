"""Neuron empirical gradients of language models, and the skill neurons found with them.

Everything public is importable from here, and imported when it is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
