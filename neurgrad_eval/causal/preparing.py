"""What the commands on ranked neurons have in common: model, items, neurons, and the record."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from transformers.utils.logging import disable_progress_bar

from mceval8k.console import say
from mceval8k.editions import open_edition
from mceval8k.errors import UsageError
from mceval8k.files import sha256
from neurgrad_eval.causal.items import ask_items, choose_test, choose_train
from neurgrad_eval.causal.moving import Floats, Unit, activations, deviations
from neurgrad_eval.causal.ranked import check_origin, ranking_file
from neurgrad_eval.feature_store import fingerprint
from neurgrad_eval.gradients import check_space
from neurgrad_eval.model import NeuronModel
from neurgrad_eval.neurons import Indices
from neurgrad_eval.probing.command import EditionChoice, ModelChoice
from neurgrad_eval.probing.plan import Plan, make_plan
from neurgrad_eval.probing.settings import ProbeSettings, parse_fewshot, parse_size
from neurgrad_eval.result import Space
from neurgrad_eval.sweeps.command import progress

if TYPE_CHECKING:
    from neurgrad_eval.causal.settings import CausalSettings
    from neurgrad_eval.interactions.settings import InteractionSettings

DEVIATION_PROMPTS = 100
"""Training prompts, at most, over which standard deviations are taken."""


@dataclass(frozen=True)
class Asked:
    """Which model is asked which items about which neurons."""

    model: ModelChoice
    edition: EditionChoice
    items: ProbeSettings
    """How items are drawn and asked, as for `neurgrad probe`."""
    ranking: Path
    limit: int | None
    """Test items at most; None for all that are drawn."""

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"limit {self.limit}: at least 1 item is needed")


@dataclass(frozen=True)
class Prepared:
    """All that is needed to measure."""

    model: NeuronModel
    plan: Plan
    numbers: tuple[int, ...]
    """Test items to be asked, those of a language one after the other."""
    about: dict[str, Any]
    """All that decides the numbers, as plain values."""


def item_settings(
    task: str,
    train_size: int,
    test_size: str,
    validation_size: int,
    num_fewshot: str,
    seed: int,
    pack: str,
) -> ProbeSettings:
    """Settings by which `neurgrad probe` draws the same items, demonstrations and prompts."""
    return ProbeSettings(
        task=task,
        train_size=train_size,
        test_size=parse_size(test_size),
        validation_size=validation_size,
        num_fewshot=parse_fewshot(num_fewshot),
        seed=seed,
        pack=pack,
    )


def prepare(settings: CausalSettings | InteractionSettings, asked: Asked) -> Prepared:
    """Draw the items and load the model; what cannot be read is named before that takes time."""
    table = ranking_file(asked.ranking, settings.score)
    edition = open_edition(asked.edition.path_or_id, revision=asked.edition.revision)
    plan = make_plan(asked.items, edition)
    disable_progress_bar()
    choice = asked.model
    say(f"loading {choice.path_or_id}")
    model = NeuronModel.from_pretrained(
        choice.path_or_id, dtype=choice.dtype, device=choice.device, revision=choice.revision
    )
    check_space(model.sites, settings.space)
    weights = fingerprint(model.model)
    check_origin(
        asked.ranking, {"weights": weights, "space": settings.space, "sign": settings.sign}
    )
    about = {
        "model": model.name,
        "revision": model.revision,
        "weights": weights,
        "dtype": choice.dtype,
        "edition": plan.edition.name,
        "edition_digest": plan.edition_digest,
        "task": plan.task.name,
        "pack": plan.pack.name,
        "prompts_digest": plan.digest(),
        "num_fewshot": asked.items.num_fewshot,
        "ranking_sha256": sha256(table),
        **asdict(settings),
    }
    return Prepared(model, plan, tuple(choose_test(plan, asked.limit)), about)


def scales(prepared: Prepared, flat: Indices, unit: Unit, space: Space) -> Floats:
    """How far each neuron moves for a shift of 1 [neuron]: 1, or its standard deviation."""
    if unit == "activation":
        return np.ones(len(flat))
    numbers = choose_train(prepared.plan, DEVIATION_PROMPTS)
    rows = []
    with progress("standard deviations", len(numbers)) as advance:
        for item in ask_items(prepared.model, prepared.plan, numbers, train=True):
            rows.append(activations(item, flat, space))
            advance()
    return deviations(rows)
