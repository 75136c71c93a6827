from __future__ import annotations

import pytest

from harness.tasks.settings import Settings, read_settings
from mceval8k.errors import UsageError

ENVIRONMENT = {
    "MCEVAL8K_EDITION": "from-environment",
    "MCEVAL8K_REVISION": "v1",
    "MCEVAL8K_PACK": "other",
    "MCEVAL8K_SEED": "7",
}


def test_environment_alone() -> None:
    assert read_settings({}, ENVIRONMENT) == Settings("from-environment", "v1", "other", 7)


def test_metadata_wins_key_by_key() -> None:
    metadata = {"edition": "from-metadata", "demonstration_seed": 0}
    assert read_settings(metadata, ENVIRONMENT) == Settings("from-metadata", "v1", "other", 0)


def test_arguments_of_the_model_are_not_ours() -> None:
    metadata = {"pretrained": "gpt2", "revision": "main", "seed": 1234}
    settings = read_settings(metadata, {"MCEVAL8K_EDITION": "there"})
    assert settings == Settings("there", None, "default", 0)


def test_settings_survive_the_way_through_metadata() -> None:
    settings = Settings("owner/name", "main", "other", 3)
    assert read_settings(settings.to_metadata(), {}) == settings


@pytest.mark.parametrize("environment", [{}, {"MCEVAL8K_EDITION": ""}])
def test_without_an_edition_one_line_says_how_to_choose_it(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"set MCEVAL8K_EDITION .* --metadata") as caught:
        read_settings({}, environment)
    assert "\n" not in str(caught.value)


def test_rotation_must_not_be_negative() -> None:
    assert read_settings({"edition": "there", "rotation": "2"}, {}).rotation == 2
    with pytest.raises(UsageError, match=r"rotation \(MCEVAL8K_ROTATION\) is negative: -1"):
        read_settings({"edition": "there"}, {"MCEVAL8K_ROTATION": "-1"})


@pytest.mark.parametrize("seed", ["seven", "1.5", 2**63, "9" * 5000])
def test_seed_must_be_an_integer(seed: str | int) -> None:
    with pytest.raises(UsageError, match=str(seed)[:60]) as caught:
        read_settings({"edition": "there", "demonstration_seed": seed}, {})
    assert len(str(caught.value)) < 200
