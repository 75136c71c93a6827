"""What a run found: tidy tables that can be saved, loaded, plotted and taken into pandas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from mceval8k.csv_text import to_csv
from mceval8k.errors import DataError, UsageError
from mceval8k.json_text import read_json
from mceval8k.text import model_name
from neurgrad_eval.runs.folder import (
    Manifest,
    check_files,
    finish,
    open_folder,
    plain_json,
    read_manifest,
)
from neurgrad_eval.runs.options import command_line
from neurgrad_eval.runs.registry import find
from neurgrad_eval.runs.rows import records
from neurgrad_eval.show.figures import draw
from neurgrad_eval.show.pages import Section, render, sections
from neurgrad_eval.show.views import expand

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from neurgrad_eval.runs.hub import Pushed
    from neurgrad_eval.show.views import View

RESULT = "result.json"
PAGE = "index.html"


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """Result of one experiment.

    Attributes
    ----------
    experiment
        Its name.
    tables
        Tidy tables by name; the first is the most important one.
    about
        Model, data and settings, as plain values.
    facts
        Single numbers and words that are of the whole result.
    warnings
        What a reader must know first.
    large
        Tables of one row per neuron, point or item, which JSON and CSV leave out.
    options
        What was typed, if the result is of a command.
    """

    experiment: str
    tables: Mapping[str, pa.Table]
    about: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    large: frozenset[str] = frozenset()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        sizes = ", ".join(f"{name} ({table.num_rows:,})" for name, table in self.tables.items())
        known = str(self.about.get("task") or ""), model_name(self.about.get("model"))
        of = ", ".join(filter(None, known))
        return f"Result of {self.experiment}{f' ({of})' if of else ''}\n  tables: {sizes}"

    def table(self, name: str | None = None) -> pa.Table:
        """A table by name; the most important one if none is given.

        Raises
        ------
        UsageError
            There is no such table.
        """
        chosen = next(iter(self.tables)) if name is None else name
        if chosen not in self.tables:
            raise UsageError(f"there is no table {chosen!r}: {', '.join(self.tables)}")
        return self.tables[chosen]

    def to_pandas(self, name: str | None = None) -> pd.DataFrame:
        """A table as a DataFrame; see `table`."""
        table: pd.DataFrame = self.table(name).to_pandas()
        return table

    def head(self, count: int = 5, name: str | None = None) -> pd.DataFrame:
        """First rows of a table as a DataFrame; see `table`."""
        table: pd.DataFrame = self.table(name).slice(0, count).to_pandas()
        return table

    def views(self) -> list[View]:
        """How the tables are shown."""
        return list(expand(find(self.experiment).views(self), self.tables))

    @property
    def title(self) -> str:
        """Heading of the result on a page: experiment, task and model."""
        model = model_name(self.about.get("model"))
        of = ", ".join(filter(None, (str(self.about.get("task", "")), model)))
        return f"{self.experiment.capitalize()}{f': {of}' if of else ''}"

    def plot(self, heading: str | None = None) -> go.Figure:
        """A figure of the result.

        Parameters
        ----------
        heading
            Words that begin the heading of the figure on the result's page; the first figure if
            not given.

        Raises
        ------
        UsageError
            There is no such figure.
        """
        charts = {view.heading: view for view in self.views() if view.chart}
        for name, view in charts.items():
            if view.chart and name.startswith(heading or ""):
                return draw(self.tables[view.table], view.chart, view.where)
        raise UsageError(f"there is no figure {heading!r}: {', '.join(charts) or 'none at all'}")

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; without the large tables."""
        small = {name: records(t) for name, t in self.tables.items() if name not in self.large}
        return {
            "experiment": self.experiment,
            "about": plain_json(self.about),
            "facts": plain_json(self.facts),
            "warnings": list(self.warnings),
            "tables": small,
        }

    def sections(self) -> list[Section]:
        """Parts of a page about the result."""
        kind = find(self.experiment)
        command = ""
        if self.options:
            command = command_line(f"neurgrad {self.experiment}", kind.Options, dict(self.options))
        return sections(
            self.title,
            self.views(),
            self.tables,
            lead=kind.lead,
            facts={n: v for n, v in self.facts.items() if isinstance(v, (int, float, str))},
            warnings=self.warnings,
            settings=self.about,
            command=command,
        )

    def _repr_html_(self) -> str:
        heading = f"<p>{self.experiment}</p>"
        html: str = self.to_pandas().to_html(max_rows=20, escape=True)
        return heading + html

    def save(self, folder: str | Path) -> None:
        """Write the result to a folder; `load` reads it.

        Raises
        ------
        UsageError
            The folder holds something else than an earlier run of the same.
        """
        path = Path(folder)
        manifest = Manifest(self.experiment, self.about, self.options)
        open_folder(path, manifest)
        finish(path, manifest, self.write)

    def push_to_hub(self, repo_id: str, *, private: bool = False, dry_run: bool = True) -> Pushed:
        """Put the result into a data set repository; see `runs.hub.push_to_hub`."""
        from neurgrad_eval.runs import hub

        return hub.push_to_hub(self, repo_id, private=private, dry_run=dry_run)

    def write(self, folder: Path) -> None:
        """Write the files of the result: JSON, a parquet and a CSV file for each table, a page."""
        content = {
            "experiment": self.experiment,
            "facts": plain_json(self.facts),
            "warnings": list(self.warnings),
            "tables": list(self.tables),
            "large": sorted(self.large & set(self.tables)),
        }
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / RESULT).write_text(text, encoding="utf-8", newline="\n")
        for name, table in self.tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
            if name not in self.large:
                text = to_csv(table.column_names, table.to_pylist())
                (folder / f"{name}.csv").write_bytes(text.encode())
        parts = self.sections()
        page = render(parts[0].heading, parts)
        (folder / PAGE).write_text(page, encoding="utf-8", newline="\n")


def load(folder: str | Path) -> Result:
    """Read the result of a finished run from its folder.

    Raises
    ------
    UsageError
        It holds no run, one that is not finished or of an earlier version, or was edited.
    DataError
        A file is damaged.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    if manifest.files is None:
        raise UsageError(f"{path}: the run is not finished; the same command resumes it")
    check_files(path, manifest)
    content = read_json(path / RESULT)
    try:
        tables = {str(name): pq.read_table(path / f"{name}.parquet") for name in content["tables"]}
        return Result(
            manifest.experiment,
            tables,
            manifest.about,
            dict(content["facts"]),
            tuple(map(str, content["warnings"])),
            frozenset(content["large"]),
            manifest.options,
        )
    except (KeyError, TypeError, ValueError, OSError, pa.ArrowException) as error:
        raise DataError(f"{path / RESULT}: {error!r}") from None
