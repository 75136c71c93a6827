"""The benchmark as lm-eval tasks: the class, the YAML files, and what makes them."""
