"""A run against the naive way: the logits of the answer tokens, one prompt at a time."""

from __future__ import annotations

import json
import shutil
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness.run.evaluation import Evaluation, evaluate
from harness.run.options import Options
from harness.tasks.settings import Settings
from mceval8k import get_task, load_pack, open_edition, select_demonstrations
from mceval8k.errors import DataError, UsageError
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.task import Item


def options(model: Path, edition: Path, **changes: object) -> Options:
    model_args = f"pretrained={model},dtype=float32"
    base = Options("hf", model_args, Settings(str(edition)), batch_size="8", device="cpu")
    return replace(base, **changes)


def run(given: Options) -> Evaluation:
    evaluation = evaluate(given)
    assert evaluation is not None
    return evaluation


def in_lm_eval_order(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item["id"])


def naive_scores(
    folder: Path, edition: Path, name: str, count: int, limit: int | None = None
) -> np.ndarray:
    """Log-probabilities of the answers, [item, option]."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    splits, task, pack = open_edition(edition).load(name), get_task(name), load_pack()
    rows = []
    for item in in_lm_eval_order(splits["test"])[:limit]:
        shots = select_demonstrations(
            splits["train"],
            count,
            lang=item["lang"],
            barred_groups=set(splits["test"]["group"]),
        )
        prompt = pack.prompt(task, item, shots)
        answers = pack.continuations(task, len(item["options"]))
        with torch.no_grad():
            logits = model(**tokenizer(prompt, return_tensors="pt")).logits[0, -1]
        rows.append(logits.log_softmax(-1)[answer_tokens(tokenizer, prompt, answers)].numpy())
    return np.stack(rows)


def logged_scores(evaluation: Evaluation, name: str) -> np.ndarray:
    samples = evaluation.samples[f"mceval8k_{name}"]
    return np.array([[score for score, _ in s["filtered_resps"]] for s in samples])


@pytest.mark.parametrize("count", [0, 2])
def test_scores_and_accuracy_are_those_of_the_plain_model(tiny_model, edition, count) -> None:
    evaluation = run(options(tiny_model, edition, tasks="agnews,xnli", num_fewshot=str(count)))
    for score in evaluation.scores:
        expected = naive_scores(tiny_model, edition, score.task, count)
        np.testing.assert_allclose(logged_scores(evaluation, score.task), expected, atol=1e-4)
        items = in_lm_eval_order(open_edition(edition).load(score.task)["test"])
        labels = np.array([item["label"] for item in items])
        assert score.count.correct == (expected.argmax(1) == labels).sum()
        assert (score.count.n, score.ties, score.non_finite) == (len(labels), 0, 0)


@pytest.mark.model
@pytest.mark.shared
@pytest.mark.parametrize(("count", "limit"), [(0, 4), (4, 2)])
def test_choices_of_a_real_model_are_those_of_its_logits(smollm2, shared_dir, count, limit) -> None:
    edition = shared_dir / "released"
    evaluation = run(options(smollm2, edition, tasks="agnews", num_fewshot=str(count), limit=limit))
    expected = naive_scores(smollm2, edition, "agnews", count, limit)
    logged = logged_scores(evaluation, "agnews")
    np.testing.assert_array_equal(logged.argmax(1), expected.argmax(1))
    np.testing.assert_allclose(logged, expected, atol=1e-3)


def test_a_model_that_cannot_decide_is_reported(make_tiny_model, tmp_path, edition) -> None:
    make_tiny_model(tmp_path, output_weight=0.0)
    (score,) = run(options(tmp_path, edition, tasks="agnews")).scores
    assert (score.ties, score.non_finite) == (8, 0)


def test_a_broken_model_is_reported(make_tiny_model, tmp_path, edition) -> None:
    make_tiny_model(tmp_path, output_weight=float("nan"))
    (score,) = run(options(tmp_path, edition, tasks="agnews")).scores
    assert (score.ties, score.non_finite) == (0, 8)


def test_balanced_shows_one_demonstration_per_option(tiny_model, edition) -> None:
    given = options(tiny_model, edition, tasks="agnews,xnli", num_fewshot="balanced", limit=2)
    evaluation = run(given)
    assert [(s.task, s.num_fewshot, s.count.n) for s in evaluation.scores] == [
        ("agnews", 4, 2),
        ("xnli", 3, 2),
    ]
    assert evaluation.results["n-shot"] == {"mceval8k_agnews": 4, "mceval8k_xnli": 3}


def test_a_default_number_of_demonstrations_shrinks_to_what_train_has(
    tiny_model, edition, tmp_path, capsys
) -> None:
    small = tmp_path / "edition"
    shutil.copytree(edition / "classification", small / "classification")
    train = small / "classification" / "agnews" / "train.json"
    train.write_text(json.dumps(json.loads(train.read_text())[:3]))
    given = options(tiny_model, small, tasks="agnews", num_fewshot="balanced", limit=2)
    evaluation = run(replace(given, fewer_shots=True))
    assert [score.num_fewshot for score in evaluation.scores] == [3]
    assert evaluation.results["n-shot"] == {"mceval8k_agnews": 3}
    assert "agnews: 3 demonstrations instead of 4" in capsys.readouterr().err
    with pytest.raises(DataError, match="4 demonstrations requested, but train has 3"):
        evaluate(given)


def test_tasks_that_the_edition_lacks(tiny_model, edition) -> None:
    evaluation = run(options(tiny_model, edition, tasks="classification", limit=1))
    assert [score.task for score in evaluation.scores] == ["agnews"]
    assert evaluation.skipped == ("amazon-reviews", "imdb")
    with pytest.raises(UsageError, match="no task 'imdb'; it has: agnews"):
        evaluate(options(tiny_model, edition, tasks="classification,imdb"))
    with pytest.raises(UsageError, match="no task of 'nli'"):
        evaluate(options(tiny_model, edition, tasks="nli"))


def test_a_prompt_that_is_too_long_names_the_item(tiny_model, edition) -> None:
    first = min(open_edition(edition).load("agnews")["test"]["id"])
    given = options(tiny_model, edition, tasks="agnews")
    with pytest.raises(DataError, match=rf"item {first}: .* tokens, but the model takes 20"):
        evaluate(replace(given, model_args=given.model_args + ",max_length=20"))


def test_a_prompt_that_just_fits_is_scored(tiny_model, edition) -> None:
    """lm-eval cuts from max_length + 2 on, answer included."""
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    task, items = get_task("agnews"), open_edition(edition).load("agnews")["test"]
    longest = max(len(tokenizer(load_pack().prompt(task, item))["input_ids"]) for item in items)
    given = options(tiny_model, edition, tasks="agnews")
    fits = replace(given, model_args=f"{given.model_args},max_length={longest}")
    np.testing.assert_allclose(
        logged_scores(run(fits), "agnews"),
        naive_scores(tiny_model, edition, "agnews", 0),
        atol=1e-4,
    )
    with pytest.raises(DataError, match="tokens"):
        evaluate(replace(given, model_args=f"{given.model_args},max_length={longest - 1}"))


def test_answers_of_several_tokens_are_refused(tiny_model, edition, tmp_path) -> None:
    pack = tmp_path / "long.yaml"
    pack.write_text("name: long\nsymbols: [alpha, beta, gamma, delta, epsilon]\n")
    with pytest.raises(UsageError, match="' alpha' is not one token"):
        evaluate(options(tiny_model, edition, settings=Settings(str(edition), pack=str(pack))))


@pytest.mark.parametrize(
    ("model", "model_args"), [("hf", "pretrained=/no/such/folder"), ("nonesuch", "a=b")]
)
def test_a_model_that_cannot_be_had_is_one_line(tmp_path, edition, model, model_args) -> None:
    given = replace(options(tmp_path, edition), model=model, model_args=model_args)
    with pytest.raises(UsageError, match=f"model {model} ") as caught:
        evaluate(given)
    assert "\n" not in str(caught.value)


def rotated_prompts(edition: Path, name: str, rotation: int, count: int) -> list[tuple[str, int]]:
    """Prompt and gold of each item, its options rotated and its demonstrations as they are."""
    splits, task, pack = open_edition(edition).load(name), get_task(name), load_pack()
    shots = select_demonstrations(
        splits["train"], count, lang="en", barred_groups=set(splits["test"]["group"])
    )
    rotated = []
    for item in in_lm_eval_order(splits["test"]):
        options = deque(item["options"])
        options.rotate(rotation)
        label = list(options).index(item["options"][item["label"]])
        rotated.append((pack.prompt(task, {**item, "options": list(options)}, shots), label))
    return rotated


def test_rotations_are_asked_beside_the_plain_task(tiny_model, edition) -> None:
    given = options(tiny_model, edition, tasks="agnews", num_fewshot="2", rotate=True)
    evaluation = run(given)
    assert [answers.rotation for answers in evaluation.answers] == [0, 1, 2, 3]
    for rotation in range(4):
        name = f"mceval8k_agnews_rotation{rotation}" if rotation else "mceval8k_agnews"
        expected = rotated_prompts(edition, "agnews", rotation, 2)
        samples = evaluation.samples[name]
        assert [(s["arguments"][0][0], s["target"]) for s in samples] == expected
        answers = evaluation.answers[rotation]
        lm_eval = evaluation.results["results"][name]["acc,none"]
        assert answers.correct.mean() == pytest.approx(lm_eval)
        assert evaluation.results["configs"][name]["metadata"]["rotation"] == rotation
    (score,) = evaluation.scores
    assert score.count == evaluation.answers[0].count
    found = evaluation.metrics["agnews"].values["rotation_accuracy"].value
    assert found == pytest.approx(np.mean([a.correct.mean() for a in evaluation.answers]))


def test_chat_template_and_system_instruction(tiny_model, edition, tmp_path) -> None:
    shutil.copytree(tiny_model, tmp_path / "chat")
    template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    (tmp_path / "chat" / "chat_template.jinja").write_text(template)
    given = options(tmp_path / "chat", edition, tasks="agnews", limit=1)
    given = replace(given, apply_chat_template=True, system_instruction="Be brief.")
    evaluation = run(given)
    (item,) = in_lm_eval_order(open_edition(edition).load("agnews")["test"])[:1]
    pack, task = load_pack(), get_task("agnews")
    (sample,) = evaluation.samples["mceval8k_agnews"]
    prompt, answer = sample["arguments"][0]
    system, user = f"Be brief.\n\n{pack.instruction(task, 'en')}", pack.block(task, item)
    assert prompt.replace("\n\n<", "<") == f"<system>{system}<user>{user}<assistant>"
    assert answer == "A"
    record = evaluation.record
    assert (record["chat_template"], record["system_instruction"]) == (True, "Be brief.")
    assert len(record["chat_template_digest"]) == 64


def test_a_model_without_a_chat_template_is_one_line(tiny_model, edition) -> None:
    with pytest.raises(UsageError, match="has no chat template"):
        evaluate(options(tiny_model, edition, tasks="agnews", apply_chat_template=True))


def test_a_second_run_asks_nothing_again(tiny_model, edition, tmp_path) -> None:
    given = options(tiny_model, edition, tasks="agnews,xnli", limit=4, cache=tmp_path)
    first, second = run(given), run(given)
    assert (first.served, second.served) == (0, 4 * 4 + 4 * 3)
    for once, again in zip(first.answers, second.answers, strict=True):
        np.testing.assert_array_equal(once.log_probabilities, again.log_probabilities)
    assert run(replace(given, num_fewshot="1")).served == 0  # other prompts


def test_the_record_of_a_run(tiny_model, edition) -> None:
    evaluation = run(options(tiny_model, edition, tasks="agnews", limit=1))
    record = evaluation.record
    assert record["model_name"] == str(tiny_model)
    assert (record["model_dtype"], record["model_revision"]) == ("float32", "main")
    assert record["model_parameters"] == sum(
        parameter.numel()
        for parameter in AutoModelForCausalLM.from_pretrained(tiny_model).parameters()
    )
    assert record["versions"]["lm_eval"] == evaluation.results["lm_eval_version"]
    assert evaluation.results["mceval8k"] == record
