"""What an experiment is: settings, independent units, rows for each, and a summary of the rows.

A new experiment is one file with a subclass of `Experiment`. From its settings come its command
and the manifest, from its units resumption and distribution, from its tables the files, the page,
the console and the JSON: none of that is written by an experiment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from neurgrad_eval.runs.rows import Measurement, Records
from neurgrad_eval.runs.settings import Settings as AnySettings
from neurgrad_eval.show.views import View, default_views

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Self

    from neurgrad_eval.runs.measured import Measured
    from neurgrad_eval.runs.result import Result


@dataclass(frozen=True)
class Findings:
    """What an experiment finds."""

    tables: Mapping[str, pa.Table | Records]
    """Tidy tables by name, the most important one first."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Single numbers and words that are of the whole result."""
    warnings: tuple[str, ...] = ()
    """What a reader must know first."""


def _nothing(_steps: int) -> None:
    """Tell nobody."""


class Experiment(ABC):
    """An experiment that is ready to be run.

    Attributes
    ----------
    name
        Of its command, and in the manifest.
    Settings
        What decides how it is measured.
    Options
        What is typed: the settings, and what `open` needs to find its inputs.
    large
        Names of tables that are kept as parquet only: one row per neuron, point or item.
    collective
        Whether every process takes part in `summarise`, as `Measured.sum` needs.
    lead
        What was done, in a paragraph for readers of the page.
    shows
        How the tables are shown, the most important one first; all small ones if not said.
    settings
        An instance of `Settings`, or of `Options`, which holds them.
    advance
        Called with the number of steps done, where one unit is many (`steps`); set by the runner.
    """

    name: ClassVar[str]
    Settings: ClassVar[type[AnySettings]]
    Options: ClassVar[type[AnySettings]]
    large: ClassVar[frozenset[str]] = frozenset()
    collective: ClassVar[bool] = False
    lead: ClassVar[str] = ""
    shows: ClassVar[tuple[View, ...]] = ()

    settings: Any
    advance: Callable[[int], None] = staticmethod(_nothing)

    @classmethod
    @abstractmethod
    def open(cls, options: Any, out: Path | None) -> Self:
        """Make the experiment: load the model, read the files.

        Parameters
        ----------
        options
            An instance of `Options`.
        out
            Folder of the run, for an experiment that has runs of its own inside.
        """

    @abstractmethod
    def units(self) -> Mapping[str, Any] | Sequence[Any]:
        """What can be measured independently; a mapping names the units' files."""

    @abstractmethod
    def measure(self, unit: Any) -> Measurement:
        """Measure one unit; the same in whatever order and process it is called."""

    def summarise(self, measured: Measured) -> Findings:
        """Sum the rows of all units up; the rows themselves if an experiment does not say."""
        return Findings(measured.tables())

    def about(self) -> dict[str, Any]:
        """All that decides the numbers, as plain values: a run is resumed only for the same."""
        return dict(self.settings.deciding(self.Settings))

    def steps(self, unit: Any) -> int:
        """Steps of the progress bar that a unit is."""
        return 1

    @classmethod
    def views(cls, result: Result) -> Sequence[View]:
        """How the result's tables are shown, for an experiment that cannot say before."""
        return cls.shows or default_views(n for n in result.tables if n not in result.large)

    @classmethod
    def check(cls, options: Any) -> None:
        """Raise the errors that show before a model is loaded."""
