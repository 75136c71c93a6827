"""How MCEval8k is made: one builder per task, and checks on what they make."""
