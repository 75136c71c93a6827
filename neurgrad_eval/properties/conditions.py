"""Conditions under which a task is probed: settings that differ in one thing at a time.

Each condition is a run of `neurgrad probe` in a folder of its own, so that what is there is used
again, and one condition serves every comparison that it belongs to.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from mceval8k.editions import Edition
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import demonstrations_by_language, shots
from mceval8k.version import __version__
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.probing.command import progress
from neurgrad_eval.probing.experiment import run_experiment
from neurgrad_eval.probing.folder import finished
from neurgrad_eval.probing.plan import Plan, make_plan
from neurgrad_eval.probing.settings import ProbeSettings, parse_fewshot
from neurgrad_eval.probing.streaming import describe
from neurgrad_eval.probing.writing import write_outcome

LANGUAGE = "language"
FACTORS = {
    "pack": "wording or answer symbols: a prompt pack",
    "shots": "number of demonstrations, or 'balanced'",
    "demonstrations": "seed that draws the demonstrations, of the same items",
    "seed": "seed that draws items and demonstrations",
    "task": "another task with as many options",
    LANGUAGE: "language of the items; takes no values",
}
"""What can be varied."""
_ALIASES = {"wording": "pack", "symbols": "pack", "num_fewshot": "shots", "num-fewshot": "shots"}


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
    """One of the runs that are compared."""

    name: str
    """The value by which it differs."""
    settings: ProbeSettings
    demonstration_seed: int | None = None
    """Draws other demonstrations than the settings' seed would."""

    @property
    def folder(self) -> str:
        """Name of its folder."""
        s = self.settings
        parts = [s.task, Path(s.pack).stem, f"shots-{s.num_fewshot}", f"seed-{s.seed}"]
        if self.demonstration_seed not in (None, s.seed):
            parts.append(f"demonstrations-{self.demonstration_seed}")
        return "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part) for part in parts)


def parse_variation(text: str) -> Variation:
    """Read `factor=value,value`, or `language`.

    Raises
    ------
    UsageError
        There is no such factor, or there are fewer than two values.
    """
    factor, _, listed = text.partition("=")
    name = factor.strip()
    factor = _ALIASES.get(name, name)
    values = tuple(dict.fromkeys(word.strip() for word in listed.split(",") if word.strip()))
    if factor not in FACTORS:
        raise UsageError(f"--vary {text}: give one of {', '.join(FACTORS)}")
    if factor == LANGUAGE:
        if values:
            raise UsageError(f"--vary {text}: {LANGUAGE} takes no values; all there are compared")
    elif len(values) < 2:
        raise UsageError(f"--vary {text}: at least two values are needed, as in {factor}=a,b")
    return Variation(factor, values, name)


def parse_variations(texts: Iterable[str]) -> dict[str, Variation]:
    """Read several variations, by name.

    Raises
    ------
    UsageError
        As `parse_variation`, or two have one name.
    """
    found: dict[str, Variation] = {}
    for text in texts:
        variation = parse_variation(text)
        if variation.name in found:
            other = next((word for word, own in _ALIASES.items() if own == variation.factor), "")
            hint = f", or call one of them {other!r}" if other else ""
            raise UsageError(f"--vary {text}: {variation.name} is varied twice; join the two{hint}")
        found[variation.name] = variation
    return found


def conditions_of(base: ProbeSettings, variation: Variation) -> tuple[Condition, ...]:
    """Conditions that differ from the base settings in one thing."""
    if variation.factor == "demonstrations" and base.num_fewshot == 0:
        raise UsageError("--vary demonstrations: prompts have none; give --num-fewshot")
    if variation.factor == LANGUAGE:
        return (Condition("all languages", base),)
    return tuple(_condition(base, variation.factor, value) for value in variation.values)


def _condition(base: ProbeSettings, factor: str, value: str) -> Condition:
    if factor == "pack":
        return Condition(value, replace(base, pack=value))
    if factor == "shots":
        return Condition(value, replace(base, num_fewshot=parse_fewshot(value)))
    if factor == "task":
        return Condition(value, replace(base, task=value))
    if not value.isdecimal():
        raise UsageError(f"--vary {factor}: {value!r} is no seed")
    if factor == "seed":
        return Condition(value, replace(base, seed=int(value)))
    return Condition(value, base, int(value))


def plan_condition(condition: Condition, edition: Edition) -> Plan:
    """Draw a condition's items and write its prompts; see `probing.plan.make_plan`."""
    plan = make_plan(condition.settings, edition)
    seed = condition.demonstration_seed
    if seed is None or seed == condition.settings.seed:
        return plan
    items, task = plan.sample.items, plan.task
    taken = {item["id"] for item in items}
    pool = [item for item in edition.load(task.name)["train"].to_list() if item["id"] not in taken]
    drawn = demonstrations_by_language(
        task,
        pool,
        shots(condition.settings.num_fewshot, task),
        languages={item["lang"] for item in items},
        seed=seed,
        barred_groups={item["group"] for item in items},
    )
    prompts = tuple(plan.pack.prompt(task, item, drawn[item["lang"]]) for item in items)
    return replace(plan, sample=replace(plan.sample, demonstrations=drawn), prompts=prompts)


def run_conditions(
    conditions: Iterable[Condition],
    edition: Edition,
    model: NeuronModel,
    *,
    dtype: str,
    folder: Path,
) -> dict[str, Path]:
    """Run the conditions that are not there yet; return the folder of each, by its own name.

    Raises
    ------
    UsageError
        A folder holds another condition, or its files were changed.
    """
    distinct = {condition.folder: condition for condition in conditions}
    plans = {name: plan_condition(one, edition) for name, one in distinct.items()}
    for name, plan in plans.items():
        run_plan(plan, model, dtype=dtype, folder=folder / name)
    return {name: folder / name for name in plans}


def run_plan(plan: Plan, model: NeuronModel, *, dtype: str, folder: Path) -> None:
    """Run a plan into a folder, unless its result is there."""
    described = describe(plan, model, dtype).digest()
    content: Sequence[object] = [__version__, described, asdict(plan.settings)]
    key = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    if finished(folder, key) is not None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with progress(len(plan.prompts)) as listener:
            outcome = run_experiment(plan, model, dtype=dtype, stored=folder, listener=listener)
    except UsageError as error:
        what, known, _ = str(error).partition("; name another folder")
        raise UsageError(f"{what}; name another --out" if known else what) from None
    write_outcome(outcome, folder, key)
