"""The `mceval8k` command.

Commands of packages that import this one (build, validate, eval, …) come in through the entry
points `mceval8k.commands`, so that nothing here imports them.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mceval8k.cli_packs import packs_command
from mceval8k.console import print_json, results, run, say
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import demonstrations_by_language, shots
from mceval8k.prompts.pack import DEFAULT, load_pack
from mceval8k.prompts.symbols import answer_tokens, load_tokenizer
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import GENRES, Item, Task
from mceval8k.version import __version__

app = typer.Typer(
    help="A leak-free multiple-choice benchmark: build, check, show and score it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it and exit.")
    ] = False,
) -> None:
    pass


@app.command("tasks")
def list_tasks(as_json: JsonOption = False) -> None:
    """List the tasks of the benchmark."""
    if as_json:
        print_json([_describe(task) for task in all_tasks().values()])
        return
    table = Table("task", "languages", "options", "what is asked", box=SIMPLE_HEAD)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for genre in GENRES:
        table.add_section()
        table.add_row(f"[bold]{genre}[/bold]")
        for task in (task for task in all_tasks().values() if task.genre == genre):
            cells = (f"  {task.name}", " ".join(task.languages), str(task.n_options))
            table.add_row(*cells, escape(task.summary))
    results().print(table)


app.command("packs")(packs_command)


@app.command()
def show(
    name: Annotated[str, typer.Argument(metavar="TASK", help="A task of `mceval8k tasks`.")],
    edition: Annotated[
        str | None,
        typer.Option(
            envvar="MCEVAL8K_EDITION",
            help="Directory or Hub id; without one, a built-in example is shown.",
        ),
    ] = None,
    revision: Annotated[str | None, typer.Option(help="Revision of a Hub id.")] = None,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    index: Annotated[int, typer.Option(min=0, help="Row of the split.")] = 0,
    num_fewshot: Annotated[str, typer.Option(help="A number, or `balanced`.")] = "0",
    seed: Annotated[int, typer.Option(help="Seed of the demonstrations.")] = 0,
    pack: Annotated[str, typer.Option(help="Prompt pack: a name or a YAML file.")] = DEFAULT,
    model: Annotated[
        str | None, typer.Option(help="Folder or Hub id of a model: count its tokens.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print an item as a model is asked it."""
    task = get_task(name)
    prompts = load_pack(pack)
    count = shots(num_fewshot, task)
    item, demonstrations = _item(task, edition, revision, split, index, count, seed)
    prompt = prompts.prompt(task, item, demonstrations)
    answers = prompts.continuations(task, len(item["options"]))
    found: dict[str, Any] = {
        "id": item["id"],
        "prompt": prompt,
        "answers": list(answers),
        "gold": item["label"],
    }
    if model is not None:
        found |= _tokens(model, prompt, answers)
    if as_json:
        print_json(found)
        return
    print(prompt)
    say(f"\n{item['id']}: gold {answers[item['label']]!r} of {list(answers)}")
    if model is not None:
        say(f"{found['tokens']} tokens; answer tokens {found['answer_tokens']}")


def _item(
    task: Task,
    edition: str | None,
    revision: str | None,
    split: str,
    index: int,
    count: int,
    seed: int,
) -> tuple[Item, tuple[Item, ...]]:
    if edition is None:
        if count:
            raise UsageError("demonstrations are drawn from an edition: give --edition")
        if index >= len(task.examples):
            raise UsageError(f"task {task.name} has {len(task.examples)} built-in examples")
        from mceval8k.item import make_item

        raw = task.examples[index]
        return make_item(task, raw, source="built-in example", source_id=str(index)), ()
    from mceval8k.editions import load_task

    splits = load_task(task.name, edition, revision=revision)
    if split not in splits:
        raise UsageError(f"split {split!r} is none of {', '.join(splits)}")
    if index >= len(splits[split]):
        raise UsageError(f"--index {index}: {task.name}/{split} has {len(splits[split])} rows")
    item = splits[split][index]
    shown = demonstrations_by_language(
        task, splits["train"], count, seed=seed, barred_groups={item["group"]}
    )
    return item, shown[item["lang"]]


def _tokens(model: str, prompt: str, answers: tuple[str, ...]) -> dict[str, Any]:
    tokenizer = load_tokenizer(model)
    return {
        "model": model,
        "tokens": len(tokenizer(prompt)["input_ids"]),
        "answer_tokens": answer_tokens(tokenizer, prompt, answers),
    }


def _describe(task: Task) -> dict[str, Any]:
    return {
        "name": task.name,
        "genre": task.genre,
        "summary": task.summary,
        "languages": list(task.languages),
        "n_options": task.n_options,
        "fixed_options": {k: list(v) for k, v in (task.fixed_options or {}).items()} or None,
        "sources": [
            {"id": s.id, "config": s.config, "licence": s.licence, "url": s.url}
            for s in task.sources
        ],
        "licence": task.licence,
        "citation": task.citation,
        "raw_columns": dict(task.raw_columns),
        "group": task.group,
        "released_folder": task.released_folder,
        "nominal_sizes": dict(task.nominal_sizes),
    }


def main() -> None:
    """Run the command line with the commands of all installed packages."""
    for point in sorted(entry_points(group="mceval8k.commands"), key=lambda found: found.name):
        app.add_typer(point.load())
    run(app)


if __name__ == "__main__":
    main()
