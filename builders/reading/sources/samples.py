"""The samples: small upstream-shaped files, written for this project and embedded in it."""

from __future__ import annotations

from pathlib import Path

from builders.reading.sources import Kind
from builders.reading.sources.mirror import Mirror

FOLDER = Path(__file__).parents[2] / "samples"

KIND = Kind(
    name="samples",
    accepts=lambda text: text == "samples",
    open=lambda text: Mirror(FOLDER, edition=text),
)
