"""Runs commands, each in a fork of a process that has imported everything, and kills some of them.

Every change to files below a folder raises an audit event of Python: opening for writing, renaming,
removing, making and removing folders. A run is killed just before the n-th of them, so that every
state in which a kill can leave the folder is reached. Files that libraries write by themselves go
to a temporary name, and come into their place by one of these events.

Requests are lines of JSON on standard input, {"words": […], "root": …, "kill": n, "log": …,
"seconds": …}; kill 0 is none, and a command that takes longer is killed. Answers are lines of JSON,
{"status": …, "changes": …}.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import traceback
from typing import Any

_MEMORY = 16 * 2**30
_EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate")


def main() -> None:
    """Answer requests until there are no more."""
    import neurgrad_eval.cli
    from mceval8k import cli, folders
    from neurgrad_eval.models import loading
    from neurgrad_eval.runs import registry

    for name in registry.modules():
        registry.find(name)
    mains = {"mceval8k": cli.main, "neurgrad": neurgrad_eval.cli.main}
    assert loading
    for line in sys.stdin:
        request = json.loads(line)
        reading, writing = os.pipe()
        if (process := os.fork()) == 0:
            os.close(reading)
            _run(mains, folders, request, writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            changes = len(pipe.read())
        _, status = os.waitpid(process, 0)
        answer = {"status": os.waitstatus_to_exitcode(status), "changes": changes}
        print(json.dumps(answer), flush=True)


def _run(mains: Any, folders: Any, request: Any, told: int) -> None:
    """Run a command in this process, which ends with it."""
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(fd, "wb", closefd=False)) for fd in (1, 2))  # noqa: SIM115
    root, kill, count = os.path.realpath(request["root"]), request["kill"], 0

    def change() -> None:
        nonlocal count
        count += 1
        os.write(told, b".")
        if count == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def below(path: Any) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        return os.path.realpath(os.fsdecode(path)).startswith(root)

    def hook(event: str, args: Any) -> None:
        if event == "open":
            path, mode, flags = args
            written = any(c in (mode or "") for c in "wax+") or flags & (os.O_WRONLY | os.O_RDWR)
            if written and below(path):
                change()
        elif event in _EVENTS and below(args[0]):
            change()

    signal.alarm(request["seconds"])
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
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
