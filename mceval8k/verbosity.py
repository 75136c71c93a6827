"""How much a command tells besides its result: `--quiet`, `--verbose`, bars on terminals only.

Every command of both programs has these options (`mceval8k.cli_options.with_shared`). Bars of our
own are those of `mceval8k.console.progress`.
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass
from functools import wraps
from typing import Any

from mceval8k.errors import UsageError

_LIBRARIES = ("HF_HUB_VERBOSITY", "DATASETS_VERBOSITY", "TRANSFORMERS_VERBOSITY")
"""Variables that settle, at import, what libraries log."""


@dataclass
class _Requested:
    quiet: bool = False
    verbose: bool = False


_requested = _Requested()


def is_quiet() -> bool:
    """Whether nothing but results and errors is to be shown."""
    return _requested.quiet


def is_verbose() -> bool:
    """Whether what libraries say is to be shown, also of their errors."""
    return _requested.verbose


def has_bars() -> bool:
    """Whether the progress of long work is shown: on a terminal that is not to be quiet.

    Of several processes, which share the terminal, the first one shows its own.
    """
    is_first = os.environ.get("RANK", "") in ("", "0")
    return is_first and not _requested.quiet and sys.stderr is not None and sys.stderr.isatty()


def ask(*, quiet: bool = False, verbose: bool = False) -> None:
    """Note what a command line requests.

    Raises
    ------
    UsageError
        Both are requested.
    """
    _requested.quiet |= quiet
    _requested.verbose |= verbose
    if _requested.quiet and _requested.verbose:
        raise UsageError("--quiet and --verbose exclude each other")


def settle(*, quiet: bool = False, verbose: bool = False) -> None:
    """Apply what was requested, also to libraries, before a command imports them; see `ask`."""
    ask(quiet=quiet, verbose=verbose)
    if _requested.quiet or _requested.verbose:
        level = "error" if _requested.quiet else "info"
        logging.basicConfig(level=level.upper(), format="%(name)s: %(message)s")
        for name in _LIBRARIES:
            os.environ.setdefault(name, level)
    if not has_bars():
        hide_bars_of_libraries()


def hide_bars_of_libraries() -> None:
    """Hide the bars of lm-eval, transformers, datasets and huggingface_hub, which are all tqdm's.

    A caller's `disable=False` wins over tqdm's own variable TQDM_DISABLE, and lm-eval gives one;
    in the log of a batch job its bars are thousands of lines.
    """
    from tqdm import tqdm  # type: ignore[import-untyped]

    start = tqdm.__init__
    if hasattr(start, "__wrapped__"):
        return

    @wraps(start)
    def hidden(self: Any, *args: Any, **kwargs: Any) -> None:
        start(self, *args, **{**kwargs, "disable": True})

    tqdm.__init__ = hidden
