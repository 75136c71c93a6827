"""Columns that mean the same in every table: how they are headed, and how numbers are written."""

from __future__ import annotations

from typing import Literal

Format = Literal["text", "count", "share", "change", "number", "small", "p"]
"""How numbers are written: `share` 0.803, `change` +0.557, `number` 4 digits, `small` 1.2e-05."""

HEADINGS = {
    "above": "bands above chance",
    "accuracy_draws": "draws",
    "base": "nothing shifted",
    "best_ranked": "best ranked set",
    "beyond_lm_prob": "minus LM-Prob",
    "beyond_text": "minus text",
    "chosen_of": "prompts",
    "deepest": "deepest rank",
    "differs": "p < 0.05 against LM-Prob",
    "difference_random": "minus random",
    "difference_shuffled": "minus shuffled",
    "distance": "layers apart",
    "expected": "by chance",
    "forest": "largest forest",
    "giving_away": "of them giving away",
    "leaked": "of them leaked",
    "lift": "over chance",
    "loss": "lost",
    "n": "items",
    "neurgrad": "NeurGrad",
    "over_depth_1": "over depth 1",
    "over_vote": "over the vote",
    "p_holm": "p (Holm)",
    "p_random": "p (random)",
    "p_random_holm": "p (random, Holm)",
    "p_shuffled": "p (shuffled)",
    "p_shuffled_holm": "p (shuffled, Holm)",
    "p_value": "p",
    "paired_at_random": "by layers alone",
    "pearson": "Pearson",
    "pearson_by_prompt": "Pearson by prompt",
    "permuted": "permuted labels",
    "permuted_common": "permuted labels",
    "permuted_reach": "reach it, permuted labels",
    "random": "random neurons",
    "ranked": "ranked neurons",
    "reach": "reach it",
    "sign_agreement": "same sign",
    "shuffled": "shuffled orientations",
    "spearman": "Spearman",
    "spearman_by_prompt": "Spearman by prompt",
    "train_size": "training prompts",
    "unbroken": "unbroken depth",
}
"""Headings that are not the column's name with spaces."""
_FORMATS: dict[Format, str] = {
    "share": (
        "accuracy best best_ranked chance clean forest jaccard kept leaky linear mean on_leaked "
        "activation centred lm-prob logistic magnitude polarity text tree "
        "on_others other own paired_at_random pearson pearson_by_prompt permuted random "
        "rank_correlation ranked share shuffled sign_agreement spearman spearman_by_prompt "
        "spread threshold vote with_leaks without_leaks worst"
    ),
    "change": (
        "beyond_lm_prob beyond_text difference difference_random difference_shuffled inflation "
        "lift loss over_depth_1 over_vote"
    ),
    "p": "p p_holm p_random p_random_holm p_shuffled p_shuffled_holm p_value",
}
FORMATS: dict[str, Format] = {
    name: form for form, names in _FORMATS.items() for name in names.split()
}
"""How a column's numbers are written, where its type does not tell."""


def heading(name: str) -> str:
    """Heading of a column."""
    return HEADINGS.get(name, name.replace("_", " "))
