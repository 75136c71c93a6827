"""Editions on the Hub: a snapshot of one commit, read like a directory."""

from __future__ import annotations

import re
from pathlib import Path

from mceval8k.errors import UsageError

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
_FILES = ("*.parquet", "*.json", "tasks/*.yaml", "*.md")


def looks_like_hub_id(text: str) -> bool:
    """Whether a text has the form `owner/name`."""
    return _HUB_ID.fullmatch(text) is not None


def snapshot(repo_id: str, revision: str | None) -> tuple[Path, str]:
    """Download (or find in the Hub's cache) a data set repository; return its folder and commit.

    Offline, the requested revision is looked up in the cache, never another one.

    Raises
    ------
    UsageError
        The repository or revision cannot be had.
    """
    from huggingface_hub import snapshot_download

    from mceval8k.hub import HUB_ERRORS, patiently

    def download() -> str:
        return snapshot_download(
            repo_id, repo_type="dataset", revision=revision, allow_patterns=list(_FILES)
        )

    try:
        folder = patiently(f"edition {repo_id}", download)
    except HUB_ERRORS as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        at = f" at {revision}" if revision else ""
        raise UsageError(
            f"edition {repo_id}{at}: not a directory here, nor on the Hub: {reason}"
        ) from None
    return Path(folder), Path(folder).name
