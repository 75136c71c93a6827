"""Options that the commands on ranked neurons share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

from typer import Option


class UnitChoice(str, Enum):
    """What a shift of 1 is."""

    activation = "activation"
    sd = "sd"


Ranking = Annotated[
    Path,
    Option(help="Ranked neurons: .parquet or .csv, or the folder of `neurgrad probe` or `rank`."),
]
Score = Annotated[
    str, Option(help="Which ranking of a table that holds several: polarity or magnitude.")
]
Unit = Annotated[
    UnitChoice,
    Option(help="A shift of 1: in activation, or a neuron's standard deviation over prompts."),
]
Shifts = Annotated[list[str], Option(help="Sizes of shift; for several: 0.5,1,2.")]
ValidationSize = Annotated[
    int, Option(help="Validation prompts of the run that gave the ranking; none is asked here.")
]
Limit = Annotated[int | None, Option(help="Test items at most; all that are drawn if not given.")]
Draws = Annotated[int, Option(help="Sets of random neurons of the same layers.")]
Seed = Annotated[int, Option(help="Decides items, demonstrations, random sets and bootstrap.")]
Out = Annotated[
    Path, Option("--out", help="Folder to write; a run with the same settings is gone on with.")
]
