"""What experiments are given: items of a task, prompts, ranked neurons, stored features."""
