"""What a repository holds now, and what would change."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import HfApi, get_token, hf_hub_download
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from harness.leaderboard.publishing.content import Target
from mceval8k.errors import UsageError
from mceval8k.hub import HUB_ERRORS, HubError, is_same, patiently, why

SHOWN_AS_TEXT = (".md", ".yaml")
"""Files whose lines are shown; of others the size is."""
LONGEST_DIFF = 400
"""Lines."""


@dataclass(frozen=True)
class Change:
    """What happens to a file."""

    path: str
    kind: str
    """`new`, `changed`, `same` or `deleted`."""
    size: int
    """Bytes, after the change."""
    lines: tuple[str, ...] = ()
    """Unified diff, for text."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request that is open."""

    url: str
    ref: str
    """Branch that holds it."""


@dataclass(frozen=True)
class Plan:
    """A target, and what it takes to get there."""

    target: Target
    head: str | None
    """Commit that was compared; None for a repository that is not there."""
    changes: tuple[Change, ...]
    pending: PullRequest | None = None
    """Open pull request for the same purpose, whose content was compared and is built upon."""

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be done."""
        return any(change.kind != "same" for change in self.changes)


def make_plan(target: Target) -> Plan:
    """Compare a target with its repository.

    Raises
    ------
    UsageError
        The repository is not there and is not one to be made.
    HubError
        The Hub cannot be reached or does not answer.
    """
    try:
        head, held = _look(target)
        if head is None and not target.may_create:
            name = f"{target.repo_type} {target.repo_id}"
            raise UsageError(f"{name} is not on the Hub, or the token may not see it")
        changes = tuple(_changes(target, head, held))
        pending = None
        if target.as_pull_request and any(change.kind != "same" for change in changes):
            pending = _open_pull_request(target)
        if pending is not None:
            head, held = _look(target, pending.ref)
            changes = tuple(_changes(target, head, held))
    except HUB_ERRORS as error:
        raise HubError(f"{target.repo_id}: {why(error)}") from None
    return Plan(target, head, changes, pending)


def _look(target: Target, revision: str | None = None) -> tuple[str | None, dict[str, RepoFile]]:
    """Commit and files of a repository, by default of its main branch."""
    name, kind = target.repo_id, target.repo_type

    def look() -> tuple[str | None, dict[str, RepoFile]]:
        api = HfApi()
        info = api.repo_info(name, repo_type=kind, revision=revision)
        tree = api.list_repo_tree(name, repo_type=kind, revision=info.sha, recursive=True)
        return info.sha, {each.path: each for each in tree if isinstance(each, RepoFile)}

    try:
        return patiently(name, look)
    except RepositoryNotFoundError:
        return None, {}


def _changes(target: Target, head: str | None, held: Mapping[str, RepoFile]) -> Iterator[Change]:
    for path, content in sorted(target.files.items()):
        kind = "new"
        if path in held:
            kind = "same" if is_same(content, held[path]) else "changed"
        lines: tuple[str, ...] = ()
        if kind != "same" and path.endswith(SHOWN_AS_TEXT):
            before = _text(target, path, head) if kind == "changed" else ""
            lines = _diff(path, before, content.decode())
        yield Change(path, kind, len(content), lines)
    for path in sorted(filter(target.is_stale, held)):
        yield Change(path, "deleted", 0)


def _text(target: Target, path: str, head: str | None) -> str:
    def download() -> str:
        return hf_hub_download(target.repo_id, path, repo_type=target.repo_type, revision=head)

    local = patiently(f"{target.repo_id}: {path}", download)
    return Path(local).read_bytes().decode(errors="replace")


def _diff(path: str, before: str, after: str) -> tuple[str, ...]:
    lines = list(
        difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=2
        )
    )
    left_out = len(lines) - LONGEST_DIFF
    if left_out > 0:
        lines = [*lines[:LONGEST_DIFF], f"… and {left_out} lines more"]
    return tuple(lines)


def _open_pull_request(target: Target) -> PullRequest | None:
    """Open pull request of the same title by the same account, if there is one."""
    api = HfApi()
    if get_token() is None:
        return None  # a dry run of somebody who is not logged in
    found = api.get_repo_discussions(
        target.repo_id,
        repo_type=target.repo_type,
        author=str(api.whoami()["name"]),
        discussion_type="pull_request",
        discussion_status="open",
    )
    own = (each for each in found if each.title == target.message)
    return next((PullRequest(each.url, str(each.git_reference)) for each in own), None)
