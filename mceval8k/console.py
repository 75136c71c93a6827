"""What the command lines share: results on stdout, all else on stderr, errors in one line."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

from mceval8k.cli_options import with_shared
from mceval8k.errors import OUR_PACKAGES, MCEvalError
from mceval8k.files import NO_ROOM
from mceval8k.secrets import redact
from mceval8k.text import escape_unseen, printable
from mceval8k.verbosity import has_bars, is_quiet, is_verbose

Piece = TypeVar("Piece")


class _Screen(Console):
    """Console that shows texts as they are: no markup, no emoji, no control character of them."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Segments of what is printed; those that move the cursor are Rich's own."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            yield segment if control else Segment(printable(text), style)


class _Messages(_Screen):
    """Console on standard error that a command with `--quiet` writes nothing to."""

    def print(self, *objects: Any, **how: Any) -> None:
        if not is_quiet():
            super().print(*objects, **how)


messages = _Messages(stderr=True)
"""Progress and notes."""


def results() -> Console:
    """Console for tables on stdout."""
    return _Screen()


def say(text: str) -> None:
    """Print a note."""
    messages.print(text, soft_wrap=True)


def complain(text: str) -> None:
    """Print what is wrong on standard error, also for `--quiet`."""
    _Screen(stderr=True).print(text, soft_wrap=True)


@contextmanager
def progress(title: str, total: int, *, shown: bool = True) -> Iterator[Callable[[int], None]]:
    """Show how far work is, and the time that is left, on a terminal or in a notebook.

    Parameters
    ----------
    title
        What is done.
    total
        Steps of it.
    shown
        False for the processes of which one shows it already.

    Yields
    ------
    Callable
        Tells of so many more steps.
    """
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = not shown or is_quiet() or not (has_bars() or messages.is_jupyter)
    with Progress(
        *columns, TimeRemainingColumn(), console=messages, transient=True, disable=hidden
    ) as bars:
        bar = bars.add_task(escape(title), total=total)
        yield lambda count: bars.advance(bar, count)


def tracked(title: str, pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Yield each piece of some work; see `progress`."""
    with progress(title, len(pieces)) as advance:
        for piece in pieces:
            yield piece
            advance(1)


def print_text(text: str) -> None:
    """Print text of the data on stdout, as it is but for control characters."""
    print(printable(text))


def print_json(value: Any) -> None:
    """Print a command's one machine-readable result."""
    print(escape_unseen(json.dumps(value, ensure_ascii=False, indent=2)))


_LONGEST = 2000
"""Characters of an error, which may repeat what was typed."""


class Stopped(BaseException):
    """The process received a request to end; what it holds is put in order on the way out.

    It is no KeyboardInterrupt, which Typer answers by itself, with another status.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = 128 + number


def run(app: typer.Typer) -> None:
    """Run a command line; a user's mistake becomes one line and its exit status.

    Interrupted it exits with 130, terminated with 143, as shells expect. What a terminal's encoding
    lacks is printed as an escape. With `--verbose`, the traceback of a library's error that became
    a line is shown before it.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with _stoppable():
        try:
            try:
                with_shared(typer.main.get_command(app))()
            finally:
                _flush()
        except MCEvalError as error:
            if is_verbose() and error.__cause__ is not None:
                complain(redact("".join(traceback.format_exception(error))))
            _fail(str(error), error.exit_code)
        except ModuleNotFoundError as error:
            _fail(how_to_install(library_of(error)), 2)
        except OSError as error:
            unnamed = f"standard output, or a temporary file in {tempfile.gettempdir()}"
            named = error.filename or (unnamed if error.errno in NO_ROOM else "")
            _fail(f"{named}: {error.strerror or error}".removeprefix(": "), 1)
        except Stopped as stopped:
            _fail(f"stopped by {stopped}", stopped.exit_code)


def _flush() -> None:
    """Write out what was printed; a reader that is gone, as of `| head`, has seen enough."""
    if sys.stdout is None or sys.stdout.closed:
        return
    try:
        sys.stdout.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)  # what is left is not written again at the end
        os.dup2(nowhere, sys.stdout.fileno())
        if error.errno != errno.EPIPE:
            raise OSError(error.errno, error.strerror, "standard output") from None


def _fail(reason: str, status: int) -> NoReturn:
    line = redact(" ".join(reason.split()))
    complain(f"error: {line if len(line) <= _LONGEST else f'{line[:_LONGEST]}…'}")
    sys.exit(status)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Raise `Stopped` where a signal asks the process to end."""

    def stop(number: int, _frame: object) -> NoReturn:
        for other in before:
            signal.signal(other, signal.SIG_IGN)  # the way out is not to be cut short
        raise Stopped(number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def library_of(error: ModuleNotFoundError) -> str:
    """Library that is not installed.

    Raises
    ------
    ModuleNotFoundError
        What is missing is a part of this project.
    """
    name = (error.name or "").partition(".")[0]
    if not name or name in OUR_PACKAGES:
        raise error
    return name


def how_to_install(*libraries: str) -> str:
    """What to do where a library of an extra is missing."""
    listed = ", ".join(libraries)
    return f"pip install 'mceval8k[all]' ({listed} is not installed)"
