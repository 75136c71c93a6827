"""Commands about the properties of skill neurons; they read runs of `neurgrad probe`."""

from __future__ import annotations

import typer

from mceval8k.errors import UsageError
from neurgrad_eval.options import (
    BatchSize,
    Device,
    DType,
    DTypeOption,
    EditionRevision,
    Json,
    NumFewshot,
    Pack,
    Revision,
    Sign,
    SignOption,
    Space,
    SpaceOption,
    TestSize,
    TrainSize,
)
from neurgrad_eval.properties import options

app = typer.Typer()


@app.command()
def efficiency(
    runs: options.Runs,
    *,
    out: options.Out,
    probes: options.Probes = "activation,polarity,magnitude",
    most_neurons: options.MostNeurons = 2**14,
    draws: options.Draws = 3,
    null_draws: options.NullDraws = 20,
    seed: options.Seed = 0,
    json: Json = False,
) -> None:
    """Accuracy by number of neurons and of training prompts, from stored features."""
    from neurgrad_eval.properties import command
    from neurgrad_eval.properties.efficiency import EfficiencySettings
    from neurgrad_eval.properties.efficiency import efficiency as compute

    settings = EfficiencySettings(command.words(probes), most_neurons, draws, null_draws, seed)
    command.by_run("efficiency", compute, settings, runs, out=out, as_json=json)


@app.command()
def inclusivity(
    runs: options.Runs,
    *,
    out: options.Out,
    probes: options.Probes = "activation,polarity,magnitude",
    band: options.Band = 256,
    sizes: options.Sizes = "16,64,256,1024",
    most_sets: options.MostSets = 100,
    null_draws: options.NullDraws = 5,
    seed: options.Seed = 0,
    json: Json = False,
) -> None:
    """Accuracy of rank bands and of random disjoint sets of neurons, from stored features."""
    from neurgrad_eval.properties import command
    from neurgrad_eval.properties.inclusivity import InclusivitySettings
    from neurgrad_eval.properties.inclusivity import inclusivity as compute

    numbers = command.numbers(sizes, "sizes")
    chosen = command.words(probes)
    settings = InclusivitySettings(chosen, band, numbers, most_sets, null_draws, seed)
    command.by_run("inclusivity", compute, settings, runs, out=out, as_json=json)


@app.command()
def interdependency(
    runs: options.Runs,
    *,
    out: options.Out,
    neurons: options.ForestNeurons = "256,1024,all",
    depths: options.Depths = "1,2,4,8,16,none",
    trees: options.Trees = "1,4,16,64,100",
    null_draws: options.NullDraws = 5,
    seed: options.Seed = 0,
    jobs: options.Jobs = 1,
    json: Json = False,
) -> None:
    """Forests of several depths against independent votes, from stored features."""
    from neurgrad_eval.properties import command
    from neurgrad_eval.properties.interdependency import InterdependencySettings
    from neurgrad_eval.properties.interdependency import interdependency as compute

    settings = InterdependencySettings(
        neurons=command.numbers_or(neurons, "all", "numbers of neurons"),
        depths=command.numbers_or(depths, "none", "depths"),
        trees=command.numbers(trees, "numbers of trees"),
        null_draws=null_draws,
        seed=seed,
        jobs=jobs,
    )
    command.by_run("interdependency", compute, settings, runs, out=out, as_json=json)


@app.command()
def leak(
    leaky: options.LeakyRun,
    clean: options.CleanRun = None,
    *,
    out: options.Out,
    probes: options.Probes = "lm-prob,activation,polarity,magnitude,tree,logistic",
    neurons: options.Voters = 256,
    draws: options.ControlDraws = 5,
    seed: options.Seed = 0,
    json: Json = False,
) -> None:
    """By how much leakage inflates each probe: on a leaky run, and against a clean one."""
    from neurgrad_eval.properties import command
    from neurgrad_eval.properties.leak import LeakSettings

    settings = LeakSettings(command.words(probes), neurons, draws, seed)
    command.leak(settings, leaky, clean, out=out, as_json=json)


@app.command()
def generality(
    runs: options.Conditions = None,
    *,
    out: options.Out,
    vary: options.Vary = None,
    by_language: options.ByLanguage = False,
    probes: options.Probes = "activation,polarity,magnitude",
    neurons: options.Voters = 256,
    null_draws: options.NullDraws = 20,
    model: options.ModelToRun = None,
    edition: options.EditionToRun = None,
    task: options.TaskToRun = None,
    train_size: TrainSize = 1000,
    test_size: TestSize = "all",
    num_fewshot: NumFewshot = "balanced",
    seed: options.Seed = 0,
    pack: Pack = "default",
    space: SpaceOption = Space.hidden,
    sign: SignOption = Sign.magnitude,
    batch_size: BatchSize = 8,
    dtype: DTypeOption = DType.float32,
    device: Device = "cpu",
    revision: Revision = None,
    edition_revision: EditionRevision = None,
    json: Json = False,
) -> None:
    """Transfer between conditions: of stored runs, or of those that --vary asks for."""
    from neurgrad_eval.features import GradientSettings
    from neurgrad_eval.probing.command import EditionChoice, ModelChoice
    from neurgrad_eval.probing.settings import ProbeSettings, parse_fewshot, parse_size
    from neurgrad_eval.properties import command, transfer
    from neurgrad_eval.properties.generality import GeneralitySettings

    settings = GeneralitySettings(command.words(probes), neurons, null_draws, seed)
    if not vary:
        if not runs:
            raise UsageError("give runs of `neurgrad probe`, or --vary with what to run")
        transfer.compare_runs(settings, runs, languages=by_language, out=out, as_json=json)
        return
    if runs or by_language:
        raise UsageError("--vary runs its own conditions: give no runs, and language as --vary")
    if model is None or edition is None or task is None:
        raise UsageError("--vary needs --model, --edition and --task")
    base = ProbeSettings(
        task=task,
        train_size=train_size,
        test_size=parse_size(test_size),
        neurons=(neurons,),
        num_fewshot=parse_fewshot(num_fewshot),
        seed=seed,
        pack=pack,
        gradients=GradientSettings(space.value, sign.value, batch_size),
    )
    asked = transfer.Experiment(
        base,
        EditionChoice(edition, edition_revision),
        ModelChoice(model, revision, dtype.value, device),
        tuple(vary),
    )
    transfer.compare_variations(settings, asked, out=out, as_json=json)
