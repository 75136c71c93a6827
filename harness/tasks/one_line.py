"""Mistakes of a user under lm-eval's own command: one line, no traceback."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

from mceval8k.errors import MCEvalError
from mceval8k.secrets import redact
from mceval8k.text import printable


def errors_in_one_line() -> None:
    """Show errors of this project in one line where lm-eval's command runs; elsewhere do nothing.

    lm-eval lets errors of tasks through, with a traceback; programs that call it get the exception.
    """
    if not _is_lm_eval(getattr(sys.modules.get("__main__"), "__file__", None)):
        return
    show = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, MCEvalError):
            print(f"error: {printable(redact(' '.join(str(error).split())))}", file=sys.stderr)
        else:
            show(kind, error, trace)

    sys.excepthook = hook


def _is_lm_eval(program: str | None) -> bool:
    path = Path(program or "")
    return path.stem in ("lm-eval", "lm_eval") or path.parts[-2:] == ("lm_eval", "__main__.py")
