"""The command `mceval8k push`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from mceval8k.console import messages, print_json, results, say

if TYPE_CHECKING:
    from builders.publishing.push import Pushed

_STYLES = {"new": "green", "changed": "yellow", "deleted": "red", "same": "dim"}


def push_command(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An edition in our layout.")],
    repo_id: Annotated[
        str, typer.Argument(metavar="REPO_ID", help="Data set repository, owner/name.")
    ],
    tag: Annotated[str | None, typer.Option(help="Tag of the commit; never moved.")] = None,
    private: Annotated[
        bool, typer.Option("--private", help="Make a new repository private.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Send it; by default only a preview is shown.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", hidden=True)] = False,
    redistributable_only: Annotated[
        bool,
        typer.Option(
            "--redistributable-only", help="Leave out tasks whose text may not be passed on."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Machine-readable result on stdout.")
    ] = False,
) -> None:
    """Show what publishing an edition on the Hub would change; with --yes, change it.

    It is one commit, and then a tag. The token is that of `hf auth login`.
    """
    from builders.publishing.push import Options, push

    options = Options(
        repo_id=repo_id,
        tag=tag,
        private=private,
        dry_run=dry_run or not yes,
        redistributable_only=redistributable_only,
    )

    def show(planned: Pushed) -> None:
        for name, licence in planned.left_out.items():
            say(f"left out: {name} ({licence})")
        (messages if as_json else results()).print(change_table(planned))

    done = push(folder, options, tell=show)
    if as_json:
        print_json(push_json(done))
    say(_outcome(done))


def change_table(planned: Pushed) -> Table:
    """Table of what happens to each file."""
    table = Table(box=SIMPLE_HEAD)
    for name in ("file", "size", ""):
        table.add_column(name, justify="right" if name == "size" else "left", no_wrap=True)
    for change in planned.changes:
        kind = Text(change.kind, style=_STYLES[change.kind])
        table.add_row(change.path, decimal(change.size), kind)
    return table


def push_json(done: Pushed) -> dict[str, Any]:
    """What was pushed, for machines."""
    return {
        "repo_id": done.options.repo_id,
        "edition": done.edition,
        "digest": done.digest,
        "dry_run": done.options.dry_run,
        "created": not (done.remote.exists or done.options.dry_run),
        "commit": done.commit,
        "url": done.url,
        "tag": done.options.tag,
        "left_out": dict(done.left_out),
        "files": [
            {"path": each.path, "change": each.kind, "size": each.size} for each in done.changes
        ],
    }


def _outcome(done: Pushed) -> str:
    name = done.options.repo_id
    sent = [change for change in done.changes if change.kind in ("new", "changed")]
    size = decimal(sum(change.size for change in sent))
    if done.options.dry_run:
        new = "" if done.remote.exists else ", which would be created"
        return f"nothing was sent: {len(sent)} files, {size}, would go to {name}{new} (--yes)"
    at = f"{done.commit}" + (f", tag {done.options.tag}" if done.options.tag else "")
    if done.url is None:
        return f"{name} holds this edition already: {at}"
    return f"{name}: {len(sent)} files, {size}: {at}\n{done.url}"
