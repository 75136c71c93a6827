"""From lm-eval's samples to answers: the items, the replies, and what was right."""
