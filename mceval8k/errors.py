"""Errors that a user can cause, each with the exit status that the command line gives it."""

OUR_PACKAGES = frozenset(("mceval8k", "builders", "harness", "neurgrad_eval"))
_MISTAKES = (AssertionError, AttributeError, LookupError, NameError, TypeError)
"""What Python raises for a program that is wrong."""


class MCEvalError(Exception):
    """Base of all errors that name something a user can put right."""

    exit_code = 1


class UsageError(MCEvalError):
    """A name, option or path that cannot be used: exit status 2."""

    exit_code = 2


class DataError(MCEvalError):
    """A file, row or value that is not what it must be: exit status 1."""

    exit_code = 1


def is_own_fault(error: BaseException) -> bool:
    """Whether an error says that a line of this project is wrong, not a file or a library.

    Where whatever a library raises becomes one line, such an error is raised on: its traceback is
    what a report needs.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    module = "" if trace is None else str(trace.tb_frame.f_globals.get("__name__", ""))
    return isinstance(error, _MISTAKES) and module.partition(".")[0] in OUR_PACKAGES
