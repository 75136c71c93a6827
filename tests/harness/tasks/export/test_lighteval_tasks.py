"""lighteval asks what lm-eval asks, and a model chooses the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("lighteval")

from harness.run.evaluation import evaluate
from harness.run.options import Options
from harness.samples.prompt_columns import SYMBOLS
from harness.tasks.export.lm_eval_yaml import leaves
from harness.tasks.settings import Settings
from mceval8k.errors import UsageError
from mceval8k.prompts.demonstrations import FIRST
from mceval8k.registry import get_task

ASKED = ("agnews", "xnli", "commonsenseqa", "lti")


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole_edition: Path) -> Any:
    """Function that gives lighteval's tasks of the edition."""
    monkeypatch.setenv("MCEVAL8K_CACHE", str(tmp_path))
    monkeypatch.setenv("MCEVAL8K_EDITION", str(whole_edition))
    from harness.tasks.export import lighteval_tasks

    return lighteval_tasks.configs


@pytest.mark.parametrize("count", [0, 2])
def test_prompts_golds_and_choices_are_those_of_lm_eval(
    configs, whole_edition, tiny_model, tmp_path, count
) -> None:
    from lighteval.tasks.lighteval_task import LightevalTask
    from lighteval.tasks.prompt_manager import PromptManager

    model = lighteval_model(tiny_model, tmp_path)
    by_name = {config.name: config for config in configs({"MCEVAL8K_EDITION": str(whole_edition)})}
    lm_eval = asked_by_lm_eval(whole_edition, tiny_model, count)
    for name in ASKED:
        found: dict[str, Any] = {}
        for leaf in leaves(get_task(name)):
            config = replace(by_name[leaf], num_fewshots=count)
            docs = LightevalTask(config).get_docs()
            chosen = [int(np.argmax(each.logprobs)) for each in model.loglikelihood(docs)]
            found |= {
                doc.specific["id"]: (
                    PromptManager().prepare_prompt(doc),
                    doc.choices,
                    doc.gold_index,
                    choice,
                )
                for doc, choice in zip(docs, chosen, strict=True)
            }
        assert found == lm_eval[name]


def lighteval_model(folder: Path, cache: Path) -> Any:
    from lighteval.models.transformers.transformers_model import (
        TransformersModel,
        TransformersModelConfig,
    )

    return TransformersModel(
        TransformersModelConfig(
            model_name=str(folder),
            batch_size=4,
            dtype="float32",
            device="cpu",
            max_length=2048,
            cache_dir=str(cache),
        )
    )


def asked_by_lm_eval(edition: Path, model: Path, count: int) -> dict[str, dict[str, Any]]:
    done = evaluate(
        Options(
            model="hf",
            model_args=f"pretrained={model},dtype=float32",
            settings=Settings(str(edition), demonstration_seed=FIRST),
            tasks=",".join(ASKED),
            num_fewshot=str(count),
            device="cpu",
        )
    )
    assert done is not None
    return {
        task: {
            sample["doc"]["id"]: (
                sample["arguments"][0][0],
                [" " + symbol for symbol in sample["doc"][SYMBOLS]],
                sample["doc"]["label"],
                int(np.argmax([score for score, _ in sample["filtered_resps"]])),
            )
            for sample in done.samples[f"mceval8k_{task}"]
        }
        for task in ASKED
    }


def test_an_edition_is_read_under_a_name_of_its_content(configs, whole_edition) -> None:
    first = configs({"MCEVAL8K_EDITION": str(whole_edition)})[0]
    assert Path(first.hf_repo).resolve() == whole_edition.resolve()
    assert Path(first.hf_repo).name.startswith("edition-")
    assert first.hf_revision is None


def test_lightevals_cache_of_responses_tells_packs_apart(configs, whole_edition) -> None:
    named = {
        pack: configs({"MCEVAL8K_EDITION": str(whole_edition), "MCEVAL8K_PACK": pack})[0]
        for pack in ("default", "plain")
    }
    assert named["default"].name == named["plain"].name
    assert str(named["default"]) != str(named["plain"])


def test_packs_that_lighteval_cannot_put_together_are_refused(configs, whole_edition) -> None:
    with pytest.raises(UsageError, match="pack digits: lighteval joins blocks"):
        configs({"MCEVAL8K_EDITION": str(whole_edition), "MCEVAL8K_PACK": "digits"})
