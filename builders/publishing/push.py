"""Pushing an edition: one commit, then a tag.

1. The edition must be valid. With `redistributable_only` it is rewritten without the tasks whose
   text may not be passed on. What is left must pass the audit.
2. It is compared with what the repository holds now.
3. All that differs goes into one commit on top of what was compared, which the Hub takes as a
   whole or not at all; then the commit is tagged. A tag is never moved.

A push that failed can be run again: what is there already is not sent a second time.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from builders.publishing.checks import check_layout, check_quality
from builders.publishing.difference import Change, changes, intruder
from builders.publishing.redistribution import withheld
from builders.publishing.subset import write_subset
from mceval8k.editions import open_edition
from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.editions.manifest import MANIFEST, read_manifest
from mceval8k.errors import MCEvalError, UsageError
from mceval8k.files import sha256
from mceval8k.hub import HUB_ERRORS, patiently, why

_TAG = re.compile(r"(?!.*(?:\.\.|//|\.lock$|[./]$))[A-Za-z0-9][A-Za-z0-9._/-]*")


class PushError(MCEvalError):
    """The Hub did not take the edition: exit status 1."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How an edition is pushed."""

    repo_id: str
    """The data set repository, `owner/name`."""
    tag: str | None = None
    """Name that the commit is given."""
    private: bool = False
    """Whether a repository that is created is private."""
    dry_run: bool = False
    """Whether to stop after the comparison."""
    redistributable_only: bool = False
    """Whether to leave out tasks whose text may not be passed on."""

    def __post_init__(self) -> None:
        if not looks_like_hub_id(self.repo_id):
            raise UsageError(
                f"repository {self.repo_id!r} is not of the form owner/name (no address, and no "
                "datasets/ before it)"
            )
        if self.tag is not None and not _TAG.fullmatch(self.tag):
            raise UsageError(f"--tag {self.tag!r} is no name of a tag")


@dataclass(frozen=True)
class Remote:
    """The repository as it is before the push."""

    head: str | None = None
    """Commit of its main branch; None for a repository that does not exist."""
    private: bool = False
    """Whether it is private."""
    files: tuple[RepoFile, ...] = ()
    """Its files."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Commits by tag."""

    @property
    def exists(self) -> bool:
        """Whether it is there."""
        return self.head is not None


@dataclass(frozen=True)
class Pushed:
    """What was pushed, or would be."""

    options: Options
    """What was requested."""
    edition: str
    """Kind of edition."""
    digest: str
    """SHA-256 of the manifest that is pushed."""
    left_out: Mapping[str, str]
    """Tasks that were left out, each with its licence."""
    changes: tuple[Change, ...]
    """What happens to each file."""
    remote: Remote
    """The repository before."""
    commit: str | None = None
    """The commit that holds the edition; None after a dry run."""
    url: str | None = None
    """Where the commit can be seen."""


def push(folder: Path, options: Options, *, tell: Callable[[Pushed], object] = id) -> Pushed:
    """Push an edition to the Hub.

    Parameters
    ----------
    folder
        An edition in our layout.
    options
        Where to, and how.
    tell
        Called with what is going to happen, before anything does.

    Raises
    ------
    UsageError
        There is no such folder, the repository or tag cannot be used, or nothing is left to push.
    DataError
        The edition is not valid, or the audit finds an error in what would be pushed.
    PushError
        The Hub refuses, or cannot be reached. The repository's content is as it was, unless the
        message names a commit.
    """
    check_layout(folder)
    with tempfile.TemporaryDirectory(prefix="mceval8k-") as name:
        left_out = _left_out(folder, options)
        if left_out:
            write_subset(folder, left_out, Path(name))
            folder = Path(name)
            check_layout(folder)
        check_quality(folder)
        plan = _plan(folder, options, left_out)
        tell(plan)
        return plan if options.dry_run else _carry_out(folder, plan)


