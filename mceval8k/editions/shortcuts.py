"""What a task gives away: the strongest shortcut that the audit of an edition measured.

A shortcut is a baseline that never reads the question whole, such as a classifier of the hypothesis
alone. What it gets right is no credit to a model, so it is shown beside a score as chance is.
`builders.audit` measures shortcuts and writes them into the edition's `audit.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import jsonschema

from mceval8k.editions.manifest import MANIFEST, read_manifest
from mceval8k.errors import DataError
from mceval8k.files import sha256
from mceval8k.json_text import read_json

if TYPE_CHECKING:
    from mceval8k.editions.edition import Edition

AUDIT = "audit.json"

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_SCHEMA = {
    "type": "object",
    "required": ["reads", "accuracy", "low", "high", "chance", "rows", "languages"],
    "properties": {
        "reads": {"type": "string"},
        "accuracy": _SHARE,
        "low": _SHARE,
        "high": _SHARE,
        "chance": _SHARE,
        "rows": {"type": "integer", "minimum": 1},
        "languages": {"type": "object", "additionalProperties": _SHARE},
    },
}


@dataclass(frozen=True)
class Shortcut:
    """A baseline that does not read the question whole, and how often it is right."""

    reads: str
    """What it goes by: 'the options alone', '`hypothesis` alone'."""
    accuracy: float
    """Share of rows that it answers right; what it learns, it learns from other groups."""
    low: float
    """Lower bound of the accuracy: 95 % bootstrap over groups."""
    high: float
    """Upper bound."""
    chance: float
    """Accuracy that needs no baseline: one among k options, or the most frequent label."""
    rows: int
    """Distinct rows of all splits."""
    languages: Mapping[str, float]
    """Accuracy by language of the item."""

    def to_json(self) -> dict[str, Any]:
        """Fields by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Any) -> Shortcut:
        """Read what `to_json` gave.

        Raises
        ------
        ValueError
            It is something else.
        """
        try:
            jsonschema.validate(content, _SCHEMA)
        except jsonschema.ValidationError as error:
            raise ValueError(f"{error.json_path}: {error.message}") from None
        return cls(**{name: content[name] for name in cls.__dataclass_fields__})

    def __str__(self) -> str:
        return (
            f"{self.reads}: {self.accuracy:.1%} right, 95 % interval {self.low:.1%} to "
            f"{self.high:.1%}, chance {self.chance:.1%}"
        )


def strongest_shortcuts(edition: Edition) -> Mapping[str, Shortcut]:
    """Strongest shortcut of each task that has one, as the edition's own audit measured it.

    An edition without an audit, such as the released one, has none that is known.

    Raises
    ------
    DataError
        The audit is damaged, or not the one that the manifest names.
    """
    path = edition.path / AUDIT
    if not path.is_file() or not (edition.path / MANIFEST).is_file():
        return {}
    if read_manifest(edition.path).files.get(AUDIT) != sha256(path):
        raise DataError(f"{path}: content differs from the manifest's hash")
    try:
        tasks = read_json(path)["tasks"]
        found = {name: task.get("shortcut") for name, task in tasks.items()}
        return {name: Shortcut.from_json(each) for name, each in found.items() if each}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise DataError(f"{path}: {error}") from None
