"""From lm-eval's samples to answers: what was asked, what was replied, what was right."""
