"""Options of `neurgrad rank`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Option

from neurgrad_eval import options

Out = Annotated[
    Path, Option("--out", help="Folder to write; a ranking of the same prompts is gone on with.")
]
Size = Annotated[str, Option("--train-size", help="Training prompts, balanced, or 'all'.")]
Top = Annotated[int, Option(help="First neurons whose distribution over layers is shown.")]
Seed = Annotated[int, Option(help="Decides items and demonstrations.")]


def rank(
    *,
    model: options.Model,
    edition: options.Edition,
    task: options.Task,
    out: Out,
    train_size: Size = "1000",
    top: Top = 1024,
    num_fewshot: options.NumFewshot = "balanced",
    seed: Seed = 0,
    pack: options.Pack = "default",
    space: options.SpaceOption = options.Space.hidden,
    sign: options.SignOption = options.Sign.magnitude,
    batch_size: options.BatchSize = 8,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    edition_revision: options.EditionRevision = None,
    json: options.Json = False,
) -> None:
    """Rank neurons on any number of training prompts; several processes may share the work."""
    from neurgrad_eval.features import GradientSettings
    from neurgrad_eval.probing import command as shared
    from neurgrad_eval.probing import settings
    from neurgrad_eval.ranks import command

    chosen = settings.ProbeSettings(
        task=task,
        train_size=1,
        num_fewshot=settings.parse_fewshot(num_fewshot),
        seed=seed,
        pack=pack,
        gradients=GradientSettings(space.value, sign.value, batch_size),
    )
    command.rank(
        chosen,
        shared.EditionChoice(edition, edition_revision),
        shared.ModelChoice(model, revision, dtype.value, device),
        command.RankChoice(settings.parse_size(train_size), top, out, json),
    )
