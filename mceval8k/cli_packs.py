"""`mceval8k packs`: the prompt packs there are, and whether they suit a model."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from mceval8k.console import print_json, results, say
from mceval8k.errors import DataError
from mceval8k.prompts.pack import Pack, embedded_packs, load_pack
from mceval8k.registry import all_tasks

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="PACK", help="Names or YAML files; without any, our own."),
]
Model = Annotated[
    str | None, typer.Option(help="Folder or Hub id of a model: check its answer tokens.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


def packs_command(names: Names = None, model: Model = None, as_json: AsJson = False) -> None:
    """List and check prompt packs."""
    packs = [load_pack(name) for name in names or embedded_packs()]
    unfit = _misfits(packs, model) if model is not None else None
    if as_json:
        print_json([_describe(pack) for pack in packs] if unfit is None else unfit)
    else:
        table = Table("pack", "symbols", "tasks", "what is different", box=SIMPLE_HEAD)
        for pack in packs:
            symbols = " ".join(pack.symbols) if pack.positional else "words"
            cells = (pack.name, symbols, str(len(pack.only) or "all"), pack.description)
            table.add_row(*cells)
        results().print(table)
    for found in unfit or ():
        for task, reason in found["misfits"].items():
            say(f"pack {found['name']}: task {task}: {reason}")
    if any(found["misfits"] for found in unfit or ()):
        raise DataError(f"not all answers of the packs are single tokens of {model}")
    if unfit is not None:
        say(f"all answers of the packs are single tokens of {model}")


def _misfits(packs: list[Pack], model: str) -> list[dict[str, Any]]:
    from mceval8k.prompts.fitting import misfits
    from mceval8k.prompts.symbols import load_tokenizer

    tokenizer = load_tokenizer(model)
    return [_describe(pack) | {"misfits": misfits(pack, tokenizer)} for pack in packs]


def _describe(pack: Pack) -> dict[str, Any]:
    return {
        "name": pack.name,
        "description": pack.description,
        "symbols": list(pack.symbols),
        "positional": pack.positional,
        "tasks": list(pack.only or all_tasks()),
    }
