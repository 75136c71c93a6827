"""Result files that were read before need not be read again.

A samples file of a full edition has some megabytes per task, what is kept of it some kilobytes.
What was kept is stored in the user's cache, under a name made of the paths, sizes and times of the
files, of what they are compared with, and of the version that read them: a changed file is another
name.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec

from harness.leaderboard.finding import files_of
from harness.leaderboard.records import Run
from mceval8k.cache import cache_dir
from mceval8k.files import write_bytes
from mceval8k.version import __version__

FORM = 2
"""To be raised when what is kept, or what is checked, changes."""

_DECODER = msgspec.msgpack.Decoder(Run)


def cache_path(path: Path, label: str) -> Path:
    """Where the record of a result file would be, as the file and its samples are now."""
    stats = [(str(each), each.stat().st_size, each.stat().st_mtime_ns) for each in files_of(path)]
    text = json.dumps([FORM, __version__, label, stats])
    return cache_dir() / "leaderboard" / f"{hashlib.sha256(text.encode()).hexdigest()}.msgpack"


def load(path: Path) -> Run | None:
    """Record at a path; None where there is none, or none that can be read."""
    try:
        return _DECODER.decode(path.read_bytes())
    except (OSError, ValueError):
        return None


def store(path: Path, run: Run) -> None:
    """Keep a record; a cache that cannot be written is no reason to stop."""
    try:
        write_bytes(path, msgspec.msgpack.encode(run))
    except OSError:
        return
