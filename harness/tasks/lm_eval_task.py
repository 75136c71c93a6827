"""The one class behind all lm-eval tasks of MCEval8k.

lm-eval composes a prompt from a description, few-shot blocks and the item's block. Here each of
these is a column that a prompt pack fills, so that lm-eval's own machinery (chat templates, system
instructions, multi-turn few-shot) puts together exactly the text of `Pack.prompt`. Two things
lm-eval cannot do by YAML are done by this class: open an edition, and show demonstrations in the
language of the item, never of an evaluated group.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from datasets import Dataset
from lm_eval.api.samplers import FirstNSampler
from lm_eval.api.task import ConfigurableTask

from harness.samples.prompt_columns import BLOCK, INSTRUCTION, SYMBOLS, prompt_columns
from harness.tasks.one_line import errors_in_one_line
from harness.tasks.order import by_id, ids_digest
from harness.tasks.rotation import rotate_items
from harness.tasks.settings import read_settings
from harness.versions import versions
from mceval8k.editions import open_edition
from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.demonstrations import demonstrations_by_language, most_demonstrations
from mceval8k.prompts.pack import Pack, load_pack
from mceval8k.task import Item, Task
from mceval8k.version import __version__

LM_EVAL_SEED = 1234
"""What lm-eval's `--seed` is for demonstrations where it is not given."""

errors_in_one_line()


class MCEval8kTask(ConfigurableTask):  # type: ignore[misc]
    """A task of the benchmark, or one that the edition brings along.

    Edition and pack are those of `harness.tasks.settings`.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.settings = read_settings(config.get("metadata") or {}, os.environ)
        self.pack = load_pack(self.settings.pack)
        self.edition = open_edition(self.settings.edition, revision=self.settings.edition_revision)
        self.benchmark_task = self.edition.task(config["dataset_name"])
        self.check_requests: Callable[[Sequence[Any]], None] | None = None
        self._demonstrations: dict[int, Mapping[str, list[dict[str, Any]]]] = {}
        known = {key: value for key, value in config.items() if key != "class"}
        layout = {
            "target_delimiter": self.pack.delimiter,
            "fewshot_delimiter": self.pack.separator,
        }
        super().__init__(config=known | layout)

    def download(self, dataset_kwargs: dict[str, Any] | None = None, **kwargs: Any) -> None:
        """Read the task's splits; record in the metadata what exactly was read."""
        del dataset_kwargs, kwargs  # lm-eval's options for data sets that it loads itself
        task, pack, settings = self.benchmark_task, self.pack, self.settings
        edition = self.edition
        splits = edition.load(task.name)
        if not len(splits["test"]):
            raise DataError(f"edition {edition.name}: the test split of {task.name} is empty")
        if settings.rotation and not pack.positional:
            raise UsageError(
                f"pack {pack.name}: its symbols belong to options, so these cannot be rotated"
            )
        rotated = rotate_items(by_id(splits["test"]), settings.rotation)
        self.dataset = {"train": splits["train"], "test": _with_prompts(task, pack, rotated)}
        self.config.metadata |= settings.to_metadata() | {
            "edition_revision": edition.revision,
            "edition_digest": edition.digest,
            "pack_digest": pack.digest(task),
            "mceval8k_version": __version__,
            "versions": versions(),
            "test_items": len(rotated),
            "test_ids_digest": ids_digest(rotated["id"]),
        }

    def demonstrations(self, count: int) -> Mapping[str, list[dict[str, Any]]]:
        """By language: the demonstrations that every item of it is shown.

        Raises
        ------
        DataError
            The train split has too few that may be shown; the message names the task.
        """
        if count not in self._demonstrations:
            task, pack = self.benchmark_task, self.pack
            self._demonstrations[count] = {
                lang: [{**item, **prompt_columns(task, pack, item)} for item in items]
                for lang, items in self._draw(count).items()
            }
        return self._demonstrations[count]

    def most_demonstrations(self) -> int:
        """How many demonstrations every item can be shown."""
        test = self.dataset["test"]
        return most_demonstrations(
            self.benchmark_task, self.dataset["train"], set(test["lang"]), set(test["group"])
        )

    def _draw(self, count: int) -> Mapping[str, tuple[Item, ...]]:
        try:
            return demonstrations_by_language(
                self.benchmark_task,
                self.dataset["train"],
                count,
                languages=set(self.dataset["test"]["lang"]),
                seed=self.settings.demonstration_seed,
                barred_groups=set(self.dataset["test"]["group"]),
            )
        except DataError as error:
            raise DataError(f"task {self.benchmark_task.name}: {error}") from None

    def set_fewshot_seed(self, seed: int | None = None) -> None:
        """Refuse a seed of lm-eval's: the demonstrations are drawn by a seed of their own.

        Raises
        ------
        UsageError
            lm-eval's `--seed` is given, and is not the seed of the demonstrations.
        """
        if seed not in (None, LM_EVAL_SEED, self.settings.demonstration_seed):
            raise UsageError(
                f"--seed {seed}: demonstrations are drawn by their own seed: give --metadata "
                f"'{{\"demonstration_seed\": {seed}}}' or MCEVAL8K_SEED={seed}, too"
            )
        super().set_fewshot_seed(seed)

    def fewshot_context(self, doc: Item, num_fewshot: int, **kwargs: Any) -> str | list[str]:
        """lm-eval's prompt, with the demonstrations of the item's language."""
        self.sampler = FirstNSampler(self.demonstrations(num_fewshot)[doc["lang"]])
        context: str | list[str] = super().fewshot_context(doc, num_fewshot, **kwargs)
        return context

    def build_all_requests(self, *, tokenizer_name: str = "", **kwargs: Any) -> None:
        """Build the requests; `check_requests`, where set, sees them before any is scored."""
        # The tokenizer's name is but a part of the key under which lm-eval's `--cache_requests`
        # keeps the prompts; on its own that key holds neither the data nor the wording.
        key = f"{tokenizer_name}-{self.requests_digest(**kwargs)}"
        super().build_all_requests(tokenizer_name=key, **kwargs)
        if self.check_requests is not None:
            self.check_requests(self.instances)

    def requests_digest(
        self,
        *,
        samples: Sequence[int] | None = None,
        chat_template: Callable[[list[dict[str, str]]], Any] | None = None,
        **kwargs: Any,
    ) -> str:
        """SHA-256 of what shapes the requests beyond lm-eval's own key.

        Edition, pack, seed and rotation, the version of this package, the items chosen by
        `--samples`, and what the model's chat template makes of a message.
        """
        del kwargs
        names = ("edition_digest", "pack_digest", "demonstration_seed", "rotation", "versions")
        content = {name: self.config.metadata[name] for name in names}
        content["samples"] = samples
        content["chat"] = chat_template and str(chat_template([{"role": "user", "content": "?"}]))
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def _with_prompts(task: Task, pack: Pack, items: Dataset) -> Dataset:
    rows = [prompt_columns(task, pack, item) for item in items]
    for name in (INSTRUCTION, BLOCK, SYMBOLS):
        items = items.add_column(name, [row[name] for row in rows])
    return items
