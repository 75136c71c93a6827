"""The Hub: the upstream data sets as parquet, each read at one commit.

For each data set a commit is fixed once, before anything is read: the one that `--revisions` pins,
or else the one that a branch points to now. The branch is `main` where that holds the config as
parquet, and `refs/convert/parquet`, the Hub's own conversion, where it holds a script or another
format. All reads name the commit, and the commit is what the manifest records. Files are found by
the data set's own `configs:` header, else by the usual names; no code of a data set is ever run, so
what is a script alone cannot be had (`ELSEWHERE`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, hf_hub_download
from huggingface_hub.errors import RevisionNotFoundError

from builders.card.header import read_header
from builders.reading.files import read_rows
from builders.reading.parquet_names import split_files, what_is_there
from builders.reading.sources import Kind
from builders.reading.upstream import Store, Upstream, UpstreamRow
from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.errors import DataError, UsageError
from mceval8k.hub import HUB_ERRORS, patiently, why
from mceval8k.registry import all_tasks
from mceval8k.yaml_text import read_yaml

BRANCHES = ("main", "refs/convert/parquet")
COMMIT = re.compile(r"[0-9a-f]{40}")

ELSEWHERE = {
    "jigsaw": "it takes an account at Kaggle, and the competition's rules accepted there",
    "lang8": "it takes the request form of the Lang-8 corpus, and then cLang-8's own script",
    "ud": "treebanks are published as CoNLL-U files",
    "SEACrowd": "it is a script, which `datasets` no longer runs, and the Hub has not converted it",
    "McAuley-Lab": "its reviews are raw JSON lines of many gigabytes, not parquet",
}
"""Why data cannot be had from the Hub as parquet, by the first word of its id."""


@dataclass(frozen=True)
class Snapshot:
    """A data set at a commit."""

    commit: str
    """The commit, 40 hexadecimal digits."""
    paths: tuple[str, ...]
    """Its files."""
    header: Any = None
    """The YAML header of its README; None if it has none."""

    def files(self, upstream: Upstream) -> Mapping[str, tuple[str, ...]]:
        """Parquet files of each split that is wanted; none for a split that is not there."""
        config = upstream.source.config or "default"
        wanted = upstream.splits
        return {split: split_files(self.paths, self.header, config, split) for split in wanted}


@dataclass(frozen=True)
class Hub:
    """Reads upstream data sets from the Hub."""

    pins: Mapping[str, str] = field(default_factory=dict)
    """Commits by data set; a set without one is read at the commit its branch points to."""
    edition: str = "full"
    """Kind of edition that is built from it."""
    _seen: dict[tuple[str, str], Snapshot] = field(default_factory=dict)

    def has(self, upstream: Upstream) -> bool:
        """Whether the Hub has the data set's splits as parquet."""
        return absence(upstream) is None and self._find(upstream) is not None

    def rows(self, upstream: Upstream) -> Iterator[UpstreamRow]:
        """Rows of all splits, in the order of the files; see `Store.rows`."""
        snapshot = self._snapshot_of(upstream)
        name = upstream.source.id
        for split, paths in snapshot.files(upstream).items():
            first = 0
            for path in paths:
                number = -1
                local = _download(name, path, snapshot.commit)
                for number, place, values in read_rows(local, upstream.columns):
                    where = f"{name}@{snapshot.commit[:12]}: {path}: {place}"
                    yield UpstreamRow(values, name, f"{split}:{first + number}", where)
                first += number + 1

    def revision(self, upstream: Upstream) -> str:
        """Return the commit that is read."""
        return self._snapshot_of(upstream).commit

    def _snapshot_of(self, upstream: Upstream) -> Snapshot:
        if reason := absence(upstream):
            raise DataError(reason)
        if (found := self._find(upstream)) is None:
            at = self.pins.get(upstream.source.id) or " nor ".join(BRANCHES)
            splits = ", ".join(upstream.splits)
            seen = (
                each.paths for (name, _), each in self._seen.items() if name == upstream.source.id
            )
            raise DataError(
                f"{upstream.source.id}: config {upstream.source.config or 'default'} has not got "
                f"{splits} as parquet at {at}; there are: {what_is_there(chain(*seen))}; "
                f"{_advice(upstream)}"
            )
        return found

    def _find(self, upstream: Upstream) -> Snapshot | None:
        """Return the first commit that has all splits of a data set; they are looked up once."""
        name = upstream.source.id
        for revision in (self.pins[name],) if name in self.pins else BRANCHES:
            if (name, revision) not in self._seen:
                self._seen[name, revision] = _look_up(name, revision)
            snapshot = self._seen[name, revision]
            if all(snapshot.files(upstream).values()):
                return snapshot
        return None


