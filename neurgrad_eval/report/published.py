"""Accuracies that the paper gives for Llama2-7B, shown beside those of a run.

They are of another model, prompts and items: they say what to expect, and nothing is replicated.
Source: Zhao, Jiang and Yoshinaga, ACL 2025 (arXiv 2412.18053).
"""

from __future__ import annotations

PROBES = ("LM-Prob", "activation", "magnitude", "tree")
LLAMA2_7B = {
    "ner": (0.361, 0.453, 0.498, 0.740),
    "agnews": (0.588, 0.849, 0.702, 0.872),
    "paws": (0.524, 0.825, 0.815, 0.888),
    "commonsenseqa": (0.610, 0.613, 0.639, 0.773),
    "halueval": (0.520, 0.788, 0.783, 0.818),
    "mlama": (0.608, 0.622, 0.637, 0.724),
}
"""Task: accuracy of each of `PROBES`."""


def published(task: str) -> str:
    """Sentence with the paper's figures, empty where it gives none for the task."""
    if task not in LLAMA2_7B:
        return ""
    figures = ", ".join(
        f"{probe} {100 * accuracy:.1f}"
        for probe, accuracy in zip(PROBES, LLAMA2_7B[task], strict=True)
    )
    return (
        f"For comparison, the paper's figures for this task, which are of another model "
        f"(Llama2-7B), in per cent: {figures}."
    )
