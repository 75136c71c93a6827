"""Options of `neurgrad probe`."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from neurgrad_eval import options

Models = Annotated[
    list[str],
    Option("--model", help="Folder in transformers' format, or Hub id; may be given again."),
]
Tasks = Annotated[str, Option("--task", help="Tasks or genres, separated by commas, or 'all'.")]
Candidates = Annotated[
    list[str],
    Option("--neurons", help="Numbers of neurons that may vote: 64,256,1024."),
]
ValidationSize = Annotated[
    int,
    Option(help="Validation prompts at most, which choose among --neurons; 0 reports each number."),
]
NullDraws = Annotated[
    int,
    Option(help="Refits to permuted labels, and random sets of neurons, of each voting probe."),
]
NullRefits = Annotated[
    int, Option(help="Refits to permuted labels of the forest and of the regression (slow).")
]


def probe(
    *,
    model: Models,
    edition: options.Edition,
    task: Tasks,
    out: options.Out,
    train_size: options.TrainSize = 1000,
    test_size: options.TestSize = "all",
    validation_size: ValidationSize = 200,
    neurons: Candidates = ["64,256,1024"],  # noqa: B006 - read only
    num_fewshot: options.NumFewshot = "balanced",
    null_draws: NullDraws = 20,
    null_refits: NullRefits = 0,
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
    """Fit probes to training prompts of tasks and measure them, with LM-Prob beside them."""
    from neurgrad_eval.features import GradientSettings
    from neurgrad_eval.probing import command, settings

    asked = settings.ProbeSettings(
        task=task,
        train_size=train_size,
        test_size=settings.parse_size(test_size),
        neurons=settings.parse_neurons(neurons),
        validation_size=validation_size,
        null_draws=null_draws,
        null_refits=null_refits,
        num_fewshot=settings.parse_fewshot(num_fewshot),
        seed=seed,
        pack=pack,
        gradients=GradientSettings(space.value, sign.value, batch_size),
    )
    data = command.EditionChoice(edition, edition_revision)
    models = [command.ModelChoice(name, revision, dtype.value, device) for name in model]
    command.probe(asked, data, models, command.Target(out, overwrite, json))
