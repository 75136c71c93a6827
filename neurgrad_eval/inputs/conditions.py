"""Conditions under which a task is evaluated: settings that differ in one thing at a time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import demonstrations_by_language, shots
from neurgrad_eval.inputs.options import ItemInput
from neurgrad_eval.inputs.plan import Plan, make_plan
from neurgrad_eval.runs.options import read
from neurgrad_eval.runs.settings import options_of

LANGUAGE = "language"
DEMONSTRATIONS = "demonstrations"
FACTORS = {
    "pack": "pack",
    "shots": "num_fewshot",
    DEMONSTRATIONS: "seed",
    "seed": "seed",
    "task": "task",
    LANGUAGE: "",
}
"""What can be varied, and the field of the settings whose values it has."""
_ALIASES = {"wording": "pack", "symbols": "pack", "num_fewshot": "shots", "num-fewshot": "shots"}
_OPTIONS = {known.field: known for known in options_of(ItemInput)}


@dataclass(frozen=True)
class Variation:
    """One thing that is varied."""

    factor: str
    """A key of `FACTORS`."""
    values: tuple[str, ...]
    name: str
    """What the user calls it: the factor, or another word for it."""


@dataclass(frozen=True)
class Condition:
    """How the items of a task become prompts."""

    options: ItemInput
    demonstration_seed: int | None = None
    """Draws other demonstrations than the run's own seed would."""

    @property
    def words(self) -> str:
        """Name for its folder."""
        options = self.options
        parts = [options.task, Path(options.pack).stem, f"shots-{options.num_fewshot}"]
        parts.append(f"seed-{options.seed}")
        if self.demonstration_seed is not None:
            parts.append(f"demonstrations-{self.demonstration_seed}")
        return "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part) for part in parts)

    def plan(self) -> Plan:
        """Draw the items and write their prompts; errors are those of `make_plan`."""
        plan = make_plan(self.options)
        if self.demonstration_seed is None:
            return plan
        items, task = plan.sample.items, plan.task
        taken = {item["id"] for item in items}
        pool = plan.edition.load(task.name)["train"].to_list()
        drawn = demonstrations_by_language(
            task,
            [item for item in pool if item["id"] not in taken],
            shots(self.options.num_fewshot, task),
            languages={item["lang"] for item in items},
            seed=self.demonstration_seed,
            barred_groups={item["group"] for item in items},
        )
        prompts = tuple(plan.pack.prompt(task, item, drawn[item["lang"]]) for item in items)
        return replace(plan, sample=replace(plan.sample, demonstrations=drawn), prompts=prompts)


def parse_variation(text: str) -> Variation:
    """Read `factor=value,value`, or `language`; a UsageError if there is no such thing."""
    factor, _, listed = text.partition("=")
    name = factor.strip()
    factor = _ALIASES.get(name, name)
    values = tuple(dict.fromkeys(word.strip() for word in listed.split(",") if word.strip()))
    if factor not in FACTORS:
        known = ", ".join(("wording", "symbols", *FACTORS))
        raise UsageError(f"--vary {text}: give one of {known}")
    if factor == LANGUAGE:
        if values:
            raise UsageError(f"--vary {text}: {LANGUAGE} takes no values; all there are compared")
    elif len(values) < 2:
        raise UsageError(f"--vary {text}: at least two values are needed, as in {factor}=a,b")
    return Variation(factor, values, name)


def parse_variations(texts: Iterable[str]) -> dict[str, Variation]:
    """Read several variations, by name; a UsageError if two have the same."""
    found: dict[str, Variation] = {}
    for text in texts:
        variation = parse_variation(text)
        if variation.name in found:
            other = next((word for word, own in _ALIASES.items() if own == variation.factor), "")
            hint = f", or call one of them {other!r}" if other else ""
            raise UsageError(f"--vary {text}: {variation.name} is varied twice; join the two{hint}")
        found[variation.name] = variation
    return found


def conditions_of(base: ItemInput, variation: Variation) -> dict[str, Condition]:
    """Conditions that differ from the base settings in one thing, by the value they differ in."""
    if variation.factor == DEMONSTRATIONS and base.num_fewshot == 0:
        raise UsageError("--vary demonstrations: prompts have none; give --num-fewshot")
    if variation.factor == LANGUAGE:
        return {"all languages": Condition(base)}
    return {text: _condition(base, variation.factor, text) for text in variation.values}


def _condition(base: ItemInput, factor: str, text: str) -> Condition:
    field = FACTORS[factor]
    try:
        value = read(_OPTIONS[field], text)
        options = replace(base, **{field: value})
    except UsageError as error:
        raise UsageError(f"--vary {factor}: {error}") from None
    if factor == DEMONSTRATIONS:
        return Condition(base, None if value == base.seed else value)
    return Condition(options)


def folders(conditions: Iterable[Condition]) -> dict[Condition, str]:
    """Name of a folder for each different condition."""
    found: dict[Condition, str] = {}
    for one in dict.fromkeys(conditions):
        taken = sum(known.words == one.words for known in found)
        found[one] = f"{one.words}-{taken + 1}" if taken else one.words
    return found
