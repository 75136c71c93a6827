"""Repositories in memory: refs that point to commits, commits that hold files."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

USERS = {"hf_writer": "lab", "hf_reader": "guest"}
"""Tokens and whose they are; a user may write to the name space of that name only."""


def owner(name: str) -> str:
    """Whose a repository is; the names of models and Spaces begin with their kind."""
    return name.rsplit(":", maxsplit=1)[-1].split("/", maxsplit=1)[0]


class Refused(Exception):
    """What the Hub answers instead of a result."""

    def __init__(self, status: int, message: str, code: str = "", **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.headers = status, message, code, headers


@dataclass(frozen=True)
class File:
    """A file of a commit."""

    content: bytes
    lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def blob_id(self) -> str:
        """Git's name of what git stores: the content, or the pointer to a large file."""
        pointer = (
            "version https://git-lfs.github.com/spec/v1\n"
            f"oid sha256:{self.sha256}\nsize {len(self.content)}\n"
        )
        stored = pointer.encode() if self.lfs else self.content
        return hashlib.sha1(b"blob %d\0" % len(stored) + stored).hexdigest()

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.blob_id

    def described(self, path: str) -> dict[str, object]:
        entry = {"type": "file", "path": path, "size": len(self.content), "oid": self.blob_id}
        large = {"oid": self.sha256, "size": len(self.content), "pointerSize": 134}
        return {**entry, "lfs": large} if self.lfs else entry


@dataclass
class Repository:
    """A repository: everything it ever held, and what its branches and tags point to."""

    name: str
    private: bool = False
    commits: dict[str, dict[str, File]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    proposals: list[str] = field(default_factory=list)
    """Titles of the pull requests, in the order of their numbers."""
    authors: list[str | None] = field(default_factory=list)
    """Who opened each of them."""

    def propose(self, files: Mapping[str, File], title: str, author: str | None) -> str:
        """Open a pull request; return its ref."""
        self.proposals.append(title)
        self.authors.append(author)
        ref = f"refs/pr/{len(self.proposals)}"
        self.commit(ref, files, title)
        return ref

    def commit(self, ref: str, files: Mapping[str, File], message: str) -> str:
        listing = "".join(f"{path} {file.etag}\n" for path, file in sorted(files.items()))
        text = f"{self.name} {ref} {len(self.commits)} {message}\n{listing}"
        sha = hashlib.sha1(text.encode()).hexdigest()
        self.commits[sha] = dict(files)
        self.messages.append(message)
        self.refs[ref] = sha
        return sha

    def resolve(self, revision: str) -> str:
        for name in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            if name in self.refs:
                return self.refs[name]
        if revision in self.commits:
            return revision
        raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")

    def file(self, revision: str, path: str) -> tuple[str, File]:
        sha = self.resolve(revision)
        if path not in self.commits[sha]:
            repo_commit = {"X-Repo-Commit": sha}
            raise Refused(404, "Entry not found", "EntryNotFound", **repo_commit)
        return sha, self.commits[sha][path]


class Hub:
    """All repositories, uploaded large files, and the faults that a test has asked for."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.faults: dict[str, int] = {}
        self.requests: list[str] = []

    def fault(self, name: str) -> bool:
        """Whether a fault is due now; each is asked for a number of times (-1: always)."""
        left = self.faults.get(name, 0)
        if left > 0:
            self.faults[name] = left - 1
        return left != 0

    def user(self, authorization: str | None) -> str | None:
        """Whose token a request carries; None for none."""
        if not authorization:
            return None
        token = authorization.removeprefix("Bearer ")
        if token not in USERS:
            raise Refused(401, "Invalid credentials in Authorization header")
        return USERS[token]

    def find(self, name: str, user: str | None) -> Repository:
        """Find a repository that a user may see."""
        found = self.repositories.get(name)
        if found is None or (found.private and user != owner(name)):
            raise Refused(404 if user else 401, "Repository not found", "RepoNotFound")
        return found

    def create(self, name: str, private: bool, user: str | None) -> Repository:
        self.may_write(name, user)
        if name in self.repositories:
            raise Refused(409, "You already created this dataset repo")
        found = self.repositories[name] = Repository(name, private)
        found.commit("refs/heads/main", {".gitattributes": File(b"*.parquet\n", False)}, "initial")
        return found

    def may_write(self, name: str, user: str | None) -> None:
        if user is None:
            raise Refused(401, "Invalid username or password.")
        if user != owner(name):
            raise Refused(403, f"You don't have the rights to write to {name}")
