"""Which repositories a board goes to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from harness.leaderboard.publishing.content import (
    Target,
    benchmark_target,
    model_target,
    read_summary,
    results_target,
    space_target,
)
from mceval8k.errors import UsageError


def targets(
    folder: Path,
    *,
    repo: str,
    space: str | None = None,
    benchmark: str | None = None,
    revision: str | None = None,
    eval_yaml: bool = False,
    models: Sequence[str] = (),
    setting: str | None = None,
    private: bool = False,
) -> list[Target]:
    """All that is to be published, in the order in which it is done.

    Raises
    ------
    UsageError
        The folder is no board, a name is not `owner/name`, the benchmark or its commit is not named
        though it is needed, or the board has no such model.
    """
    summary = read_summary(folder)
    found = [results_target(folder, repo, private=private)]
    if space is not None:
        found.append(space_target(folder, space, private=private))
    if (eval_yaml or models) and benchmark is None:
        raise UsageError("--eval-yaml and --model need --benchmark, the edition's repository")
    if models and not re.fullmatch(r"[0-9a-f]{40}", revision or ""):
        raise UsageError("--model needs --benchmark-revision, the edition's commit (40 digits)")
    if eval_yaml and benchmark is not None:
        found.append(benchmark_target(summary, benchmark))
    chosen = setting or summary["main_setting"]
    for model in models:
        assert benchmark is not None
        assert revision is not None
        found.append(
            model_target(
                summary,
                model,
                benchmark=benchmark,
                revision=revision,
                setting=chosen,
                source=repo,
            )
        )
    return found
