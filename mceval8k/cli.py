"""The `mceval8k` command.

Commands of packages that import this one (build, validate, eval, …) come in through the entry
points `mceval8k.commands`, so that nothing here imports them.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from mceval8k.cli_options import EditionRevision, examples, program_options, renamed
from mceval8k.cli_packs import packs_command
from mceval8k.console import print_json, print_text, results, run, say
from mceval8k.errors import UsageError
from mceval8k.packages import loaded
from mceval8k.prompts.demonstrations import demonstrations_by_language, shots
from mceval8k.prompts.pack import DEFAULT, load_pack
from mceval8k.prompts.symbols import answer_tokens, load_tokenizer
from mceval8k.registry import all_tasks, get_task
from mceval8k.task import Item, Task

if TYPE_CHECKING:
    from mceval8k.editions import Edition, Shortcut

app = typer.Typer(
    help="A leak-free multiple-choice benchmark: build, check, show and score it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


app.callback()(program_options)


@app.command(
    "tasks",
    context_settings=renamed(revision="edition-revision"),
    epilog=examples(
        "mceval8k tasks --json",
        "mceval8k tasks --export tasks --dataset lab/mceval8k --edition-revision v1",
    ),
)
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
    revision: EditionRevision = None,
    pack: Annotated[str, typer.Option(help="With --export: prompt pack.")] = DEFAULT,
    as_json: JsonOption = False,
) -> None:
    """List the tasks of the benchmark or of an edition.

    With --export, they are written for lm-eval's own folder.
    """
    opened = _opened(edition, None if export else revision)
    tasks = [*all_tasks().values()] if opened is None else [*map(opened.task, opened.tasks)]
    if export is not None:
        (exporter, *_) = entry_points(group="mceval8k.exporters", name="lm-eval")
        loaded(exporter)(export, tasks, pack=pack, dataset=dataset, revision=revision)
        say(f"{len(tasks)} tasks in {export}")
        return
    if as_json:
        print_json([_describe(task) for task in tasks])
        return
    table = Table("task", "languages", "options", "question", box=SIMPLE_HEAD)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for genre in dict.fromkeys(task.genre for task in tasks):
        table.add_section()
        table.add_row(Text(genre, style="bold"))
        for task in (task for task in tasks if task.genre == genre):
            counts = "–".join(map(str, dict.fromkeys((task.option_counts[0], task.n_options))))
            cells = (f"  {task.name}", " ".join(task.languages), counts)
            table.add_row(*cells, task.summary)
    results().print(table)


app.command(
    "packs",
    epilog=examples("mceval8k packs", "mceval8k packs digits --model gpt2"),
)(packs_command)


@app.command(
    context_settings=renamed(tasks="task", revision="edition-revision"),
    epilog=examples(
        "mceval8k show paws",
        "mceval8k show paws --edition editions/samples --split train --index 3",
    ),
)
def show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="TASK", help="A task of `mceval8k tasks`, or of the edition."),
    ] = None,
    task_option: Annotated[
        str | None, typer.Option("--task", help="The same, as other commands take it.")
    ] = None,
    edition: Annotated[
        str | None,
        typer.Option(
            envvar="MCEVAL8K_EDITION",
            help="Directory or Hub id; without one, a built-in example is shown.",
        ),
    ] = None,
    revision: EditionRevision = None,
    split: Annotated[
        str | None,
        typer.Option(help="With --edition: train, validation or test.", show_default="test"),
    ] = None,
    index: Annotated[int, typer.Option(min=0, help="Row of the split.")] = 0,
    num_fewshot: Annotated[
        str, typer.Option(help="Demonstrations, or 'balanced': one per option.")
    ] = "0",
    seed: Annotated[int, typer.Option(help="Seed of the demonstrations.")] = 0,
    pack: Annotated[str, typer.Option(help="Prompt pack: a name or a YAML file.")] = DEFAULT,
    model: Annotated[
        str | None, typer.Option(help="Folder or Hub id of a model: count its tokens.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Print an item as the model sees it."""
    chosen = _the_one(name, task_option)
    opened = _opened(edition, revision)
    task = get_task(chosen) if opened is None else opened.task(chosen)
    prompts = load_pack(pack)
    count = shots(num_fewshot, task)
    item, demonstrations = _item(task, opened, split, index, count, seed)
    prompt = prompts.prompt(task, item, demonstrations)
    if not prompts.has_words_for(task.name):
        say(prompts.fallback(task.name))
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
    print_text(prompt)
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


def _the_one(argument: str | None, option: str | None) -> str:
    """The task, which is given once: as an argument or as an option."""
    given = [name for name in (argument, option) if name is not None]
    if len(given) != 1:
        raise UsageError("give one task, as in `mceval8k show paws`; see `mceval8k tasks`")
    return given[0]


def _opened(edition: str | None, revision: str | None = None) -> Edition | None:
    if edition is None:
        return None
    from mceval8k.editions import open_edition

    return open_edition(edition, revision=revision)


def _item(
    task: Task,
    edition: Edition | None,
    split: str | None,
    index: int,
    count: int,
    seed: int,
) -> tuple[Item, tuple[Item, ...]]:
    if edition is None:
        if split is not None:
            raise UsageError(f"--split {split}: splits are of an edition: give --edition")
        if count:
            raise UsageError("demonstrations are drawn from an edition: give --edition")
        if index >= len(task.examples):
            raise UsageError(f"task {task.name} has {len(task.examples)} built-in examples")
        from mceval8k.item import make_item

        raw = task.examples[index]
        return make_item(task, raw, source="built-in example", source_id=str(index)), ()
    splits = edition.load(task.name)
    split = split or "test"
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
        "licence_note": task.licence_note,
        "citation": task.citation,
        "raw_columns": dict(task.raw_columns),
        "group": task.group,
        "released_folder": task.released_folder,
        "nominal_sizes": dict(task.nominal_sizes),
    }


def main() -> None:
    """Run the command line with the commands of all packages."""
    points = sorted(entry_points(group="mceval8k.commands"), key=lambda found: found.name)
    for point in points:
        app.add_typer(loaded(point))
    run(app)


if __name__ == "__main__":
    main()
