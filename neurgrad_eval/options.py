"""Options that commands of `neurgrad` share."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option


class Space(str, Enum):
    """Which vector's coordinates are the neurons."""

    hidden = "hidden"
    up = "up"


class Sign(str, Enum):
    """How a shift moves a neuron."""

    magnitude = "magnitude"
    signed = "signed"


class DType(str, Enum):
    """Types of weights."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


class Kind(str, Enum):
    """What a model predicts: the next token, or the one that is masked."""

    auto = "auto"
    causal = "causal"
    masked = "masked"


Model = Annotated[str, Option(help="Folder in transformers' format, or Hub id.")]
ModelArgument = Annotated[
    str, Argument(metavar="MODEL", help="Folder in transformers' format, Hub id, or GGUF file.")
]
KindOption = Annotated[Kind, Option(help="Language model: 'auto' is what the model's config says.")]
Edition = Annotated[str, Option(help="Folder of an edition, or Hub id.")]
Task = Annotated[str, Option(help="Task of the benchmark, such as agnews.")]
Out = Annotated[Path, Option(help="Folder to write; an earlier result is replaced.")]
TrainSize = Annotated[int, Option(help="Training prompts, balanced over labels.")]
TestSize = Annotated[str, Option(help="Test prompts, or 'all'.")]
Neurons = Annotated[
    list[str], Option(help="Neurons that vote; for several: 256,1024 or the option again.")
]
NumFewshot = Annotated[str, Option(help="Demonstrations, or 'balanced': one per option.")]
Seed = Annotated[int, Option(help="Decides items, demonstrations, forest and bootstrap.")]
Pack = Annotated[str, Option(help="Prompt pack: a name or a YAML file.")]
SpaceOption = Annotated[
    Space, Option(help="Neurons: what enters the down-projection, or what the up-projection gives.")
]
SignOption = Annotated[Sign, Option(help="Shift convention of NeurGrad.")]
BatchSize = Annotated[int, Option(help="Prompts at a time.")]
DTypeOption = Annotated[DType, Option(help="Type of the weights.")]
Device = Annotated[str, Option(help="Where to compute.")]
Revision = Annotated[str | None, Option(help="Revision of the model's Hub id.")]
EditionRevision = Annotated[str | None, Option(help="Revision of the edition's Hub id.")]
Overwrite = Annotated[bool, Option("--overwrite", help="Replace features of another run in --out.")]
Json = Annotated[bool, Option("--json", help="Print the result as JSON on standard output.")]
Runs = Annotated[
    list[Path], Argument(help="Folders that `mceval8k eval` or commands of `neurgrad` wrote.")
]
Page = Annotated[Path, Option("--out", help="HTML file to write.")]
Prompts = Annotated[
    Path,
    Option(help="Parquet, JSONL or CSV file with columns prompt and answer (one token)."),
]
Limit = Annotated[int | None, Option(help="Prompts at most; all if not given.")]
SweptNeurons = Annotated[int, Option("--neurons", help="Neurons drawn for each prompt.")]
ShiftRange = Annotated[float, Option("--range", help="Largest shift, in activation units.")]
Step = Annotated[float, Option(help="Distance between shifts.")]
ShiftSign = Annotated[Sign, Option("--sign", help="A shift moves a neuron away from zero, or up.")]
NeuronSeed = Annotated[int, Option("--seed", help="Decides the neurons.")]
SweepOut = Annotated[
    Path, Option("--out", help="Folder to write; a sweep with the same settings is gone on with.")
]

EstimateOut = Annotated[
    Path | None, Option("--out", help="Folder for every estimate and the scores.")
]
EstimateSeed = Annotated[int, Option("--seed", help="Decides the neurons and the bootstrap.")]
