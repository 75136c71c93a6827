"""Options of `neurgrad interactions`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from neurgrad_eval import options
from neurgrad_eval.causal import options as own

Count = Annotated[int, Option("--neurons", help="Top neurons, all pairs of which are shifted.")]
Threshold = Annotated[
    float, Option(help="Share of the single changes that an interaction must be above.")
]


def interactions(
    *,
    model: options.Model,
    edition: options.Edition,
    task: options.Task,
    ranking: own.Ranking,
    out: own.Out,
    score: own.Score = "polarity",
    neurons: Count = 24,
    shifts: own.Shifts = ["1"],  # noqa: B006 - read only
    unit: own.Unit = own.UnitChoice.activation,
    draws: own.Draws = 2,
    threshold: Threshold = 0.1,
    limit: own.Limit = 100,
    train_size: options.TrainSize = 1000,
    test_size: options.TestSize = "all",
    validation_size: own.ValidationSize = 200,
    num_fewshot: options.NumFewshot = "balanced",
    pack: options.Pack = "default",
    space: options.SpaceOption = options.Space.hidden,
    sign: options.SignOption = options.Sign.magnitude,
    seed: own.Seed = 0,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    edition_revision: options.EditionRevision = None,
    json: options.Json = False,
) -> None:
    """Shift pairs of ranked neurons, and compare with the sum of what each does alone."""
    from neurgrad_eval.causal.preparing import Asked, item_settings
    from neurgrad_eval.control.settings import parse_floats
    from neurgrad_eval.interactions.command import interactions as run
    from neurgrad_eval.interactions.settings import InteractionSettings
    from neurgrad_eval.probing.command import EditionChoice, ModelChoice

    chosen = InteractionSettings(
        score=score,
        neurons=neurons,
        shifts=parse_floats(shifts, "shifts"),
        unit=unit.value,
        draws=draws,
        threshold=threshold,
        space=space.value,
        sign=sign.value,
        seed=seed,
    )
    asked = Asked(
        ModelChoice(model, revision, dtype.value, device),
        EditionChoice(edition, edition_revision),
        item_settings(task, train_size, test_size, validation_size, num_fewshot, seed, pack),
        ranking,
        limit,
    )
    run(chosen, asked, out=out, as_json=json)
