"""Runs commands, each in a fork of a process that has imported everything, and stops some of them.

Every change to files below a folder raises an audit event of Python: opening for writing, renaming,
removing, making and removing folders. Just before the n-th of them a run can be killed, and just
before each of them the folder can be copied, which is all that a kill there would leave of it.
Files that libraries write by themselves go to a temporary name, and come into their place by one of
these events. A full disk is one on which no file and folder can be made from the n-th change on; a
limit for the size of files stops writes in the middle of a file, those of libraries too.

Requests are lines of JSON on standard input, with the fields of `Request`; answers are lines of
JSON, {"status": …, "changes": …}. An argument `all` imports all modules at the start.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import importlib
import io
import json
import os
import pkgutil
import resource
import selectors
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

_MEMORY = 16 * 2**30
_PATIENCE = 5  # on a busy machine
_EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate")
_MAKING = ("open", "os.mkdir", "os.symlink", "os.link")
_PACKAGES = ("mceval8k", "builders", "harness", "neurgrad_eval")
_NOT_IMPORTED = ("lighteval_tasks", "__main__")
"""What needs another environment, or runs."""


@dataclass(frozen=True)
class Request:
    """A command to be run, and how."""

    words: list[str]
    """What is typed."""
    root: str
    """Folder whose changes are counted."""
    log: str
    """File for what is printed."""
    seconds: int
    """Of computing; a command that takes longer, or waits several times as long, is killed."""
    kill: int = 0
    """The change before which it is killed; 0 for none, as below."""
    full: int = 0
    """The change from which on the disk is full."""
    limit: int | None = None
    """Bytes that a file may have."""
    copies: str | None = None
    """Folder that is given, before each change, a copy of `root` with the number as its name."""
    threads: int = 1
    """Of torch and of Arrow."""
    env: Mapping[str, str] | None = None
    """Variables beside those of this process."""

    def to_line(self) -> str:
        """The request as it is sent."""
        return json.dumps(asdict(self)) + "\n"


def main() -> None:
    """Answer requests until there are no more."""
    mains = _import(everything=sys.argv[1:] == ["all"])
    gc.collect()
    gc.freeze()  # pages of what is imported stay shared with the forks
    for line in sys.stdin:
        request = Request(**json.loads(line))
        (changes, told), (said, log) = os.pipe(), os.pipe()
        if (process := os.fork()) == 0:
            os.close(changes)
            os.close(said)
            _run(mains, request, told, log)
        os.close(told)
        os.close(log)
        counted, text = _read_all(changes, said)
        _, status = os.waitpid(process, 0)
        Path(request.log).write_bytes(text)  # here, where no limit holds
        answer = {"status": os.waitstatus_to_exitcode(status), "changes": len(counted)}
        print(json.dumps(answer), flush=True)


def _import(*, everything: bool) -> Mapping[str, Callable[[], None]]:
    """Import the programs, and with them all that their commands may import."""
    from mceval8k import cli
    from neurgrad_eval import cli as neurgrad

    for name in _PACKAGES if everything else ():
        path = importlib.import_module(name).__path__
        for module in pkgutil.walk_packages(path, f"{name}."):
            if not module.name.endswith(_NOT_IMPORTED):
                importlib.import_module(module.name)
    return {"mceval8k": cli.main, "neurgrad": neurgrad.main}


def _read_all(*pipes: int) -> list[bytes]:
    """Read several pipes to their ends, whichever has something."""
    read = dict.fromkeys(pipes, b"")
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                found = os.read(key.fd, 1 << 16)
                read[key.fd] += found
                if not found:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    return list(read.values())


def _run(
    mains: Mapping[str, Callable[[], None]], request: Request, told: int, log: int
) -> NoReturn:
    """Run a command in this process, which ends with it."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(fd, "wb", closefd=False)) for fd in (1, 2))  # noqa: SIM115
    os.environ.update(request.env or {})
    _limit(request)
    _watch(request, told)
    sys.argv = request.words
    status = 1
    try:
        mains[request.words[0]]()
        status = 0
    except SystemExit as done:
        status = int(done.code or 0) if not isinstance(done.code, str) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _limit(request: Request) -> None:
    """Set what this process may use."""
    resource.setrlimit(resource.RLIMIT_CPU, (request.seconds, request.seconds))
    signal.alarm(_PATIENCE * request.seconds)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    if request.limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request.limit, request.limit))
    if request.threads > 1:
        import pyarrow as pa
        import torch

        pa.set_cpu_count(request.threads)
        torch.set_num_threads(request.threads)


def _watch(request: Request, told: int) -> None:
    """Have every change below the root told, and what is asked for done before it."""
    from mceval8k import folders

    root, count = os.path.realpath(request.root), 0

    def change(event: str = "", path: Any = None) -> None:
        nonlocal count
        count += 1
        os.write(told, b".")
        if request.copies is not None:
            shutil.copytree(root, f"{request.copies}/{count}", symlinks=True)
        if count == request.kill:
            os.kill(os.getpid(), signal.SIGKILL)
        if 0 < request.full <= count and event in _MAKING:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fsdecode(path))

    def below(path: Any) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        return os.path.realpath(os.fsdecode(path)).startswith(root)

    def hook(event: str, args: Any) -> None:
        if event == "open":
            path, mode, flags = args
            written = any(c in (mode or "") for c in "wax+") or flags & (os.O_WRONLY | os.O_RDWR)
            if written and below(path):
                change(event, path)
        elif event in _EVENTS and below(args[0]):
            change(event, args[0])

    def exchange(one: Any, other: Any) -> bool:
        change()
        done: bool = real(one, other)
        change()
        return done

    real, folders.exchange = folders.exchange, exchange
    sys.addaudithook(hook)


if __name__ == "__main__":
    main()
