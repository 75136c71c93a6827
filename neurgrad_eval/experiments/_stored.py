"""What the experiments on stored features have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from neurgrad_eval.features.features import Features
from neurgrad_eval.inputs.stored import Runs, RunsInput, Sources, StoredRun, stored_runs
from neurgrad_eval.probes.base import VotingProbe
from neurgrad_eval.probes.permuted import refitted, shuffled
from neurgrad_eval.runs.experiment import Experiment

if TYPE_CHECKING:
    from typing_extensions import Self

T = TypeVar("T")
Row = dict[str, Any]


class OnFeatures(Experiment, Generic[T]):
    """Base of experiments on features that are there: runs, or sets of runs that are compared."""

    def __init__(self, settings: Any, sources: Sources[T]) -> None:
        self.settings = settings
        self.sources = sources

    def about(self) -> dict[str, Any]:
        """What the features are of, and settings."""
        return {"runs": self.sources.about, **super().about()}

    def units(self) -> Sequence[Any]:
        """Each probe, in each of the sources."""
        return [(name, probe) for name in self.sources.about for probe in self.settings.probes]

    def rows(self, name: str, found: Iterable[Any], **more: Any) -> list[Row]:
        """Rows, of dataclasses or mappings, that say of which run they are."""
        about = self.about_of(name)
        leading = {"run": name, **{key: str(about.get(key, "")) for key in ("model", "task")}}
        rows = (row if isinstance(row, Mapping) else vars(row) for row in found)
        return [{**leading, **row, **more} for row in rows]

    def about_of(self, name: str) -> Mapping[str, Any]:
        """What one of the sources is of."""
        found: Mapping[str, Any] = self.sources.about[name]
        return found


class OnRuns(OnFeatures[StoredRun]):
    """Base of experiments on single runs."""

    @classmethod
    def check(cls, options: RunsInput) -> None:
        """Read what the runs are of."""
        stored_runs(options.runs)

    @classmethod
    def open(cls, options: RunsInput, out: Path | None) -> Self:
        """Find the runs; their features are read when they are measured."""
        return cls(options, stored_runs(options.runs))


class OnSets(OnFeatures[Runs]):
    """Base of experiments on runs that are compared."""

    def about_of(self, name: str) -> Mapping[str, Any]:
        """What the first of the runs is of."""
        found: Mapping[str, Any] = next(iter(self.sources.about[name].values()))
        return found


def fitted_to_permuted(probe: str, train: Features, draws: int, seed: int) -> Iterator[VotingProbe]:
    """Fit a probe in which single neurons vote to permuted labels, as often as there are draws."""
    if draws:
        yield from refitted(probe, train, shuffled(train, draws, seed))
