"""The commands of `mceval8k` that make and check data.

Heavy libraries are imported by the commands that need them, so that others start at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builders.audit.cli import app as audit_app
from builders.own.cli import import_command
from builders.processes import PROCESSES
from builders.publishing.command import push_command
from builders.repair.cli import app as repair_app
from mceval8k.cli_options import examples, renamed
from mceval8k.console import messages, print_json, results, run, say
from mceval8k.registry import resolve

if TYPE_CHECKING:
    from builders.build import Plan
    from builders.making.task import Report

app = typer.Typer(no_args_is_help=True, add_completion=False)
app.add_typer(audit_app)
app.add_typer(repair_app)

app.command(
    "push",
    epilog=examples(
        "mceval8k push editions/full lab/mceval8k --tag v1",
        "mceval8k push editions/full lab/mceval8k --tag v1 --yes",
    ),
)(push_command)
app.command(
    "import",
    epilog=examples(
        "mceval8k import quiz.yaml --out editions/quiz",
        "mceval8k import --lm-eval arc_easy --out editions/arc-easy",
    ),
)(import_command)

_SHOWN = 50

Processes = Annotated[
    int, typer.Option(min=1, help="Processes that share the tasks; the bytes are the same.")
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable result on stdout.")]


@app.command(
    "build",
    context_settings=renamed(tasks="task"),
    epilog=examples(
        "mceval8k build --out editions/samples",
        "mceval8k build --source hub --task agnews,nli --out editions/full",
    ),
)
def build_command(
    *,
    out: Annotated[
        Path,
        typer.Option(help="Folder of the edition: new, empty, or an earlier build, replaced."),
    ],
    tasks: Annotated[
        str,
        typer.Option(
            "--task", help="Tasks or genres, separated by commas, or 'all' that can be built."
        ),
    ] = "all",
    source: Annotated[
        str, typer.Option(help="'samples' (embedded), 'hub', or a mirror directory.")
    ] = "samples",
    revisions: Annotated[
        Path | None,
        typer.Option(help="With --source hub: YAML of data set ids and commits, or a manifest."),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=8,
            help="Rows per task, split 6:1:1. Default: all there is of samples, else 8,000.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of every draw.")] = 0,
    allow_smaller: Annotated[
        bool,
        typer.Option("--allow-smaller", help="Build smaller tasks where there are fewer rows."),
    ] = False,
    mask_personal_data: Annotated[
        bool,
        typer.Option("--mask-personal-data", help="Mask IP and e-mail addresses."),
    ] = False,
    processes: Processes = PROCESSES,
    as_json: Json = False,
) -> None:
    """Build an edition: the same source and seed give the same bytes."""
    resolve(tasks)  # a mistyped name shows before anything is imported
    from builders.build import build, plan
    from builders.making.task import Request
    from builders.reading.sources import open_source
    from builders.reading.sources.hub import pinned
    from builders.tables import build_json, build_table

    store = open_source(source)
    if revisions is not None:
        store = pinned(store, revisions)
    request = Request(
        seed=seed,
        size=size,
        all_there_is=store.edition == "samples",
        allow_smaller=allow_smaller,
        mask_personal_data=mask_personal_data,
    )
    chosen = plan(tasks, store)
    _tell_skipped(chosen)
    built = build(
        chosen.builders,
        store,
        request,
        out,
        processes=processes,
        tell=lambda report: say(_line(report)),
    )
    if as_json:
        print_json(build_json(built, chosen.skipped))
    (messages if as_json else results()).print(build_table(built.reports))
    say(f"{built.folder}: edition {built.digest[:12]}")


@app.command("validate", epilog=examples("mceval8k validate editions/full"))
def validate_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An edition in our layout.")],
    as_json: Json = False,
) -> None:
    """Check an edition: schema, counts, ids, groups, manifest, hashes."""
    from builders.tables import validation_json
    from builders.validation import validate

    found = validate(folder)
    if as_json:
        print_json(validation_json(str(folder), found))
    tell = say if as_json else print
    for violation in found.violations[:_SHOWN]:
        tell(str(violation))
    if (more := len(found.violations) - _SHOWN) > 0:
        tell(f"… and {more:,} more (all of them: --json)")
    verdict = "ok" if found.ok else f"violations: {len(found.violations):,}"
    tell(f"{folder}: tasks: {len(found.tasks)}, rows: {found.rows:,}, {verdict}")
    if not found.ok:
        raise typer.Exit(1)


def _tell_skipped(chosen: Plan) -> None:
    for reason in sorted(set(chosen.skipped.values())):
        names = ", ".join(name for name, why in chosen.skipped.items() if why == reason)
        say(f"skipped, {reason}: {names}")


def _line(report: Report) -> str:
    smaller = f" instead of {report.requested:,}" if report.is_smaller else ""
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in report.dropped.items())
    dropped = f"; dropped: {reasons}" if reasons else ""
    rows = f"{report.total:,} rows{smaller} from {report.read:,} read upstream"
    return f"{report.task.name}: {rows}{dropped}"


if __name__ == "__main__":
    run(app)
