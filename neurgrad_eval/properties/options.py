"""Options of the commands about properties."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

Runs = Annotated[list[Path], Argument(help="Folders that `neurgrad probe` wrote.")]
Run = Annotated[Path, Argument(help="Folder that `neurgrad probe` wrote.")]
Out = Annotated[Path, Option(help="Folder to write; an earlier result is replaced.")]
Probes = Annotated[str, Option(help="Probes, with commas between them.")]
NullDraws = Annotated[int, Option(help="Draws of permuted labels and of random neurons.")]
Seed = Annotated[int, Option(help="Decides subsets, permutations, forests and bootstrap.")]
MostNeurons = Annotated[int, Option(help="Neurons that vote at most.")]
Draws = Annotated[int, Option(help="Training subsets of each size.")]
Band = Annotated[int, Option(help="Neurons in a rank band.")]
Sizes = Annotated[str, Option(help="Neurons in a random set; for several: 16,64.")]
MostSets = Annotated[int, Option(help="Random sets of each size at most.")]
ForestNeurons = Annotated[str, Option("--neurons", help="Best neurons read; 'all' for all.")]
Depths = Annotated[str, Option(help="Depths of the trees; 'none' for no limit.")]
Trees = Annotated[str, Option(help="Numbers of trees.")]
Jobs = Annotated[int, Option(help="Trees that grow at a time; -1 for all cores.")]
LeakyRun = Annotated[Path, Argument(metavar="LEAKY", help="Run on the edition that leaks.")]
CleanRun = Annotated[
    Path | None, Argument(metavar="[CLEAN]", help="The same run on the repaired edition.")
]
Voters = Annotated[int, Option("--neurons", help="Neurons that vote.")]
ControlDraws = Annotated[int, Option("--draws", help="Choices of items left out as control.")]
Conditions = Annotated[
    list[Path] | None,
    Argument(metavar="[RUN]...", help="Runs of `neurgrad probe`, one for each condition."),
]
Vary = Annotated[
    list[str] | None,
    Option(
        help="What to vary, and the values: pack=default,formal (or wording=, symbols=) or "
        "shots=0,4 or demonstrations=0,1 or seed=0,1 or task=agnews,ner or language; may be "
        "given again."
    ),
]
ByLanguage = Annotated[
    bool, Option("--by-language", help="Compare the languages of each run instead of the runs.")
]
ModelToRun = Annotated[str | None, Option("--model", help="With --vary: the model to probe.")]
EditionToRun = Annotated[str | None, Option("--edition", help="With --vary: the edition.")]
TaskToRun = Annotated[str | None, Option("--task", help="With --vary: the task.")]
