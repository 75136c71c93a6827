"""The audit that an edition carries: `audit.json`, made when the edition is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from builders.audit.auditing import audit
from builders.audit.result import Audit
from mceval8k.editions import open_edition
from mceval8k.editions.shortcuts import AUDIT
from mceval8k.errors import DataError
from mceval8k.json_text import read_json


def write_audit(folder: Path, edition: str, *, processes: int = 1) -> None:
    """Audit the edition in a folder and write what was found into it, under the edition's name."""
    keep_audit(folder, replace(audit(open_edition(folder), processes=processes), edition=edition))


def keep_audit(folder: Path, found: Audit) -> None:
    """Write an audit into an edition's folder."""
    text = json.dumps(found.to_json(), indent=2, ensure_ascii=False)
    (folder / AUDIT).write_bytes(f"{text}\n".encode())


def read_audit(folder: Path) -> Audit | None:
    """Read the audit of an edition's folder; None where there is none, DataError for no audit."""
    path = folder / AUDIT
    if not path.is_file():
        return None
    content = read_json(path)
    try:
        return Audit.from_json(content)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: no audit: {error!r}") from None
