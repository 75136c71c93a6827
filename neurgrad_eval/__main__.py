"""`python -m neurgrad_eval`, and so `accelerate launch -m neurgrad_eval`."""

from neurgrad_eval.cli import main

main()
