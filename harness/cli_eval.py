"""`mceval8k eval`: options in, scores out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.tasks.settings import VARIABLES, read_settings
from mceval8k.console import print_json, results, say
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import FIRST

if TYPE_CHECKING:
    from harness.run.evaluation import Evaluation

ModelArgs = Annotated[
    str, typer.Option(help="lm-eval's model arguments: pretrained=PATH_OR_ID,dtype=float32")
]
Model = Annotated[str, typer.Option(help="lm-eval's kind of model.")]
EditionName = Annotated[
    str | None, typer.Option(envvar=VARIABLES["edition"], help="Directory or Hub id.")
]
Revision = Annotated[
    str | None, typer.Option(envvar=VARIABLES["edition_revision"], help="Revision of a Hub id.")
]
Tasks = Annotated[str, typer.Option(help="Tasks, genres or `all`, separated by commas.")]
Shots = Annotated[str, typer.Option(help="Demonstrations per item; `balanced`: one per option.")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Ask a fixed random sample of each task only.")
]
PackName = Annotated[
    str | None, typer.Option(envvar=VARIABLES["pack"], help="Prompt pack: name or YAML file.")
]
Seed = Annotated[
    int,
    typer.Option(
        min=FIRST,
        envvar=VARIABLES["demonstration_seed"],
        help="Seed of the demonstrations and of sampling; -1: the first rows of train.",
    ),
]
BatchSize = Annotated[
    str | None,
    typer.Option(help="A number, or `auto`.", show_default="auto for vllm and sglang, else 1"),
]
Device = Annotated[str | None, typer.Option(help="For example cpu or cuda:0.")]
Out = Annotated[Path | None, typer.Option(help="New folder for lm-eval's results and a summary.")]
Rotate = Annotated[
    bool, typer.Option("--rotate", help="Ask each item once per rotation of its options.")
]
Generate = Annotated[
    bool, typer.Option("--generate", help="Let the model write its answers and read them.")
]
Metrics = Annotated[
    bool, typer.Option("--metrics", help="Print also calibration, position bias and languages.")
]
Chat = Annotated[
    bool, typer.Option("--apply-chat-template", help="Put prompts into the model's chat template.")
]
Multiturn = Annotated[
    bool, typer.Option(help="With a chat template: demonstrations as turns, or in one message.")
]
GenKwargs = Annotated[
    str | None, typer.Option(help="With --generate: max_gen_toks=4096,temperature=0.6")
]
System = Annotated[str | None, typer.Option(help="System instruction before every prompt.")]
Cache = Annotated[
    Path | None, typer.Option(help="Folder that keeps responses: a run cut short can go on.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


def eval_command(
    *,
    model_args: ModelArgs,
    model: Model = "hf",
    edition: EditionName = None,
    revision: Revision = None,
    tasks: Tasks = "all",
    num_fewshot: Shots = "0",
    limit: Limit = None,
    pack: PackName = None,
    seed: Seed = 0,
    batch_size: BatchSize = None,
    device: Device = None,
    rotate: Rotate = False,
    generate: Generate = False,
    gen_kwargs: GenKwargs = None,
    apply_chat_template: Chat = False,
    fewshot_as_multiturn: Multiturn = True,
    system_instruction: System = None,
    cache: Cache = None,
    metrics: Metrics = False,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a model on an edition through lm-eval."""
    # lm-eval takes seconds to import: only where it is needed.
    from datasets import disable_progress_bars

    from harness.report import output
    from harness.run import evaluation
    from harness.run.options import Options

    disable_progress_bars()  # those of loading; lm-eval shows its own

    chosen = {"edition": edition, "edition_revision": revision, "pack": pack}
    options = Options(
        model=model,
        model_args=model_args,
        settings=read_settings({**chosen, "demonstration_seed": seed}, {}),
        tasks=tasks,
        num_fewshot=num_fewshot,
        limit=limit,
        batch_size=batch_size and parse_batch_size(batch_size),
        device=device,
        rotate=rotate,
        generate=generate,
        gen_kwargs=gen_kwargs,
        seed=max(seed, 0),
        apply_chat_template=apply_chat_template,
        fewshot_as_multiturn=fewshot_as_multiturn,
        system_instruction=system_instruction,
        cache=cache,
    )
    if out is not None:
        output.check_output(out)
    done = evaluation.evaluate(options)
    if done is None:  # one of several processes, but not the first
        return
    try:
        if out is not None:
            output.write_output(done, out)
    finally:  # scores are worth showing even where they cannot be kept
        show(done, as_json=as_json, metrics=metrics)


def show(evaluation: Evaluation, *, as_json: bool, metrics: bool) -> None:
    """Print the scores on stdout and the notes on stderr."""
    from harness.report import summary, tables

    for note in summary.notes(evaluation):
        say(f"note: {note}")
    if as_json:
        print_json(summary.summary(evaluation))
    else:
        for table in tables.tables(evaluation, metrics=metrics):
            results().print(table)


def parse_batch_size(text: str) -> str:
    """Value of --batch-size: `auto`, `auto:N` or a positive number, as lm-eval takes it."""
    number = text.removeprefix("auto:")
    if text == "auto" or (number.isascii() and number.isdigit() and int(number) > 0):
        return text
    raise UsageError(f"--batch-size {text!r} is neither a positive number nor 'auto'")
