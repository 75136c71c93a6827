"""Samples with what a test is about, the rest filled in."""

from __future__ import annotations

from typing import Any

from harness.samples.sample import Sample


def made_sample(**fields: Any) -> Sample:
    """Sample of an item with two options, unless fields say otherwise."""
    usual = {
        "number": 0,
        "id": "x",
        "lang": "en",
        "question": "?",
        "options": ("No", "Yes"),
        "gold": 0,
        "group": "g",
        "verdict": 0.0,
        "symbols": ("A", "B"),
        "log_likelihoods": (),
        "reply": None,
    }
    return Sample(**{**usual, **fields})
