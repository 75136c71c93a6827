"""Runs commands of `mceval8k` in one process, one JSON line in and one out per command.

huggingface_hub reads its settings when it is imported, so this process is started with those of
the local server. A line is `{"command": […], "env": {…}}`, or `{"load": […]}` to load a task once
with the package and once with plain `datasets`. Waits between retries are left out.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import traceback
from typing import Any


def run(command: list[str]) -> dict[str, Any]:
    """Run a command of the builders, or a leaderboard's, as the command line does."""
    from mceval8k import console

    if command[0] == "leaderboard":
        from harness.cli import app
    else:
        from builders.cli import app

    out, err, status = io.StringIO(), io.StringIO(), 0
    sys.argv = ["mceval8k", *command]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            console.run(app)
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 0
        except BaseException:
            traceback.print_exc()
            status = -1
    return {"status": status, "stdout": out.getvalue(), "stderr": err.getvalue()}


def load(task: str, edition: str, revision: str | None) -> dict[str, Any]:
    """Rows and features of a task, as the package and as plain `datasets` give them."""
    import datasets

    from mceval8k import load_task
    from mceval8k.item import INPUT

    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as cache:
        plain = datasets.load_dataset(edition, task, revision=revision, cache_dir=cache)
        plain = plain.remove_columns(INPUT)  # which repeats what others say
        ours = load_task(task, edition, revision=revision)
        return {
            name: {
                split: [repr(rows.features), list(map(repr, rows))]
                for split, rows in loaded.items()
            }
            for name, loaded in (("ours", ours), ("plain", plain))
        }


def main() -> None:
    """Answer line by line until standard input ends."""
    time.sleep = lambda seconds: None
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        wanted = json.loads(line)
        os.environ.pop("HF_TOKEN", None)
        os.environ.update(wanted.get("env", {}))
        if "command" in wanted:
            answer = run(wanted["command"])
        else:
            try:
                answer = load(*wanted["load"])
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
