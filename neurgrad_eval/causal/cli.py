"""Options of `neurgrad causal`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from neurgrad_eval import options
from neurgrad_eval.causal import options as own

Numbers = Annotated[
    list[str], Option("--neurons", help="Top neurons shifted together; for several: 64,256.")
]


def causal(
    *,
    model: options.Model,
    edition: options.Edition,
    task: options.Task,
    ranking: own.Ranking,
    out: own.Out,
    score: own.Score = "polarity",
    neurons: Numbers = ["256"],  # noqa: B006 - read only
    shifts: own.Shifts = ["0.1,0.25,0.5,1"],  # noqa: B006 - read only
    unit: own.Unit = own.UnitChoice.activation,
    draws: own.Draws = 20,
    limit: own.Limit = None,
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
    """Shift the top neurons of a ranking on test items, and see what the right answer gains."""
    from neurgrad_eval.causal.command import causal as run
    from neurgrad_eval.causal.preparing import Asked, item_settings
    from neurgrad_eval.causal.settings import CausalSettings
    from neurgrad_eval.control.settings import parse_floats
    from neurgrad_eval.probing.command import EditionChoice, ModelChoice
    from neurgrad_eval.probing.settings import parse_neurons

    chosen = CausalSettings(
        score=score,
        numbers=parse_neurons(neurons),
        shifts=parse_floats(shifts, "shifts"),
        unit=unit.value,
        draws=draws,
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
