"""The Hub: patience with slow networks, errors in one line, and whether a file is there already.

Requests that only read are retried, with growing pauses, where the Hub or the network fails for a
while; a commit is sent once, since the Hub may have taken it though its answer was lost.

Tokens are found by huggingface_hub itself (`hf auth login`, `HF_TOKEN`); none is ever read, passed
or printed here.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from typing import Any, TypeVar

from huggingface_hub import get_session
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.hf_api import RepoFile

from mceval8k.console import say
from mceval8k.errors import MCEvalError, UsageError

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

_OF_TRANSPORT = tuple(
    base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception) and base is not OSError
)
_FOR_A_WHILE = frozenset((408, 425, 429, 500, 502, 503, 504))
_PAUSES = (1 / 60, 2 / 60, 4 / 60, 8 / 60)
"""Before another attempt, in units of the time limit."""
_VARIABLE = "MCEVAL8K_HUB_TIMEOUT"
Answer = TypeVar("Answer")


class HubError(MCEvalError):
    """The Hub refuses, or cannot be reached: exit status 1."""


def patiently(what: str, ask: Callable[[], Answer]) -> Answer:
    """Return what a call of huggingface_hub gives that changes nothing on the Hub.

    Each wait for the Hub ends after $MCEVAL8K_HUB_TIMEOUT seconds (60). Where it or the network
    fails for a while, the call is made up to four times again, after 1, 2, 4 and 8 seconds.

    Parameters
    ----------
    what
        What is requested, for the note that it is waited for.
    ask
        The call.

    Raises
    ------
    Exception
        One of `HUB_ERRORS`: of the last attempt, or of the first one that will not pass.
    """
    limit_waits()
    for pause in _PAUSES:
        try:
            return ask()
        except HUB_ERRORS as error:  # noqa: PERF203 - a few times at most
            if not _will_pass(error):
                raise
            seconds = pause * _limit()
            say(f"{what}: {why(error)}; retrying in {seconds:.0f} s")
            time.sleep(seconds)
    return ask()


def limit_waits() -> None:
    """End each wait of huggingface_hub for an answer after a while; by itself it waits for ever."""
    hooks = getattr(get_session(), "event_hooks", None)  # from version 1 on
    if hooks is not None and _set_limits not in hooks["request"]:
        hooks["request"].append(_set_limits)


def _set_limits(request: Any) -> None:
    limits = request.extensions.get("timeout") or {}
    of_phases = {name: limits.get(name) or _limit() for name in ("read", "write", "pool")}
    connecting = limits.get("connect") or min(10.0, _limit())
    request.extensions["timeout"] = {"connect": connecting, **of_phases}


def _limit() -> float:
    """Seconds that an answer of the Hub may take.

    Raises
    ------
    UsageError
        The variable holds something else.
    """
    text = os.environ.get(_VARIABLE) or "60"
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < 86400:
        raise UsageError(f"{_VARIABLE}={text}: not a number of seconds")
    return seconds


def _will_pass(error: BaseException) -> bool:
    """Whether what failed may work in a moment."""
    if isinstance(error, OfflineModeIsEnabled):
        return False
    if isinstance(error, HfHubHTTPError) and error.response is not None:
        return error.response.status_code in _FOR_A_WHILE
    cause = error.__cause__
    return isinstance(error, (*_OF_TRANSPORT, ConnectionError, TimeoutError)) or (
        cause is not None and _will_pass(cause)
    )


def is_same(content: bytes, remote: RepoFile) -> bool:
    """Whether the Hub has this very content: by SHA-256, or as git names a blob."""
    if remote.lfs is not None:
        return hashlib.sha256(content).hexdigest() == remote.lfs.sha256
    blob = b"blob %d\0" % len(content) + content
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest() == remote.blob_id


def why(error: BaseException) -> str:
    """Why a call failed, in a line that a user can act on."""
    if isinstance(error, LocalEntryNotFoundError):  # it is neither there nor here
        error = error.__cause__ or error
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
    message = " ".join((error.server_message or "").split())[:200]
    texts = {
        401: "the token is missing or wrong (`hf auth login`, or HF_TOKEN)",
        403: "the token has no permission for this",
        409: "it exists already, or you may not see it",
        412: "somebody else changed it at the same time: run the command again",
    }
    text = texts.get(status, f"the Hub answered {status}")
    return f"{text}: {message}" if message else text


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
