"""The `mceval8k` command.

Commands of packages that import this one (build, validate, eval, …) come in through the entry
points `mceval8k.commands`, so that nothing here imports them.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mceval8k.cli_packs import packs_command
from mceval8k.console import how_to_install, library_of, print_json, results, run, say
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import demonstrations_by_language, shots
from mceval8k.prompts.pack import DEFAULT, load_pack
from mceval8k.prompts.symbols import answer_tokens, load_tokenizer
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import Item, Task
from mceval8k.version import __version__

if TYPE_CHECKING:
    from mceval8k.editions import Edition, Shortcut

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
def list_tasks(
    edition: Annotated[
        str | None, typer.Option(help="Directory or Hub id: list the tasks of an edition.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help="Write them to this folder as plain YAML for lm-eval.")
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(help="With --export: Hub id of the edition that they read.")
    ] = None,
    revision: Annotated[str | None, typer.Option(help="With --export: its revision.")] = None,
    pack: Annotated[str, typer.Option(help="With --export: prompt pack.")] = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """List the tasks of the benchmark, or of an edition; or write them for lm-eval's folder."""
    opened = _opened(edition)
    tasks = [*all_tasks().values()] if opened is None else [*map(opened.task, opened.tasks)]
    if export is not None:
        (exporter, *_) = entry_points(group="mceval8k.exporters", name="lm-eval")
        exporter.load()(export, tasks, pack=pack, dataset=dataset, revision=revision)
        say(f"{len(tasks)} tasks in {export}")
        return
    if as_json:
        print_json([_describe(task) for task in tasks])
        return
    table = Table("task", "languages", "options", "what is asked", box=SIMPLE_HEAD)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for genre in dict.fromkeys(task.genre for task in tasks):
        table.add_section()
        table.add_row(f"[bold]{genre}[/bold]")
        for task in (task for task in tasks if task.genre == genre):
            counts = "–".join(map(str, dict.fromkeys((task.option_counts[0], task.n_options))))
            cells = (f"  {task.name}", " ".join(task.languages), counts)
            table.add_row(*cells, escape(task.summary))
    results().print(table)


app.command("packs")(packs_command)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(metavar="TASK", help="A task of `mceval8k tasks`, or of the edition.")
    ],
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
    opened = _opened(edition, revision)
    task = get_task(name) if opened is None else opened.task(name)
    prompts = load_pack(pack)
    count = shots(num_fewshot, task)
    item, demonstrations = _item(task, opened, split, index, count, seed)
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
    shortcut = _shortcut(task, opened)
    if shortcut is not None:
        found["shortcut"] = shortcut.to_json()
    if as_json:
        print_json(found)
        return
    print(prompt)
    say(f"\n{item['id']}: gold {answers[item['label']]!r} of {list(answers)}")
    if model is not None:
        say(f"{found['tokens']} tokens; answer tokens {found['answer_tokens']}")
    if shortcut is not None:
        say(f"strongest shortcut of {task.name}: {shortcut}")


def _shortcut(task: Task, edition: Edition | None) -> Shortcut | None:
    """What a baseline gets right that does not read the question whole, if it was measured."""
    if edition is None:
        return None
    from mceval8k.editions import strongest_shortcuts

    return strongest_shortcuts(edition).get(task.name)


def _opened(edition: str | None, revision: str | None = None) -> Edition | None:
    if edition is None:
        return None
    from mceval8k.editions import open_edition

    return open_edition(edition, revision=revision)


def _item(
    task: Task,
    edition: Edition | None,
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
    splits = edition.load(task.name)
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
        "fewest_options": task.option_counts[0],
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
    """Run the command line with the commands of all packages whose libraries are installed."""
    points = sorted(entry_points(group="mceval8k.commands"), key=lambda found: found.name)
    if missing := set(filter(None, map(_add_commands, points))):
        app.info.epilog = escape(f"More commands: {how_to_install(*sorted(missing))}")
    run(app)


def _add_commands(point: EntryPoint) -> str:
    """Add a package's commands; the library without which they cannot be, or nothing."""
    try:
        app.add_typer(point.load())
    except ModuleNotFoundError as error:
        return library_of(error)
    return ""


if __name__ == "__main__":
    main()
