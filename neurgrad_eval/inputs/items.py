"""Items as prompts, one by one: of a task, or prompts that a user has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from mceval8k.errors import UsageError
from neurgrad_eval.digests import digest_texts
from neurgrad_eval.engine.prefix_cache import PrefixCache
from neurgrad_eval.engine.question import Question, ask, run_beginning
from neurgrad_eval.inputs.plan import Plan
from neurgrad_eval.neuron_model import NeuronModel


@dataclass(frozen=True)
class Item:
    """A multiple-choice prompt."""

    number: int
    """Position among the test (or training) items."""
    id: str
    prompt: str
    answers: tuple[str, ...]
    """Literal continuations, one token each."""
    label: int
    """Index of the right answer."""
    group: str
    """Items of one group are never taken as independent."""
    language: str
    """Items of one language begin alike."""


@dataclass(frozen=True)
class Items:
    """Items of which some are used."""

    whole: tuple[Item, ...]
    """All that there are, those of a language one after the other."""
    about: Mapping[str, Any]
    """Which they are, as plain values."""
    limit: int | None = None
    """How many are used, by their numbers; None for all."""

    @property
    def chosen(self) -> tuple[Item, ...]:
        """Those that are used."""
        if self.limit is None:
            return self.whole
        return tuple(item for item in self.whole if item.number < self.limit)


@dataclass(frozen=True)
class Asker:
    """Gives a model items one by one; what the items of a language begin with is run once.

    The beginning is that of all items of the language, whichever of them are used here, so that
    an item's numbers do not depend on limits or on the number of processes.
    """

    model: NeuronModel
    items: Items
    _beginnings: dict[str, PrefixCache | None] = field(default_factory=dict)

    def ask(self, item: Item) -> Question:
        """Run an item up to its last token; see `question.ask` for the errors."""
        known = self._beginnings
        if item.language not in known:
            own = [one for one in self.items.whole if one.language == item.language]
            texts = [one.prompt for one in own], [one.answers for one in own]
            known[item.language] = run_beginning(self.model, *texts)
        return ask(self.model, item.prompt, item.answers, beginning=known[item.language])


def plan_items(plan: Plan, split: Literal["train", "test"], limit: int | None = None) -> Items:
    """Training or test items of a plan, language by language."""
    start = 0 if split == "train" else len(plan.sample.train)
    end = start + len(getattr(plan.sample, split))
    rows = [row for _, own in plan.languages() for row in own if start <= row < end]
    drawn = ((row, plan.sample.items[row]) for row in rows)
    items = tuple(
        Item(
            number=row - start,
            id=item["id"],
            prompt=plan.prompts[row],
            answers=plan.answers,
            label=int(item["label"]),
            group=str(item["group"]),
            language=item["lang"],
        )
        for row, item in drawn
    )
    return Items(items, plan.about(), limit)


def given_items(
    model: NeuronModel,
    prompts: Sequence[str],
    answers: Sequence[str] | Sequence[Sequence[str]],
    labels: Sequence[int],
    groups: Sequence[str] | None = None,
) -> Items:
    """Prompts that a user has.

    Parameters
    ----------
    model
        The model.
    prompts, answers
        Texts; literal continuations, one token each: the same for all prompts, or a list for each.
    labels, groups
        Index of each prompt's right answer; what belongs together [prompt], if anything does.

    Raises
    ------
    UsageError
        Lengths differ, a label is no answer, or an answer is not one token.
    DataError
        A prompt is empty or too long.
    """
    named = groups if groups is not None else [str(number) for number in range(len(prompts))]
    for name, values in (("labels", labels), ("groups", named)):
        if len(values) != len(prompts):
            raise UsageError(f"{len(values)} {name} for {len(prompts)} prompts")
    texts = model.encode(prompts, answers).texts
    for number, (label, own) in enumerate(zip(labels, texts, strict=True)):
        if not 0 <= label < len(own):
            raise UsageError(f"prompt {number}: label {label} is none of {len(own)} answers")
    rows = enumerate(zip(prompts, texts, labels, named, strict=True))
    items = tuple(
        Item(number, str(number), prompt, own, int(label), str(group), "")
        for number, (prompt, own, label, group) in rows
    )
    content = [(item.prompt, *item.answers, str(item.label), item.group) for item in items]
    digest = digest_texts(word for words in content for word in words)
    return Items(items, {"items": len(items), "items_digest": digest})
