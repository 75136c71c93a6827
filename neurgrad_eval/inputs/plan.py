"""What an experiment gives a model: items, prompts and answers, before any model is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mceval8k.editions import Edition
from mceval8k.errors import UsageError
from mceval8k.prompts.pack import Pack, load_pack
from mceval8k.task import Item, Task
from neurgrad_eval.digests import digest_texts
from neurgrad_eval.inputs.options import EditionInput, ItemInput, opened
from neurgrad_eval.inputs.sampling import Sample, draw_sample, draw_training


@dataclass(frozen=True)
class Plan:
    """An experiment that is ready to be run."""

    task: Task
    edition: Edition
    pack: Pack
    sample: Sample
    prompts: tuple[str, ...]
    """Of the training items, then of the test and of the validation items."""
    answers: tuple[str, ...]
    """Literal continuations, the same for every prompt."""
    seed: int
    """That drew the items and demonstrations."""

    def languages(self) -> Iterator[tuple[str, list[int]]]:
        """Yield each language with the numbers of its prompts, which share their beginning."""
        spoken = [item["lang"] for item in self.sample.items]
        for lang in sorted(set(spoken)):
            yield lang, [row for row, own in enumerate(spoken) if own == lang]

    @property
    def texts(self) -> tuple[str, ...]:
        """Question and options of each item, without demonstrations and instructions."""
        return tuple(map(_text, self.sample.items))

    def about(self) -> dict[str, Any]:
        """The plan as plain values."""
        shots = len(next(iter(self.sample.demonstrations.values()), ()))
        return {
            "edition": self.edition.name,
            "edition_revision": self.edition.revision,
            "edition_digest": self.edition.digest,
            "task": self.task.name,
            "pack": self.pack.name,
            "pack_digest": self.pack.digest(self.task),
            "num_fewshot": shots,
            "seed": self.seed,
            "train_size": len(self.sample.train),
            "test_size": len(self.sample.test),
            "validation_size": len(self.sample.validation),
            "prompts_digest": digest_texts([*self.prompts, *self.answers]),
            "items_digest": digest_texts(item["id"] for item in self.sample.items),
        }


def _text(item: Item) -> str:
    options = (f"Option {number}: {text}" for number, text in enumerate(item["options"], 1))
    return "\n".join([item["question"], *options])


def make_plan(options: ItemInput) -> Plan:
    """Draw the items of an experiment and write their prompts.

    Raises
    ------
    UsageError
        There is no such task or pack, or the edition has not got the task.
    DataError
        The edition has too few items, or a file is damaged.
    """
    edition = opened(options)
    task = _task(options, edition)
    load_pack(options.pack)  # a mistake in its name shows before data is read
    splits = {name: split.to_list() for name, split in edition.load(task.name).items()}
    return write_plan(options, edition, draw_sample(splits, task, options))


def make_training_plan(options: EditionInput, size: int | None) -> Plan:
    """Draw training items only, all that share no group with the demonstrations if size is None.

    Errors are those of `make_plan`.
    """
    edition = opened(options)
    task = _task(options, edition)
    load_pack(options.pack)
    pool = edition.load(task.name)["train"].to_list()
    return write_plan(options, edition, draw_training(pool, task, options, size))


def _task(options: EditionInput, edition: Edition) -> Task:
    """The task; UsageError where its items differ in how many answers they have."""
    task = edition.task(options.task)
    if len(task.option_counts) > 1:
        raise UsageError(
            f"task {task.name}: its items have {task.option_counts[0]} to {task.n_options} "
            "options; experiments on neurons need the same number in all"
        )
    return task


def write_plan(options: EditionInput, edition: Edition, sample: Sample) -> Plan:
    """Write the prompts of items that have been drawn."""
    task, pack = _task(options, edition), load_pack(options.pack)
    prompts = (
        pack.prompt(task, item, sample.demonstrations[item["lang"]]) for item in sample.items
    )
    return Plan(
        task=task,
        edition=edition,
        pack=pack,
        sample=sample,
        prompts=tuple(prompts),
        answers=pack.continuations(task, task.n_options),
        seed=options.seed,
    )