def _left_out(folder: Path, options: Options) -> Mapping[str, str]:
    if not options.redistributable_only:
        return {}
    manifest = read_manifest(folder)
    edition = open_edition(folder)
    found = withheld(map(edition.task, edition.tasks), manifest.edition)
    if len(found) == len(manifest.tasks):
        raise UsageError(f"{folder}: none of its tasks may be passed on: {', '.join(found)}")
    return found


def _plan(folder: Path, options: Options, left_out: Mapping[str, str]) -> Pushed:
    remote = look_at(options.repo_id)
    name = options.repo_id
    if remote.exists and options.private and not remote.private:
        raise UsageError(f"{name} exists and is public: --private is for a repository to be made")
    if path := intruder(folder, remote.files):
        raise UsageError(f"{name} holds {path}, which the config `all` would read: remove it first")
    found = changes(folder, remote.files)
    is_new = any(change.kind != "same" for change in found)
    at = remote.tags.get(options.tag or "")
    if at is not None and (is_new or at != remote.head):
        raise UsageError(f"{name} has a tag {options.tag} already, at {at}: tags are never moved")
    edition, digest = read_manifest(folder).edition, sha256(folder / MANIFEST)
    return Pushed(options, edition, digest, left_out, found, remote)


def look_at(repo_id: str) -> Remote:
    """Look at a repository's main branch.

    Raises
    ------
    PushError
        The Hub cannot be reached or does not answer.
    """
    try:
        return patiently(repo_id, lambda: _look_at(repo_id))
    except RepositoryNotFoundError:
        return Remote()
    except HUB_ERRORS as error:
        raise PushError(f"{repo_id}: {why(error)}") from None


def _look_at(repo_id: str) -> Remote:
    api = HfApi()
    info = api.dataset_info(repo_id)
    tree = api.list_repo_tree(repo_id, repo_type="dataset", revision=info.sha, recursive=True)
    files = tuple(each for each in tree if isinstance(each, RepoFile))
    refs = api.list_repo_refs(repo_id, repo_type="dataset")
    tags = {tag.name: tag.target_commit for tag in refs.tags}
    return Remote(info.sha, bool(info.private), files, tags)


def _carry_out(folder: Path, plan: Pushed) -> Pushed:
    name, tag = plan.options.repo_id, plan.options.tag
    api = HfApi()
    if not plan.remote.exists:
        try:
            api.create_repo(name, repo_type="dataset", private=plan.options.private or None)
        except HUB_ERRORS as error:
            raise PushError(f"{name} cannot be created: {why(error)}") from None
    try:
        done = _commit(api, folder, plan)
    except HUB_ERRORS as error:
        made = "" if plan.remote.exists else f" (and {name} was created, and is left as it is)"
        raise PushError(
            f"{name}: the Hub confirmed no commit: {why(error)}; run this again{made}"
        ) from None
    if tag is not None and tag not in plan.remote.tags:
        try:
            api.create_tag(name, tag=tag, revision=done.commit, repo_type="dataset")
        except HUB_ERRORS as error:
            raise PushError(
                f"{name}: committed as {done.commit}, but not tagged {tag}: {why(error)}; run this "
                "again to tag it"
            ) from None
    return done


def _commit(api: HfApi, folder: Path, plan: Pushed) -> Pushed:
    """Send all changes as one commit; without any, the repository's head holds the edition."""
    name = plan.options.repo_id
    operations: list[CommitOperationAdd | CommitOperationDelete] = []
    for change in plan.changes:
        if change.kind == "deleted":
            operations.append(CommitOperationDelete(change.path))
        elif change.kind != "same":
            operations.append(CommitOperationAdd(change.path, folder / change.path))
    if not operations:
        return replace(plan, commit=plan.remote.head)
    info = api.create_commit(
        name,
        operations,
        commit_message=f"MCEval8k, edition {plan.edition} {plan.digest[:12]}",
        repo_type="dataset",
        parent_commit=plan.remote.head,
    )
    return replace(plan, commit=info.oid, url=info.commit_url)
