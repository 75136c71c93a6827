"""What goes wrong between here and the Hub, in one line; a token is never part of it."""

from __future__ import annotations

from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from mceval8k.errors import MCEvalError

# The second base is the error of the HTTP library, which is no OSError in all versions.
HUB_ERRORS: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    RuntimeError,
    *(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception)),
)
"""Everything that a call of huggingface_hub raises when the Hub, the network or the token fails."""

_STATUS = {
    401: "the token is missing or wrong (`hf auth login`, or HF_TOKEN)",
    403: "the token has no permission for this",
    412: "somebody else changed it at the same time: run the command again",
}


class PublishError(MCEvalError):
    """The Hub refuses, or cannot be reached: exit status 1."""


def why(error: BaseException) -> str:
    """Why a call failed, in a line that a user can act on."""
    if isinstance(error, RepositoryNotFoundError):
        return "there is no such repository, or the token may not see it"
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        told = " ".join((error.server_message or "").split())[:200]
        text = _STATUS.get(status, f"the Hub answered {status}")
        return f"{text}: {told}" if told else text
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
