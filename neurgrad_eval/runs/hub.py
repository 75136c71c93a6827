"""Results on the Hub: a data set repository with a card, its tables as configs."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import CommitOperationAdd, HfApi, snapshot_download
from huggingface_hub.errors import RepositoryNotFoundError
from huggingface_hub.hf_api import RepoFile

from mceval8k.editions.hub import looks_like_hub_id
from mceval8k.errors import UsageError
from mceval8k.hub import HUB_ERRORS, HubError, is_same, patiently, why
from neurgrad_eval.runs.result import RESULT, Result, load

CARD = "README.md"
_FILES = ("*.parquet", "*.csv", "*.json", "*.html", CARD)


@dataclass(frozen=True)
class Pushed:
    """What a push did, or would do."""

    repo_id: str
    changes: dict[str, str]
    """`new`, `changed` or `same`, by file."""
    url: str | None
    """Of the commit; None after a dry run, or where nothing was to be done."""

    def __str__(self) -> str:
        lines = [f"{kind:8} {path}" for path, kind in self.changes.items()]
        end = self.url or "nothing was sent; give dry_run=False to push"
        return "\n".join([self.repo_id, *lines, end])


def push_to_hub(
    result: Result, repo_id: str, *, private: bool = False, dry_run: bool = True
) -> Pushed:
    """Put a result into a data set repository of the Hub, by one commit.

    What was typed for a run stays here, and local folders go by their last name.

    Parameters
    ----------
    result
        The result.
    repo_id
        `owner/name`; made if it is not there.
    private
        Whether a repository that is made is private.
    dry_run
        Whether to say only what would be done.

    Raises
    ------
    UsageError
        The name is none of a repository.
    HubError
        The Hub refuses, or cannot be reached.
    """
    if not looks_like_hub_id(repo_id):
        raise UsageError(f"repository {repo_id!r} is not of the form owner/name")
    files = _files(_public(result))
    try:
        head, held = _held(repo_id)
        changes = {path: _kind(content, held.get(path)) for path, content in files.items()}
        wanted = [path for path, kind in changes.items() if kind != "same"]
        if dry_run or not wanted:
            return Pushed(repo_id, changes, None)
        api = HfApi()
        if head is None:
            api.create_repo(repo_id, repo_type="dataset", private=private)
        done = api.create_commit(
            repo_id,
            [CommitOperationAdd(path, files[path]) for path in wanted],
            commit_message=f"Result of neurgrad {result.experiment}",
            repo_type="dataset",
            parent_commit=head,
        )
    except HUB_ERRORS as error:
        raise HubError(f"{repo_id}: {why(error)}") from None
    return Pushed(repo_id, changes, done.commit_url)


def from_hub(repo_id: str, *, revision: str | None = None) -> Result:
    """Load a result from a data set repository of the Hub.

    Parameters
    ----------
    repo_id
        `owner/name`.
    revision
        Branch, tag or commit.

    Raises
    ------
    HubError
        The repository or revision cannot be had.
    UsageError, DataError
        It holds no result, or its files are not those that were pushed.
    """

    def download() -> str:
        return snapshot_download(
            repo_id, repo_type="dataset", revision=revision, allow_patterns=list(_FILES)
        )

    try:
        folder = patiently(repo_id, download)
    except HUB_ERRORS as error:
        raise HubError(f"{repo_id}: {why(error)}") from None
    return load(folder)


def _public(result: Result) -> Result:
    """The result without what was typed, and with folders of this machine by their last name."""
    about = {name: _without_folder(value) for name, value in result.about.items()}
    return replace(result, about=about, options={})


def _without_folder(value: Any) -> Any:
    is_folder = isinstance(value, str) and Path(value).is_absolute()
    return Path(value).name if is_folder else value


def _files(result: Result) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "result"
        result.save(folder)
        content = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return {**content, CARD: card(result).encode()}


def _held(repo_id: str) -> tuple[str | None, dict[str, RepoFile]]:
    def look() -> tuple[str | None, dict[str, RepoFile]]:
        api = HfApi()
        head = api.repo_info(repo_id, repo_type="dataset").sha
        tree = api.list_repo_tree(repo_id, repo_type="dataset", revision=head)
        return head, {each.path: each for each in tree if isinstance(each, RepoFile)}

    try:
        return patiently(repo_id, look)
    except RepositoryNotFoundError:
        return None, {}


def _kind(content: bytes, held: RepoFile | None) -> str:
    if held is None:
        return "new"
    return "same" if is_same(content, held) else "changed"


def card(result: Result) -> str:
    """Write the card: YAML for `datasets`, what was measured, and how to load it."""
    configs: list[dict[str, Any]] = [
        {"config_name": name, "data_files": f"{name}.parquet"} for name in result.tables
    ]
    configs[0]["default"] = True
    head = {"tags": ["neurgrad", "interpretability", result.experiment], "configs": configs}
    tables = "\n".join(f"- `{name}`: {t.num_rows:,} rows" for name, t in result.tables.items())
    # JSON has no line break inside a text, so that nothing in it can end the block.
    about = json.dumps(result.about, indent=2, ensure_ascii=False)
    return f"""---
{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---

# Result of `neurgrad {result.experiment}`

Made with [MCEval8k](https://arxiv.org/abs/2412.18053)'s `neurgrad_eval`. `index.html` is the page,
`{RESULT}` says what the tables are, `manifest.json` holds the hash of every file.

{tables}

```python
import neurgrad_eval as ng

result = ng.from_hub("owner/name")
result.to_pandas()
```

Model, data and settings:

```json
{about}
```
"""
