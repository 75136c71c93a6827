"""Which edition, prompt pack and demonstrations a run uses.

lm-eval has no options of its own for these. They come from lm-eval's `--metadata` or, where that
is silent, from the environment:

=====================  =====================  ==================================================
metadata               environment            meaning
=====================  =====================  ==================================================
`edition`              `MCEVAL8K_EDITION`     directory or Hub id; required while none is published
`edition_revision`     `MCEVAL8K_REVISION`    branch, tag or commit of a Hub id
`pack`                 `MCEVAL8K_PACK`        prompt pack: name or YAML file (default: `default`)
`demonstration_seed`   `MCEVAL8K_SEED`        decides the few-shot demonstrations (default: 0);
                                              -1 for the first rows of train, without a draw
`rotation`             `MCEVAL8K_ROTATION`    positions by which the options move (default: 0)
=====================  =====================  ==================================================

lm-eval merges the model's arguments into the metadata. That is why the keys are not simply
`revision` and `seed`: those would be the model's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mceval8k.editions.published import PUBLISHED
from mceval8k.errors import UsageError
from mceval8k.prompts.pack import DEFAULT

VARIABLES = {
    "edition": "MCEVAL8K_EDITION",
    "edition_revision": "MCEVAL8K_REVISION",
    "pack": "MCEVAL8K_PACK",
    "demonstration_seed": "MCEVAL8K_SEED",
    "rotation": "MCEVAL8K_ROTATION",
}
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Settings:
    """What the tasks of one run have in common."""

    edition: str
    """Directory or Hub id."""
    edition_revision: str | None = None
    """Branch, tag or commit of a Hub id."""
    pack: str = DEFAULT
    """Name or path of the prompt pack."""
    demonstration_seed: int = 0
    """Seed of the few-shot demonstrations; -1 takes the first rows of train."""
    rotation: int = 0
    """Positions by which each item's options are moved, cyclically (`harness.tasks.rotation`)."""

    def to_metadata(self) -> dict[str, Any]:
        """The settings under the names that `read_settings` understands."""
        return {name: getattr(self, name) for name in VARIABLES}


def read_settings(metadata: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Settings of a run; metadata wins over the environment.

    Raises
    ------
    UsageError
        No edition is named, seed or rotation is no integer of 64 bits, or the rotation is negative.
    """
    given: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        value = metadata.get(name)
        given[name] = environment.get(variable) or None if value is None else value
    edition = given["edition"] or PUBLISHED
    if edition is None:
        raise UsageError(
            "no edition is chosen: set MCEVAL8K_EDITION to a directory or Hub id, or pass "
            '--edition (mceval8k eval) or --metadata \'{"edition": "..."}\' (lm-eval)'
        )
    rotation = _integer(given, "rotation")
    if rotation < 0:
        raise UsageError(f"rotation (MCEVAL8K_ROTATION) is negative: {rotation}")
    return Settings(
        edition=str(edition),
        edition_revision=_text_or_none(given["edition_revision"]),
        pack=str(given["pack"] or DEFAULT),
        demonstration_seed=_integer(given, "demonstration_seed"),
        rotation=rotation,
    )


def _text_or_none(value: Any) -> str | None:
    return None if value is None else str(value)


def _integer(given: Mapping[str, Any], name: str) -> int:
    try:
        value = int(given[name] or 0)
    except (TypeError, ValueError):
        value = _LARGEST + 1
    if not -_LARGEST <= value <= _LARGEST:
        told = repr(given[name])[:80]
        raise UsageError(f"{name} ({VARIABLES[name]}) is not an integer of 64 bits: {told}")
    return value
