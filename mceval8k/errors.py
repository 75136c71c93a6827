"""Errors that a user can cause, each with the exit status that the command line gives it."""


class MCEvalError(Exception):
    """Base of all errors that name something a user can put right."""

    exit_code = 1


class UsageError(MCEvalError):
    """A name, option or path that cannot be used: exit status 2."""

    exit_code = 2


class DataError(MCEvalError):
    """A file, row or value that is not what it must be: exit status 1."""

    exit_code = 1
