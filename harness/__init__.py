"""MCEval8k as lm-eval tasks."""
