"""The version of the package, of its editions and of its lm-eval tasks."""

__version__ = "0.1.0"
