"""The command `neurgrad`: gradients and skill neurons from the command line.

Heavy libraries are imported by the commands that need them, so that `--help` is quick.
"""

from __future__ import annotations

import sys

import typer

from neurgrad_eval import options

app = typer.Typer(
    name="neurgrad",
    help="Neuron empirical gradients of language models, and the skill neurons found with them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.callback()
def _neurgrad() -> None:
    """Keep `probe` a sub-command while it is the only one."""


@app.command()
def probe(
    *,
    model: options.Model,
    edition: options.Edition,
    task: options.Task,
    out: options.Out,
    train_size: options.TrainSize = 1000,
    test_size: options.TestSize = "all",
    neurons: options.Neurons = ["1024"],  # noqa: B006 - read only
    num_fewshot: options.NumFewshot = "balanced",
    seed: options.Seed = 0,
    pack: options.Pack = "default",
    space: options.SpaceOption = options.Space.hidden,
    sign: options.SignOption = options.Sign.magnitude,
    batch_size: options.BatchSize = 8,
    dtype: options.DTypeOption = options.DType.float32,
    device: options.Device = "cpu",
    revision: options.Revision = None,
    edition_revision: options.EditionRevision = None,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Fit probes to a task's training prompts and measure them, with LM-Prob beside them."""
    from neurgrad_eval.features import GradientSettings
    from neurgrad_eval.probing import command, settings

    chosen = settings.ProbeSettings(
        task=task,
        train_size=train_size,
        test_size=settings.parse_size(test_size),
        neurons=settings.parse_neurons(neurons),
        num_fewshot=settings.parse_fewshot(num_fewshot),
        seed=seed,
        pack=pack,
        gradients=GradientSettings(space.value, sign.value, batch_size),
    )
    data = command.EditionChoice(edition, edition_revision)
    asked = command.ModelChoice(model, revision, dtype.value, device)
    command.probe(chosen, data, asked, out=out, overwrite=overwrite, as_json=json)


def main() -> None:
    """Run the command; a user's mistake is one line on standard error, and its exit status."""
    try:
        app()
    except Exception as error:
        from mceval8k.errors import MCEvalError

        if not isinstance(error, MCEvalError):
            raise
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
