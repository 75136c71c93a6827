"""Tasks that generate: what is asked, and what is measured."""

from __future__ import annotations

from typing import Any

import pytest

from harness import task_manager
from harness.metrics.generation_scores import read_replies
from harness.run.request_checks import check_requests
from harness.samples.sample import samples_of
from harness.tasks.generation_task import GenerationTask, process_results
from mceval8k import load_pack, open_edition
from mceval8k.errors import DataError, UsageError


def load(name: str, **metadata: Any) -> GenerationTask:
    manager = task_manager(include_defaults=False, metadata=metadata)
    task: GenerationTask = manager.load([f"mceval8k_{name}_gen"])["tasks"][f"mceval8k_{name}_gen"]
    task.set_fewshot_seed(1234)
    return task


def doc(reply_label: int) -> dict[str, Any]:
    return {"prompt_symbols": ["A", "B"], "options": ["No", "Yes"], "label": reply_label}


@pytest.mark.parametrize("pack_name", ["default", "digits", "words"])
@pytest.mark.parametrize("count", [0, 2])
def test_prompts_are_those_of_the_pack_with_a_line_on_the_form(edition, count, pack_name) -> None:
    task = load("xnli", edition=str(edition), pack=pack_name)
    task.set_config("num_fewshot", count)
    task.build_all_requests()
    pack, benchmark = load_pack(pack_name), task.benchmark_task
    items = sorted(open_edition(edition).load("xnli")["test"], key=lambda item: item["id"])
    assert len(task.instances) == len(items)
    for request, item in zip(task.instances, items, strict=True):
        prompt, settings = request.args
        shots = task.demonstrations(count)[item["lang"]]
        form = pack.reply_instruction(benchmark, item["lang"])
        instruction = pack.instruction(benchmark, item["lang"])
        expected = pack.prompt(benchmark, item, shots)
        assert prompt == expected.replace(instruction, f"{instruction}\n{form}", 1)
        assert settings["max_gen_toks"] == 32
        assert "\n\n" not in settings["until"]


def test_the_pack_digest_is_not_that_of_the_likelihood_task(edition) -> None:
    task = load("agnews", edition=str(edition))
    digest = load_pack().digest(task.benchmark_task, generation=True)
    assert task.dump_config()["metadata"]["pack_digest"] == digest
    assert task.dump_config()["output_type"] == "generate_until"


def test_a_pack_that_is_not_for_the_task_is_refused(edition, tmp_path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("name: own\nonly: [paws]\n", encoding="utf-8")
    with pytest.raises(UsageError, match="pack own is not for task agnews: it is for paws"):
        load("agnews", edition=str(edition), pack=str(path))


class FakeModel:
    """What the checks ask of lm-eval's `HFLM`: a token per character."""

    backend = "causal"
    tokenizer = None

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length

    def tok_encode(self, text: str) -> list[str]:
        return list(text)


def test_answers_need_not_be_single_tokens_but_there_must_be_room(edition) -> None:
    task = load("agnews", edition=str(edition))
    task.set_config("num_fewshot", 0)
    task.build_all_requests()
    longest = max(len(request.args[0]) for request in task.instances)
    check_requests(FakeModel(longest + 33), task.instances)
    with pytest.raises(DataError, match=r"agnews-.* and the reply up to 32, but the model takes"):
        check_requests(FakeModel(longest + 32), task.instances)


@pytest.mark.parametrize(
    ("reply", "label", "acc", "unreadable"),
    [("B", 1, 1.0, 0.0), ("A", 1, 0.0, 0.0), ("Perhaps.", 1, 0.0, 1.0), ("", 0, 0.0, 1.0)],
)
def test_metrics_of_an_item(reply, label, acc, unreadable) -> None:
    assert process_results(doc(label), [reply]) == {"acc": acc, "unreadable": unreadable}


def test_a_run_reports_both_metrics(edition, tiny_model) -> None:
    from lm_eval import simple_evaluate

    results = simple_evaluate(
        model="hf",
        model_args=f"pretrained={tiny_model},dtype=float32",
        tasks=["mceval8k_agnews_gen"],
        task_manager=task_manager(include_defaults=False, metadata={"edition": str(edition)}),
        batch_size=8,
        device="cpu",
        num_fewshot=1,
        gen_kwargs="max_gen_toks=2",
    )
    samples = results["samples"]["mceval8k_agnews_gen"]
    replies = read_replies(samples_of(samples))
    scored = results["results"]["mceval8k_agnews_gen"]
    assert scored["acc,none"] == replies.right.accuracy
    assert scored["unreadable,none"] == 1 - replies.is_readable.mean()
    assert [sample["acc"] for sample in samples] == replies.is_correct.tolist()
    assert [sample["unreadable"] for sample in samples] == (~replies.is_readable).tolist()
