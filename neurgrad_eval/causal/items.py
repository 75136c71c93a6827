"""Items of a plan, run up to the token that predicts the answer and ready to be read out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mceval8k.item import Item
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.probing.plan import Plan
from neurgrad_eval.sweeps.question import Question, ask_each


@dataclass(frozen=True)
class AskedItem:
    """An item as a model has been asked it."""

    number: int
    """Position among the plan's test (or training) items."""
    item: Item
    question: Question
    answers: tuple[int, ...]
    """Token id of each option's answer symbol."""

    @property
    def gold(self) -> int:
        """Index of the right option."""
        return int(self.item["label"])


def choose_test(plan: Plan, limit: int | None) -> list[int]:
    """Positions of the first `limit` test items, language by language; None for all."""
    return _numbers(plan, len(plan.sample.train), len(plan.sample.test), limit)


def choose_train(plan: Plan, limit: int | None) -> list[int]:
    """Positions of the first `limit` training items, language by language; None for all."""
    return _numbers(plan, 0, len(plan.sample.train), limit)


def ask_items(
    model: NeuronModel, plan: Plan, numbers: Sequence[int], *, train: bool = False
) -> Iterator[AskedItem]:
    """Run items one by one; what the prompts of a language begin with runs once."""
    start = 0 if train else len(plan.sample.train)
    wanted = set(numbers)
    for _, rows in plan.languages():
        own = [row - start for row in rows if row - start in wanted]
        if not own:
            continue
        prompts = [plan.prompts[start + number] for number in own]
        for number, (question, answers) in zip(
            own, ask_each(model, prompts, plan.answers), strict=True
        ):
            yield AskedItem(number, plan.sample.items[start + number], question, answers)


def _numbers(plan: Plan, start: int, there: int, limit: int | None) -> list[int]:
    kept = there if limit is None else min(limit, there)
    spoken = [row - start for _, rows in plan.languages() for row in rows]
    return [number for number in spoken if 0 <= number < kept]
