"""What a task is: one frozen record that every part of the project reads.

A task's record says where its data comes from, what its raw row looks like, how a raw row becomes
an item, and how it is worded in each of its languages. Records live one per module below
`mceval8k.tasks` and are found by `mceval8k.registry`; nothing else lists the tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

GENRES = (
    "linguistic",
    "classification",
    "nli",
    "factuality",
    "self-reflection",
    "multilingual",
)
OWN = "own"
"""Genre of the tasks that an edition brings along (`mceval8k.editions.own`), outside the six."""
LANGUAGES = ("en", "fr", "de", "zh", "es")
MAX_OPTIONS = 10
NOMINAL_SIZES = {"train": 6000, "validation": 1000, "test": 1000}

RawRow = Mapping[str, Any]
"""A row in the columns that the released edition has for a task."""
Item = Mapping[str, Any]
"""A row of an edition: the common columns (`mceval8k.item`), then the task's own raw columns."""


@dataclass(frozen=True)
class Parts:
    """What a raw row says, before it gets an id: the answerable core of an item."""

    question: str
    """The question, without instruction and options."""
    options: tuple[str, ...]
    """Two to ten candidate answers."""
    label: int
    """Index of the right option."""
    group: str
    """What must stay in one split: source sentence, document, parallel id, fact or pair."""
    lang: str = "en"
    """BCP-47 code of the item's language."""


@dataclass(frozen=True)
class Source:
    """An upstream data set."""

    id: str
    """Hub id, or the path prefix of a mirror directory (`ud/en_gum`)."""
    licence: str
    """SPDX id where there is one, else the licence's name."""
    config: str | None = None
    """Config of the Hub data set."""
    url: str = ""
    """Where people read about it."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One of the benchmark's tasks."""

    name: str
    """Name of the config, as released: `agnews`, `amazon-reviews`."""
    genre: str
    """One of `GENRES`, or `OWN`."""
    summary: str
    """The question in one line, for tables and cards."""
    languages: tuple[str, ...] = ("en",)
    """Languages of the items."""
    n_options: int
    """Options per item; the most that an item has, where their number varies."""
    fewest_options: int | None = None
    """Fewest options of an item, where their number varies."""
    fixed_options: Mapping[str, tuple[str, ...]] | None = None
    """By language: the options where they and their order are the same for every item."""
    sources: tuple[Source, ...]
    """Upstream data sets."""
    licence: str
    """Licence of the built task: the strictest of its sources'; `none stated` if there is none."""
    licence_note: str = ""
    """Who states the licence, or states none, and when that was checked."""
    citation: str
    """BibTeX of the upstream publications, and of those whose data these were made of."""
    raw_columns: Mapping[str, str]
    """Columns of the raw row as released, each with its type (`string`, `int64`, `list<…>`)."""
    group: str
    """In words: what must not be split between train, validation and test."""
    released_folder: str | None = None
    """Folder of the task in the released layout; None for a task that was not released."""
    instruction: Mapping[str, str]
    """By language: the default wording of the task, one or two sentences."""
    prompt_language: str | None = None
    """Language of every prompt, where an instruction in the item's own would give it away."""
    to_parts: Callable[[RawRow], Parts]
    """A raw row's item; raises KeyError, TypeError or ValueError for a row that is not one."""
    examples: tuple[RawRow, ...]
    """Raw rows written for this project, at least one per language: what `show` falls back to."""
    nominal_sizes: Mapping[str, int] = field(default_factory=lambda: dict(NOMINAL_SIZES))
    """Rows per split of a full edition."""

    preferences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Scores of the task's own by name: the columns with the indices of two options, of which the
    first is preferred or is not."""

    drawn_options: bool = False
    """Whether wrong options are drawn by whoever builds the task, and not written upstream."""
    templated: bool = False
    """Whether texts are made from templates: with other words in the same one, they are others."""
    not_text: tuple[str, ...] = ()
    """Raw columns of strings that are no text to be compared: the word asked for, an id."""
    unordered: bool = False
    """Whether the text columns may change places."""
    shared: tuple[str, ...] | None = None
    """Columns whose value must not be in two splits; None for all that hold text."""
    target: str | None = None
    """Raw column of the word or phrase that is asked about, where a text holds it."""
    words_decide: bool = False
    """Whether the question is about words (topic, sentiment, language), so that a classifier of
    the words of the whole text is a fair baseline, and no shortcut."""
    sensitive: str = ""
    """What is personal or hurtful in the texts, for the card; empty for nothing special."""

    def __post_init__(self) -> None:
        if self.genre not in (*GENRES, OWN):
            raise ValueError(f"task {self.name}: unknown genre {self.genre!r}")
        if unknown := set(self.languages) - set(LANGUAGES):
            raise ValueError(f"task {self.name}: unknown languages {sorted(unknown)}")
        spoken = {self.prompt_language} if self.prompt_language else set(self.languages)
        for what, table in (("instruction", self.instruction), ("options", self.fixed_options)):
            if table is not None and (missing := spoken - set(table)):
                raise ValueError(f"task {self.name}: no {what} in {sorted(missing)}")
        if not 2 <= (self.fewest_options or self.n_options) <= self.n_options <= MAX_OPTIONS:
            raise ValueError(f"task {self.name}: an item has 2 to {MAX_OPTIONS} options")
        named = {*self.not_text, *(self.shared or ()), *([self.target] if self.target else [])}
        if unknown := named - set(self.raw_columns):
            raise ValueError(f"task {self.name}: {sorted(unknown)} are no raw columns")
        for options in (self.fixed_options or {}).values():
            if len(options) != self.n_options:
                raise ValueError(f"task {self.name}: {options} are not {self.n_options} options")

    @property
    def module_name(self) -> str:
        """Name with underscores, for Python modules and lm-eval tasks."""
        return self.name.replace("-", "_")

    @property
    def option_counts(self) -> range:
        """Numbers of options that an item may have."""
        return range(self.fewest_options or self.n_options, self.n_options + 1)

    def language_of_prompt(self, lang: str) -> str:
        """Language of the prompt of an item of language `lang`."""
        return self.prompt_language or lang

    def options_in(self, lang: str) -> tuple[str, ...]:
        """Fixed options of an item of language `lang`."""
        if self.fixed_options is None:
            raise ValueError(f"task {self.name} has no fixed options")
        return self.fixed_options[self.language_of_prompt(lang)]
