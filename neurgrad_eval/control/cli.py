"""Options of `neurgrad control`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from neurgrad_eval import options

Numbers = Annotated[
    list[str], Option(help="Neurons shifted together; for several: 1,16,256 or the option again.")
]
Shifts = Annotated[list[str], Option(help="Sizes of shift, in activation units.")]
Selections = Annotated[
    list[str],
    Option("--select", help="Which neurons: 'random', 'top' (largest |NeurGrad|), or both."),
]
Measured = Annotated[
    int, Option("--measure", help="Sets of up to so many neurons are predicted by measured slopes.")
]
Seed = Annotated[int, Option(help="Decides the random neurons and the bootstrap.")]


def control(
    *,
    model: options.Model,
    prompts: options.Prompts,
    out: options.SweepOut,
    numbers: Numbers = ["1,2,4,8,16,32,64,128,256,512,1024,2048,4096"],  # noqa: B006 - read only
    shifts: Shifts = ["0.1,0.5,1,2"],  # noqa: B006 - read only
    selections: Selections = ["random,top"],  # noqa: B006 - read only
    measured: Measured = 64,
    space: options.SpaceOption = options.Space.hidden,
    sign: options.ShiftSign = options.Sign.magnitude,
    seed: Seed = 0,
    limit: options.Limit = None,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    json: options.Json = False,
) -> None:
    """Shift many neurons at once, and compare the change with the sum of what each would do."""
    from neurgrad_eval.control import command, settings
    from neurgrad_eval.probing.settings import parse_neurons
    from neurgrad_eval.sweeps.command import Asked

    chosen = settings.ControlSettings(
        numbers=parse_neurons(numbers),
        shifts=settings.parse_floats(shifts, "shifts"),
        selections=settings.parse_selections(selections),
        measured=measured,
        space=space.value,
        sign=sign.value,
        seed=seed,
    )
    asked = Asked(model, revision, dtype.value, device, prompts, limit)
    command.control(chosen, asked, out=out, as_json=json)
