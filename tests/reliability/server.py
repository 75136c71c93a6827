"""Runs commands, each in a fork of a process that has imported much, and kills some of them.

Every change to files below a folder raises an audit event of Python: opening for writing, renaming,
removing, making and removing folders. A run is killed just before the n-th of them, so that every
state in which a kill can leave the folder is reached. Files that libraries write by themselves go
to a temporary name, and come into their place by one of these events. A full disk is one on which
no file and folder can be made from the n-th change on; a limit for the size of files stops writes
in the middle of a file, those of libraries too.

Arguments are modules to import. Requests are lines of JSON on standard input, {"words": […],
"root": …, "kill": n, "full": n, "limit": bytes, "log": …, "seconds": …}; kill and full 0 are none,
so is limit null, and a command that takes longer is killed. Answers are lines of JSON,
{"status": …, "changes": …}.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import json
import os
import resource
import selectors
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

_MEMORY = 16 * 2**30
_EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate")
_MAKING = ("open", "os.mkdir", "os.symlink", "os.link")


def main() -> None:
    """Answer requests until there are no more."""
    import neurgrad_eval.cli
    from mceval8k import cli, folders
    from neurgrad_eval.runs import registry

    for name in registry.modules():
        registry.find(name)
    for name in sys.argv[1:]:
        importlib.import_module(name)
    mains = {"mceval8k": cli.main, "neurgrad": neurgrad_eval.cli.main}
    for line in sys.stdin:
        request = json.loads(line)
        (changes, told), (said, told_said) = os.pipe(), os.pipe()
        if (process := os.fork()) == 0:
            os.close(changes)
            os.close(said)
            _run(mains, folders, request, told, told_said)
        os.close(told)
        os.close(told_said)
        counted, text = _read_all(changes, said)
        _, status = os.waitpid(process, 0)
        Path(request["log"]).write_bytes(text)  # here, where no limit holds
        answer = {"status": os.waitstatus_to_exitcode(status), "changes": len(counted)}
        print(json.dumps(answer), flush=True)


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


def _run(mains: Any, folders: Any, request: Any, told: int, log: int) -> None:
    """Run a command in this process, which ends with it."""
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(fd, "wb", closefd=False)) for fd in (1, 2))  # noqa: SIM115
    root, count = os.path.realpath(request["root"]), 0

    def change(event: str = "", path: Any = None) -> None:
        nonlocal count
        count += 1
        os.write(told, b".")
        if count == request["kill"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if 0 < request["full"] <= count and event in _MAKING:
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

    signal.alarm(request["seconds"])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    if request["limit"] is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["limit"], request["limit"]))
    sys.addaudithook(hook)
    real = folders.exchange

    def exchange(one: Any, other: Any) -> bool:
        change()
        done: bool = real(one, other)
        change()
        return done

    folders.exchange = exchange
    sys.argv = request["words"]
    status = 1
    try:
        mains[request["words"][0]]()
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


if __name__ == "__main__":
    main()
