"""What the tests of all four packages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder with the released data: $MCEVAL8K_SHARED, or `shared` beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("MCEVAL8K_SHARED") or beside)
    if not (folder / "released").is_dir():
        pytest.skip(f"the released data is not at {folder}")
    return folder