def absence(upstream: Upstream) -> str | None:
    """Why a data set cannot be had from the Hub, and what to do; None for a set of the Hub."""
    name = upstream.source.id
    reason = ELSEWHERE.get(name.partition("/")[0])
    if reason is None and upstream.files is None and looks_like_hub_id(name):
        return None
    reason = reason or "it is no data set of the Hub"
    return f"{name}: {reason}; {_advice(upstream)}"


def _advice(upstream: Upstream) -> str:
    source, splits = upstream.source, "|".join(upstream.splits)
    hub_place = f"{source.id}/{source.config or 'default'}/{{split}}.parquet"
    place = (upstream.files or hub_place).format(split=splits)
    return f"get it at {source.url}, lay it into a directory as {place}, and name that as --source"


def _look_up(name: str, revision: str) -> Snapshot:
    """Fix the commit of a branch and list what it holds; a branch that is not there is empty."""
    try:
        commit, paths = patiently(f"{name}@{revision}", lambda: _listed(name, revision))
    except RevisionNotFoundError as error:
        if revision not in BRANCHES:
            raise DataError(f"{name}@{revision}: {why(error)}") from None
        return Snapshot("", ())
    except HUB_ERRORS as error:
        raise DataError(f"{name}@{revision}: {why(error)}") from None
    header = _header(name, commit) if "README.md" in paths else None
    return Snapshot(commit, paths, header)


def _listed(name: str, revision: str) -> tuple[str, tuple[str, ...]]:
    api = HfApi()
    commit = api.dataset_info(name, revision=revision).sha
    assert commit is not None
    return commit, tuple(api.list_repo_files(name, repo_type="dataset", revision=commit))


def _header(name: str, commit: str) -> Any:
    try:
        return read_header(_download(name, "README.md", commit).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, DataError):
        return None


def _download(name: str, path: str, commit: str) -> Path:
    """Download a file, or find it in the Hub's cache; what was cut off is resumed."""

    def download() -> str:
        return hf_hub_download(name, path, repo_type="dataset", revision=commit)

    try:
        return Path(patiently(f"{name}: {path}", download))
    except HUB_ERRORS as error:
        raise DataError(f"{name}@{commit[:12]}: {path}: {why(error)}") from None


def pinned(store: Store, path: Path) -> Hub:
    """Return a Hub source that reads the commits of a revisions file.

    Parameters
    ----------
    store
        What `--source` opened.
    path
        YAML that gives a commit per upstream id, or the manifest of an edition built from the Hub.

    Raises
    ------
    UsageError
        The source is not the Hub, or the file names no commits of upstream data sets.
    """
    if not isinstance(store, Hub):
        raise UsageError("--revisions is for --source hub")
    try:
        # Texts only: a commit of digits alone is no number.
        content = read_yaml(path, texts_only=True)
    except DataError as error:
        raise UsageError(f"--revisions {error}") from None
    if isinstance(content, dict) and isinstance(content.get("sources"), dict):
        content = content["sources"]
    if not isinstance(content, dict) or not content:
        raise UsageError(f"--revisions {path}: not a mapping of data sets to commits")
    known = {source.id for task in all_tasks().values() for source in task.sources}
    for name, commit in content.items():
        if name not in known:
            raise UsageError(f"--revisions {path}: {name!r} is no upstream of any task")
        if not (isinstance(commit, str) and COMMIT.fullmatch(commit)):
            raise UsageError(
                f"--revisions {path}: {name}: {commit!r} is no commit (40 hexadecimal digits)"
            )
    return Hub(dict(content))


KIND = Kind(name="hub", accepts=lambda text: text == "hub", open=lambda text: Hub())  # noqa: ARG005
