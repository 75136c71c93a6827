"""Long help in groups: which heading an option or a command stands under, in both programs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

OPTIONS = {
    "Model": (
        "model model-args model-revision kind dtype compute-dtype random-weights device device-map "
        "batch-size max-tokens"
    ),
    "Data": (
        "edition edition-revision task split index prompts limit train-size test-size "
        "validation-size source dataset size seed"
    ),
    "Prompts": (
        "pack num-fewshot apply-chat-template fewshot-as-multiturn system-instruction rotate "
        "generate gen-kwargs"
    ),
    "Output": "out overwrite cache metrics export json quiet verbose help",
}
"""Names without dashes; the options that are a command's own are named by no group."""
COMMANDS = {
    "Data": "tasks packs show build import validate audit repair push",
    "Scores": "eval compare leaderboard lm-eval tasks-path generate-tasks",
    "Prompts from a file": "sweep estimate control",
    "Skill neurons of a task": "probe collect rank causal pairs generality",
    "Stored runs": "efficiency inclusivity interdependency leak report",
    "Models": "describe fetch-smollm2",
}
OWN = "Options"
_FEW = 8
"""As many options are one list."""

Record = tuple[str, str]


def with_groups(command: Any) -> None:
    """Let the help of a command show its options, and the commands below it, in groups."""
    command.format_options = partial(_format_options, command)


def _format_options(command: Any, context: Any, formatter: Any) -> None:
    parameters = command.get_params(context)
    arguments = [one for one in parameters if one.param_type_name == "argument"]
    options = [one for one in parameters if one.param_type_name == "option"]
    _write(formatter, [("Arguments", arguments)], context)
    _write(formatter, _groups(options), context)
    below = [
        (name, made) for name, made in getattr(command, "commands", {}).items() if not made.hidden
    ]
    room = formatter.width - 6 - max((len(name) for name, _ in below), default=0)
    groups = COMMANDS if context.parent is None else {}
    for heading, names in _sorted([name for name, _ in below], groups, "Commands"):
        made = dict(below)
        _section(formatter, heading, [(n, made[n].get_short_help_str(room)) for n in names])


def _groups(options: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Headings and options; a command's own options come before those about its output."""
    if len(options) <= _FEW:
        yield OWN, options
        return
    named = {max(one.opts, key=len).lstrip("-"): one for one in options}
    for heading, names in _sorted([*named], OPTIONS, OWN):
        yield heading, [named[name] for name in names]


def _sorted(
    names: Iterable[str], groups: Mapping[str, str], others: str
) -> Iterator[tuple[str, list[str]]]:
    """Names under their headings, those of no group before the last heading."""
    headings = {name: heading for heading, of in groups.items() for name in of.split()}
    order = [*groups]
    for heading in (*order[:-1], others, *order[-1:]):
        if found := [name for name in names if headings.get(name, others) == heading]:
            yield heading, found


def _write(formatter: Any, groups: Iterable[tuple[str, list[Any]]], context: Any) -> None:
    for heading, parameters in groups:
        records = (one.get_help_record(context) for one in parameters)
        _section(formatter, heading, [record for record in records if record is not None])


def _section(formatter: Any, heading: str, records: list[Record]) -> None:
    if records:
        with formatter.section(heading):
            formatter.write_dl(records)
