"""A real model on real items: `hf-prefix`, `hf`, and log-probabilities computed by hand."""

from __future__ import annotations

import pytest
import torch
from lm_eval.models.huggingface import HFLM

from harness.prefix_scorer.model import PrefixLM
from mceval8k import demonstrations_by_language, get_task, load_pack, load_task

pytestmark = [pytest.mark.model, pytest.mark.shared]


@pytest.fixture(scope="module")
def pair(smollm2) -> tuple[HFLM, PrefixLM]:
    ours = PrefixLM(str(smollm2), dtype="float32", device="cpu", batch_size=4)
    return HFLM(ours.model, tokenizer=ours.tokenizer, batch_size=4), ours


@pytest.mark.parametrize(("name", "lang", "shots"), [("agnews", "en", 2), ("xnli", "zh", 0)])
def test_released_items(pair, shared_dir, make_requests, name, lang, shots) -> None:
    prompts, answers = _prompts(name, lang, shots, shared_dir / "released")
    requests = make_requests([(prompt, answer) for prompt in prompts for answer in answers])
    stock, ours = (lm.loglikelihood(requests, disable_tqdm=True) for lm in pair)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in stock]
    values = [value for value, _ in ours]
    assert values == pytest.approx([value for value, _ in stock], abs=1e-4)
    assert values == pytest.approx(_directly(pair[0], prompts, answers), abs=1e-4)


def _prompts(name: str, lang: str, shots: int, edition) -> tuple[list[str], list[str]]:
    task, pack, splits = get_task(name), load_pack(), load_task(name, str(edition))
    rows = [row for row, found in enumerate(splits["test"]["lang"]) if found == lang][:2]
    items = [splits["test"][row] for row in rows]
    barred = {item["group"] for item in items}
    shown = demonstrations_by_language(task, splits["train"], shots, barred_groups=barred)
    prompts = [pack.prompt(task, item, shown[lang]) for item in items]
    return prompts, list(pack.continuations(task, task.n_options))


def _directly(lm: HFLM, prompts: list[str], answers: list[str]) -> list[float]:
    """Log-probability of each answer's token after each prompt, from transformers alone."""
    values = []
    for prompt in prompts:
        ids = lm.tokenizer(prompt, return_tensors="pt").input_ids
        with torch.no_grad():
            last = lm.model(ids, logits_to_keep=1).logits[0, -1].log_softmax(-1)
        for answer in answers:
            (token,) = lm.tokenizer(prompt + answer).input_ids[ids.shape[1] :]
            values.append(float(last[token]))
    return values
