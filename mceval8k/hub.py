"""The Hub: what goes wrong on the way, in one line, and whether a file is there already.

Tokens are found by huggingface_hub itself (`hf auth login`, `HF_TOKEN`); none is ever read, passed
or printed here.
"""

from __future__ import annotations

import hashlib

from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from mceval8k.errors import MCEvalError

# The second base is the transport's own error (of requests or httpx), which is no OSError in all
# versions of huggingface_hub; an upload that fails is a RuntimeError, a malformed answer a
# ValueError.
HUB_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    RuntimeError,
    *(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception)),
)
"""Everything that a call of huggingface_hub raises when the Hub, the network or the token fails."""


class HubError(MCEvalError):
    """The Hub refuses, or cannot be reached: exit status 1."""


def is_same(content: bytes, remote: RepoFile) -> bool:
    """Whether the Hub has this very content: by SHA-256, or as git names a blob."""
    if remote.lfs is not None:
        return hashlib.sha256(content).hexdigest() == remote.lfs.sha256
    blob = b"blob %d\0" % len(content) + content
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest() == remote.blob_id


def why(error: BaseException) -> str:
    """Why a call failed, in a line that a user can act on."""
    if isinstance(error, RuntimeError) and error.__cause__ is not None:
        return f"{_first_line(error)} {why(error.__cause__)}"
    if isinstance(error, GatedRepoError):
        return "the set is gated: accept its terms on its page on the Hub, then `hf auth login`"
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such repository on the Hub, or the token may not see it"
    if isinstance(error, RevisionNotFoundError):
        return "there is no such revision"
    if isinstance(error, HfHubHTTPError):
        return _of_status(error)
    return _first_line(error)


def _of_status(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    told = " ".join((error.server_message or "").split())[:200]
    texts = {
        401: "the token is missing or wrong (`hf auth login`, or HF_TOKEN)",
        403: "the token has no permission for this",
        409: "it exists already, or you may not see it",
        412: "somebody else changed it at the same time: run the command again",
    }
    text = texts.get(status, f"the Hub answered {status}")
    return f"{text}: {told}" if told else text


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
