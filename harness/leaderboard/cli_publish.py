"""`mceval8k leaderboard publish`: a board to the Hub, shown first and then sent."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mceval8k.console import print_json, say

AsJson = Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")]
Folder = Annotated[Path, typer.Argument(metavar="BOARD", help="A board that `build` wrote.")]
Repo = Annotated[str, typer.Option(help="Data set repository of the results, owner/name.")]
Space = Annotated[str | None, typer.Option(help="Static Space of the pages, owner/name.")]
Benchmark = Annotated[
    str | None, typer.Option(help="Data set repository of the edition of the board, owner/name.")
]
Revision = Annotated[
    str | None,
    typer.Option("--edition-revision", help="Commit of that edition."),
]
EvalYaml = Annotated[
    bool, typer.Option("--eval-yaml", help="Write the benchmark's eval.yaml, too.")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="Propose a model's scores to its repository: owner/name, or NAME=owner/name.",
    ),
]
SettingName = Annotated[
    str | None, typer.Option(help="Setting whose scores are proposed; default: that of most rows.")
]
Private = Annotated[bool, typer.Option("--private", help="Make new repositories private.")]
Act = Annotated[bool, typer.Option("--yes", help="Send it; by default only a preview is shown.")]
LookOnly = Annotated[bool, typer.Option("--dry-run", hidden=True)]


def publish_command(
    folder: Folder,
    repo: Repo,
    space: Space = None,
    benchmark: Benchmark = None,
    revision: Revision = None,
    eval_yaml: EvalYaml = False,
    models: Models = None,
    setting: SettingName = None,
    private: Private = False,
    yes: Act = False,
    dry_run: LookOnly = False,
    as_json: AsJson = False,
) -> None:
    """Show what publishing a board on the Hub would change; with --yes, change it."""
    from harness.leaderboard.publishing import report
    from harness.leaderboard.publishing.acting import carry_out
    from harness.leaderboard.publishing.difference import make_plan
    from harness.leaderboard.publishing.targets import targets

    wanted = targets(
        folder,
        repo=repo,
        space=space,
        benchmark=benchmark,
        revision=revision,
        eval_yaml=eval_yaml,
        models=models or [],
        setting=setting,
        private=private,
    )
    push = yes and not dry_run
    plans = [make_plan(target) for target in wanted]
    for line in (line for plan in plans for line in report.lines(plan)):
        say(line)
    urls = [carry_out(plan) if push else None for plan in plans]
    if not push and any(plan.is_needed for plan in plans):
        say("nothing was sent: add --yes to do it")
    for url in filter(None, urls):
        say(f"done: {url}")
    if as_json:
        records = [report.record(plan, url) for plan, url in zip(plans, urls, strict=True)]
        print_json({"pushed": push, "repositories": records})
