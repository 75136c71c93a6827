"""What goes where: files of the results repository, of the Space, and of community evaluation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.leaderboard.publishing.evaluation import benchmark_yaml, results_yaml
from harness.leaderboard.writing import SUMMARY
from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.errors import DataError, UsageError
from mceval8k.json_text import read_json

EVAL_RESULTS = ".eval_results/mceval8k.yaml"
"""Where a model's repository has the scores of one source."""
EVAL_YAML = "eval.yaml"
"""What makes a data set repository a benchmark."""

_OURS = {
    "dataset": re.compile(
        r"(scores|answers|probabilities)\.parquet|(scores|rejected)\.csv|leaderboard\.json"
    ),
    "space": re.compile(r"(answers|models|tasks|items|assets)/[^/]+\.(html|js|css)|[^/]+\.html"),
}
"""Files that a board writes; those that a new board no longer has are deleted."""


@dataclass(frozen=True)
class Target:
    """What a repository is to hold."""

    repo_id: str
    repo_type: str
    """`dataset`, `space` or `model`."""
    files: Mapping[str, bytes]
    """Content by path; everything else in the repository stays as it is."""
    message: str
    """Of the commit."""
    as_pull_request: bool = False
    """Whether the change is proposed rather than made."""
    may_create: bool = False
    """Whether a repository that is not there is made."""
    private: bool = False
    """Whether one that is made is private."""

    def __post_init__(self) -> None:
        if not looks_like_hub_id(self.repo_id):
            raise UsageError(f"repository {self.repo_id!r} is not of the form owner/name")

    def is_stale(self, path: str) -> bool:
        """Whether a file of the repository is an earlier board's, and this one has no such file."""
        pattern = _OURS.get(self.repo_type)
        return bool(pattern and pattern.fullmatch(path)) and path not in self.files


def read_summary(folder: Path) -> Mapping[str, Any]:
    """Summary of a board.

    Raises
    ------
    UsageError
        The folder holds none.
    DataError
        It cannot be read.
    """
    path = folder / SUMMARY
    if not path.is_file():
        raise UsageError(f"{folder} is no board: make one with `mceval8k leaderboard build`")
    summary = read_json(path)
    if all(summary.get(name) for name in ("rows", "edition_digest", "main_setting")):
        return summary
    raise DataError(f"{path} is damaged: build the board again")


def results_target(folder: Path, repo_id: str, *, private: bool = False) -> Target:
    """The data set repository with the tables."""
    files = {**_files(folder / "data"), SUMMARY: (folder / SUMMARY).read_bytes()}
    message = _message(folder)
    return Target(repo_id, "dataset", files, message, may_create=True, private=private)


def space_target(folder: Path, repo_id: str, *, private: bool = False) -> Target:
    """The static Space with the pages."""
    files, message = _files(folder / "site"), _message(folder)
    return Target(repo_id, "space", files, message, may_create=True, private=private)


def benchmark_target(summary: Mapping[str, Any], benchmark: str) -> Target:
    """The benchmark's data set repository with its `eval.yaml`."""
    files = {EVAL_YAML: benchmark_yaml(summary).encode()}
    return Target(benchmark, "dataset", files, "MCEval8k: eval.yaml")


def model_target(
    summary: Mapping[str, Any],
    wanted: str,
    *,
    benchmark: str,
    revision: str,
    setting: str,
    source: str,
) -> Target:
    """A model's repository with its scores, as a pull request.

    Parameters
    ----------
    summary
        Of the board.
    wanted
        `owner/name`, or `NAME=owner/name` for a model that the board has under another name.
    benchmark, revision
        The benchmark's data set repository, and the commit of its edition.
    setting
        Label of the setting whose scores are given.
    source
        The results repository, which the scores are said to be of.

    Raises
    ------
    UsageError
        The board has no such model, or more than one row of it in this setting.
    """
    name, _, other = wanted.partition("=")
    rows = [r for r in summary["rows"] if r["model"] == name and r["setting"] == setting]
    if len(rows) != 1:
        what = "more than one row" if rows else "no row"
        raise UsageError(f"--model {name}: the board has {what} of it with setting {setting!r}")
    text = results_yaml(rows[0], summary, benchmark=benchmark, revision=revision, source=source)
    files = {EVAL_RESULTS: text.encode()}
    message = f"Add evaluation results of {benchmark}"
    return Target(other or name, "model", files, message, as_pull_request=True)


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        raise DataError(f"{folder} is missing: build the board again")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _message(folder: Path) -> str:
    summary = read_summary(folder)
    return f"MCEval8k leaderboard: {len(summary['rows'])} rows"
