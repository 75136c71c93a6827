"""`mceval8k eval`: options in, scores out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.tasks.settings import VARIABLES, Settings, read_settings
from mceval8k.cli_options import REVISION_HELP, Tasks
from mceval8k.console import print_json, results, say
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import BALANCED, FIRST, shots
from mceval8k.prompts.pack import load_pack

if TYPE_CHECKING:
    from harness.run.evaluation import Evaluation

ModelArgs = Annotated[
    str, typer.Option(help="lm-eval's model arguments: pretrained=PATH_OR_ID,dtype=float32")
]
Model = Annotated[str, typer.Option(help="lm-eval's kind of model.")]
EditionName = Annotated[
    str | None, typer.Option(envvar=VARIABLES["edition"], help="Directory or Hub id.")
]
ModelRevision = Annotated[
    str | None,
    typer.Option(help="Branch, tag or commit of the model's Hub id (revision= in --model-args)."),
]
Revision = Annotated[
    str | None,
    typer.Option("--edition-revision", envvar=VARIABLES["edition_revision"], help=REVISION_HELP),
]
Shots = Annotated[
    str | None,
    typer.Option(
        help="Demonstrations for each item, or 'balanced': one per option.",
        show_default="balanced, or as many as train has",
    ),
]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Evaluate a fixed random sample of each task only.")
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
    typer.Option(
        help="Requests per forward pass, or 'auto'.",
        show_default="8; auto for vllm and sglang, 1 for other engines",
    ),
]
Device = Annotated[
    str, typer.Option(help="Where to compute: cpu, cuda, cuda:1, mps; 'auto' is CUDA if there.")
]
Out = Annotated[Path | None, typer.Option(help="New folder for lm-eval's results and a summary.")]
Rotate = Annotated[
    bool, typer.Option("--rotate", help="Evaluate each item once per rotation of its options.")
]
Generate = Annotated[
    bool, typer.Option("--generate", help="Let the model generate its answers, and parse them.")
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
    Path | None, typer.Option(help="Folder that keeps responses: a run cut short is resumed.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]


def eval_command(
    *,
    model_args: ModelArgs,
    model: Model = "hf",
    model_revision: ModelRevision = None,
    edition: EditionName = None,
    revision: Revision = None,
    tasks: Tasks = "all",
    num_fewshot: Shots = None,
    limit: Limit = None,
    pack: PackName = None,
    seed: Seed = 0,
    batch_size: BatchSize = None,
    device: Device = "auto",
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
    chosen = {"edition": edition, "edition_revision": revision, "pack": pack}
    settings = read_settings({**chosen, "demonstration_seed": seed}, {})
    _check_below(limit=(limit or 0, 31), seed=(seed, 32))
    parsed_batch_size = batch_size and parse_batch_size(batch_size)
    _look(settings, tasks, num_fewshot or BALANCED)

    # lm-eval takes seconds to import: only where it is needed.
    from harness.report import output
    from harness.run import evaluation
    from harness.run.options import Options

    options = Options(
        model=model,
        model_args=_with_revision(model_args, model_revision),
        settings=settings,
        tasks=tasks,
        num_fewshot=num_fewshot or BALANCED,
        fewer_shots=num_fewshot is None,
        limit=limit,
        batch_size=parsed_batch_size,
        device=None if device == "auto" else device,
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


def _look(settings: Settings, tasks: str, num_fewshot: str) -> None:
    """Raise the errors of a mistyped edition, pack, task or number."""
    from mceval8k.editions import open_edition
    from mceval8k.editions.selection import select_tasks

    load_pack(settings.pack)
    opened = open_edition(settings.edition, revision=settings.edition_revision)
    for task in select_tasks(tasks, opened).tasks:
        shots(num_fewshot, task)


def _with_revision(model_args: str, revision: str | None) -> str:
    if revision is None:
        return model_args
    if any(each.strip().startswith("revision=") for each in model_args.split(",")):
        raise UsageError("--model-revision: --model-args has a revision already")
    return f"{model_args},revision={revision}"


def _check_below(**options: tuple[int, int]) -> None:
    """Raise UsageError for a value that does not have as few bits as are given with it."""
    for name, (value, power) in options.items():
        if value >= 2**power:
            raise UsageError(f"--{name} {value}: it must be below 2^{power}")


def parse_batch_size(text: str) -> str:
    """Value of --batch-size: `auto`, `auto:N` or a positive number, as lm-eval takes it."""
    number = text.removeprefix("auto:")
    if text == "auto" or (number.isascii() and number.isdigit() and int(number) > 0):
        return text
    raise UsageError(f"--batch-size {text!r} is neither a positive number nor 'auto'")
