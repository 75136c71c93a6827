"""`hf-prefix`: lm-eval's `hf` with the same numbers, without computing the same tokens again.

A multiple-choice run has the same opening (instruction, demonstrations) before every item, and
every item once per option. Here

1. requests with one context become one row, its continuations branching off (`rows`);
2. what rows begin with is found, also by groups such as languages or subjects (`prefixes`);
3. each shared beginning is run once, into a cache of keys and values (`scorer`);
4. the rest of the rows runs in batches, with logits only where an answer is read (`forward`).

Models that cannot do this score as `hf` does (`support`).
"""

from __future__ import annotations

NAME = "hf-prefix"


def register() -> None:
    """Make `hf-prefix` known to lm-eval, which has no plugins of its own."""
    import lm_eval.models  # noqa: F401 - a registry that holds ours alone would never get them
    from lm_eval.api.registry import model_registry

    if NAME not in model_registry:
        model_registry.register(NAME, target="harness.prefix_scorer.model:PrefixLM")
