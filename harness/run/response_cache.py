"""Responses of a model kept on disk as they come, so that an interrupted run can be resumed.

lm-eval's own `--use_cache` finds a response by its request alone, whatever model gave it. Here
every file belongs to one model: its name carries a digest of the model's identity. Within it a
response is found by the SHA-256 of the kind of request and its full text. Values are JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.model import hash_args

from harness.prefix_scorer.processes import Processes
from mceval8k.errors import DataError, UsageError

Method = Callable[..., list[Any]]
METHODS = ("loglikelihood", "generate_until")
"""Requests of lm-eval whose responses are kept."""


class ResponseCache:
    """Responses of one model, in one SQLite file.

    It takes the place of lm-eval's `CacheHook`: models hand every response to `add_partial` at
    once, so that those are kept that came before a run was stopped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.served = 0
        """Responses that did not have to be requested again."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, timeout=60)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute("CREATE TABLE IF NOT EXISTS responses (key PRIMARY KEY, value)")
        except (OSError, sqlite3.Error) as error:
            raise UsageError(f"--cache: {path} cannot be used: {error}") from None

    def add_partial(self, method: str, arguments: Iterable[Any], response: Any) -> None:
        """Keep a response."""
        row = (hash_args(method, arguments), json.dumps(response))
        try:
            self._database.execute("INSERT OR IGNORE INTO responses VALUES (?, ?)", row)
        except sqlite3.Error as error:
            raise DataError(f"{self.path}: the response cannot be kept: {error}") from None

    def find(self, method: str, arguments: Iterable[Any]) -> Any | None:
        """Return the response to a request, or None."""
        query = "SELECT value FROM responses WHERE key = ?"
        try:
            row = self._database.execute(query, (hash_args(method, arguments),)).fetchone()
            return None if row is None else json.loads(row[0])
        except (sqlite3.Error, ValueError, TypeError) as error:
            raise DataError(f"{self.path} is damaged, delete it: {error}") from None

    def attach(self, lm: Any) -> None:
        """Make a model answer from here what it can, and keep here what it answers."""
        lm.set_cache_hook(self)
        gather = getattr(lm, "processes", Processes()).gather
        for name in METHODS:
            setattr(lm, name, self._answering(name, getattr(lm, name), gather))

    def _answering(self, name: str, ask: Method, gather: Callable[[Any], list[Any]]) -> Method:
        def answer(requests: Sequence[Instance], **kwargs: Any) -> list[Any]:
            own = [None if _sampled(r) else self.find(name, r.args) for r in requests]
            # Processes that share work must ask for the same, whoever has kept an answer.
            kept = zip(*gather(own), strict=True)
            found = [next((x for x in each if x is not None), None) for each in kept]
            missing = [r for r, known in zip(requests, found, strict=True) if known is None]
            self.served += len(requests) - len(missing)
            fresh = ask(missing, **kwargs) if missing else []
            for request, response in zip(missing, fresh, strict=True):
                if not _sampled(request):
                    self.add_partial(name, request.args, response)
            rest = iter(fresh)
            return [next(rest) if known is None else known for known in found]

        return answer


def _sampled(request: Instance) -> bool:
    """Whether the response is drawn at random: then no response is like another."""
    settings = request.args[1] if len(request.args) > 1 else None
    return isinstance(settings, dict) and bool(settings.get("do_sample"))


def cache_file(folder: Path, name: str, identity: Mapping[str, Any], rank: int = 0) -> Path:
    """File of the responses of one model, for one of the processes of a run."""
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", name)[-80:]
    return folder / f"{readable}-{digest}-{rank}.sqlite"


def file_states(arguments: Mapping[str, Any]) -> dict[str, list[tuple[str, int, int]]]:
    """Name, size and time of the files that a model's arguments point to.

    A model that was trained on and saved in the same folder is another model.
    """
    states: dict[str, list[tuple[str, int, int]]] = {}
    for name, value in arguments.items():
        path = Path(str(value))
        if isinstance(value, str) and path.exists():
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            read = [(file.name, file.stat()) for file in files if file.is_file()]
            states[name] = [(file, stat.st_size, stat.st_mtime_ns) for file, stat in read]
    return states
