"""What an experiment asks a model: items, prompts and answers, before any model is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mceval8k.editions import Edition
from mceval8k.prompts.pack import Pack, load_pack
from mceval8k.registry import get_task
from mceval8k.task import Task
from neurgrad_eval.feature_shards import SHARD
from neurgrad_eval.feature_store import digest_texts
from neurgrad_eval.probing.sampling import Sample, draw_sample
from neurgrad_eval.probing.settings import ProbeSettings


@dataclass(frozen=True)
class Plan:
    """An experiment that is ready to be run."""

    settings: ProbeSettings
    task: Task
    edition: Edition
    edition_digest: str
    pack: Pack
    sample: Sample
    prompts: tuple[str, ...]
    """Of the training items, then of the test and of the validation items."""
    answers: tuple[str, ...]
    """Literal continuations, the same for every prompt."""

    def languages(self) -> Iterator[tuple[str, list[int]]]:
        """Yield each language with the numbers of its prompts, which share their beginning."""
        spoken = [item["lang"] for item in self.sample.items]
        for lang in sorted(set(spoken)):
            yield lang, [row for row, own in enumerate(spoken) if own == lang]

    def shards(self) -> list[list[int]]:
        """Numbers of the prompts that are computed and stored together, of one language each."""
        return [
            rows[start : start + SHARD]
            for _, rows in self.languages()
            for start in range(0, len(rows), SHARD)
        ]

    def digest(self) -> str:
        """SHA-256 of all that a model is asked."""
        return digest_texts([*self.prompts, *self.answers])


def make_plan(settings: ProbeSettings, edition: Edition) -> Plan:
    """Draw the items of an experiment and write their prompts.

    Raises
    ------
    UsageError
        There is no such task or pack, or the edition has not got the task.
    DataError
        The edition has too few items, or a file is damaged.
    """
    task = get_task(settings.task)
    load_pack(settings.pack)  # a mistake in its name shows before data is read
    splits = {name: split.to_list() for name, split in edition.load(task.name).items()}
    return write_plan(settings, edition, draw_sample(splits, task, settings))


def write_plan(settings: ProbeSettings, edition: Edition, sample: Sample) -> Plan:
    """Write the prompts of items that have been drawn."""
    task, pack = get_task(settings.task), load_pack(settings.pack)
    prompts = (
        pack.prompt(task, item, sample.demonstrations[item["lang"]]) for item in sample.items
    )
    return Plan(
        settings=settings,
        task=task,
        edition=edition,
        edition_digest=edition.digest,
        pack=pack,
        sample=sample,
        prompts=tuple(prompts),
        answers=pack.continuations(task, task.n_options),
    )
