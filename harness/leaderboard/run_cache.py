"""Result files that were read before need not be read again.

A samples file of a full edition has some megabytes per task, what is kept of it some hundred bytes.
What was kept is stored in the user's cache, under a name made of the paths, sizes and times of the
files and of the version that read them: a changed file is another name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.leaderboard.reading import files_of
from harness.leaderboard.records import Example, Model, Rejected, Run, TaskResult
from harness.leaderboard.reliability import Reliability
from harness.samples.counts import Count
from mceval8k.cache import cache_dir
from mceval8k.files import write_text
from mceval8k.version import __version__

FORM = 1
"""To be raised when what is kept, or what is checked, changes."""


def cache_path(path: Path, label: str) -> Path:
    """Where the record of a result file would be, as the file and its samples are now."""
    stats = [(str(each), each.stat().st_size, each.stat().st_mtime_ns) for each in files_of(path)]
    text = json.dumps([FORM, __version__, label, stats])
    return cache_dir() / "leaderboard" / f"{hashlib.sha256(text.encode()).hexdigest()}.json"


def load(path: Path) -> Run | None:
    """Record at a path; None where there is none, or none that can be read."""
    try:
        return _run(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def store(path: Path, run: Run) -> None:
    """Keep a record; a cache that cannot be written is no reason to stop."""
    text = json.dumps(asdict(run), ensure_ascii=False, default=_encoded, separators=(",", ":"))
    try:
        write_text(path, text)
    except OSError:
        return


def _encoded(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def _run(stored: dict[str, Any]) -> Run:
    stored["model"] = Model(**stored["model"])
    stored["rejected"] = tuple(Rejected(**each) for each in stored["rejected"])
    stored["results"] = tuple(_result(each) for each in stored["results"])
    return Run(**stored)


def _result(stored: dict[str, Any]) -> TaskResult:
    stored["bits"] = base64.b64decode(stored["bits"])
    languages = stored["languages"].items()
    stored["languages"] = {lang: Count(**count) for lang, count in languages}
    if (known := stored["reliability"]) is not None:
        for name in ("counts", "confidence", "correct"):
            known[name] = tuple(known[name])
        stored["reliability"] = Reliability(**known)
    stored["examples"] = tuple(_example(each) for each in stored["examples"])
    return TaskResult(**stored)


def _example(stored: dict[str, Any]) -> Example:
    stored["options"] = tuple(stored["options"])
    stored["probabilities"] = tuple(stored["probabilities"])
    return Example(**stored)
