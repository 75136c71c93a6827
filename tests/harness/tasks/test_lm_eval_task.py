from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from harness import task_manager
from harness.tasks.lm_eval_task import MCEval8kTask
from mceval8k import __version__, load_pack, open_edition, select_demonstrations
from mceval8k.errors import DataError, UsageError

PACK = """
name: other
symbols: ["1", "2", "3", "4", "5"]
delimiter: " -> "
separator: "\\n---\\n"
cue: {zh: "选择"}
"""


def load(name: str, **metadata: Any) -> MCEval8kTask:
    manager = task_manager(include_defaults=False, metadata=metadata)
    task: MCEval8kTask = manager.load([f"mceval8k_{name}"])["tasks"][f"mceval8k_{name}"]
    task.set_fewshot_seed(1234)  # as lm-eval does; the demonstrations must not follow it
    return task


def shown_in(lang: str, task: MCEval8kTask, count: int, seed: int = 0) -> tuple[Any, ...]:
    return select_demonstrations(
        task.dataset["train"],
        count,
        seed=seed,
        lang=lang,
        barred_groups=set(task.dataset["test"]["group"]),
    )


@pytest.mark.parametrize("pack_text", [None, PACK])
@pytest.mark.parametrize("name", ["agnews", "xnli"])
@pytest.mark.parametrize("count", [0, 3])
def test_prompts_are_those_of_the_pack(edition, tmp_path, name, count, pack_text) -> None:
    pack_name = "default"
    if pack_text:
        pack_name = str(tmp_path / "other.yaml")
        Path(pack_name).write_text(pack_text, encoding="utf-8")
    task = load(name, edition=str(edition), pack=pack_name, demonstration_seed=5)
    task.set_config("num_fewshot", count)
    task.build_all_requests()
    items = sorted(open_edition(edition).load(name)["test"], key=lambda item: item["id"])
    n_options = task.benchmark_task.n_options
    assert len(task.instances) == len(items) * n_options
    for number, item in enumerate(items):
        requests = task.instances[number * n_options : (number + 1) * n_options]
        prompt = load_pack(pack_name).prompt(
            task.benchmark_task, item, shown_in(item["lang"], task, count, seed=5)
        )
        assert {request.args[0] for request in requests} == {prompt}
        answers = load_pack(pack_name).continuations(task.benchmark_task, n_options)
        assert tuple(request.args[1] for request in requests) == answers


def test_xnli_asks_in_english_and_chinese(edition) -> None:
    task = load("xnli", edition=str(edition))
    prompts = {doc["lang"]: task.fewshot_context(doc, 2) for doc in task.eval_docs}
    cue = load_pack().cue
    assert prompts["zh"].count(cue["zh"]) == prompts["en"].count(cue["en"]) == 3
    assert cue["en"] not in prompts["zh"]


def test_demonstrations_are_never_of_a_group_that_is_asked(edition) -> None:
    task = load("xnli", edition=str(edition))
    asked = set(task.dataset["test"]["group"])
    assert asked & set(task.dataset["train"]["group"]), "the edition must have a group in both"
    assert all(shot["group"] not in asked for shot in task.demonstrations(20)["zh"])


def test_demonstrations_do_not_give_the_language_away_where_it_is_asked(edition) -> None:
    task = load("lti", edition=str(edition))
    shots = task.demonstrations(5)["de"]
    assert sorted(shot["label"] for shot in shots) == [0, 1, 2, 3, 4]


def test_too_few_demonstrations_name_the_task(edition) -> None:
    task = load("agnews", edition=str(edition))
    with pytest.raises(DataError, match="task agnews: 41 demonstrations"):
        task.demonstrations(41)


def test_item_id_label_and_symbols_reach_lm_eval(edition) -> None:
    task = load("agnews", edition=str(edition))
    items = {item["id"]: item for item in open_edition(edition).load("agnews")["test"]}
    doc = task.eval_docs[3]
    item = items[doc["id"]]
    assert task.doc_to_target(doc) == item["label"]
    assert isinstance(task.doc_to_target(doc), int)
    assert task.doc_to_choice(doc) == ["A", "B", "C", "D"]


def test_first_items_are_a_sample_whatever_the_order_of_the_file(edition, tmp_path) -> None:
    path = Path("classification/agnews")
    for split in ("train", "test"):
        rows = json.loads((edition / path / f"{split}.json").read_text(encoding="utf-8"))
        rows.sort(key=lambda row: row["label"])
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
        (tmp_path / path / f"{split}.json").write_text(json.dumps(rows), encoding="utf-8")
    docs = load("agnews", edition=str(tmp_path)).eval_docs
    assert docs["id"][:] == load("agnews", edition=str(edition)).eval_docs["id"][:]
    assert docs["label"][:] != sorted(docs["label"])


def test_chat_turns_carry_the_same_parts(edition) -> None:
    task = load("agnews", edition=str(edition))
    doc = task.eval_docs[0]
    seen: list[list[dict[str, str]]] = []

    def template(messages: list[dict[str, str]], **kwargs: Any) -> str:
        seen.append(messages)
        return "rendered"

    context = task.fewshot_context(
        doc, 1, apply_chat_template=True, fewshot_as_multiturn=True, chat_template=template
    )
    (shot,) = task.demonstrations(1)["en"]
    pack, benchmark = task.pack, task.benchmark_task
    assert context == "rendered"
    assert [(m["role"], m["content"].strip()) for m in seen[0]] == [
        ("system", pack.instruction(benchmark, "en")),
        ("user", pack.block(benchmark, shot)),
        ("assistant", "ABCD"[shot["label"]]),
        ("user", pack.block(benchmark, doc)),
    ]


def test_system_instruction_comes_first(edition) -> None:
    task = load("agnews", edition=str(edition))
    doc = task.eval_docs[0]
    prompt = task.pack.prompt(task.benchmark_task, doc)
    assert task.fewshot_context(doc, 0, system_instruction="Be brief.") == f"Be brief.\n\n{prompt}"


def test_results_say_what_was_read(edition) -> None:
    metadata = load("agnews", edition=str(edition), demonstration_seed=5).dump_config()["metadata"]
    opened = open_edition(edition)
    task = load_pack().digest(load("agnews", edition=str(edition)).benchmark_task)
    assert metadata["edition"] == str(edition)
    assert metadata["edition_digest"] == opened.digest
    assert metadata["edition_revision"] is None
    assert (metadata["pack"], metadata["pack_digest"]) == ("default", task)
    assert metadata["demonstration_seed"] == 5
    assert metadata["mceval8k_version"] == __version__


def test_environment_chooses_the_edition(edition, monkeypatch) -> None:
    with pytest.raises(UsageError, match="MCEVAL8K_EDITION"):
        load("agnews")
    monkeypatch.setenv("MCEVAL8K_EDITION", str(edition))
    assert load("agnews").settings.edition == str(edition)


def test_empty_test_split_is_an_error(edition, tmp_path) -> None:
    target = tmp_path / "classification/agnews/train.json"
    target.parent.mkdir(parents=True)
    source = edition / "classification/agnews/train.json"
    target.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(DataError, match="test split of agnews is empty"):
        load("agnews", edition=str(tmp_path))


def test_two_loads_show_the_same_demonstrations(edition) -> None:
    first, second = (load("xnli", edition=str(edition)).demonstrations(4)["zh"] for _ in "ab")
    assert [shot["id"] for shot in first] == [shot["id"] for shot in second]
    other = load("xnli", edition=str(edition), demonstration_seed=1).demonstrations(4)["zh"]
    assert [shot["id"] for shot in first] != [shot["id"] for shot in other]


def test_metadata_turns_the_options(edition) -> None:
    plain, turned = (
        load("agnews", edition=str(edition)),
        load("agnews", edition=str(edition), rotation=3),
    )
    for before, after in zip(plain.eval_docs, turned.eval_docs, strict=True):
        assert after["options"] == before["options"][1:] + before["options"][:1]
        assert after["label"] == (before["label"] + 3) % 4
        assert after["prompt_block"] == turned.pack.block(turned.benchmark_task, after)
    assert turned.dump_config()["metadata"]["rotation"] == 3


def test_metadata_says_what_the_whole_test_split_is(edition) -> None:
    task = load("agnews", edition=str(edition))
    metadata = task.dump_config()["metadata"]
    ids = sorted(open_edition(edition).load("agnews")["test"]["id"])
    lines = "".join(f"{item_id}\n" for item_id in ids)
    assert metadata["test_items"] == len(ids) == 8
    assert metadata["test_ids_digest"] == hashlib.sha256(lines.encode()).hexdigest()
    assert metadata["versions"]["mceval8k"] == __version__
    assert set(metadata["versions"]) >= {"lm_eval", "transformers", "torch", "datasets", "python"}


def cached_prompts(task: MCEval8kTask, **kwargs: Any) -> list[str]:
    task.set_config("num_fewshot", 1)
    task.build_all_requests(cache_requests=True, **kwargs)
    return [request.args[0] for request in task.instances]


def test_cached_requests_are_never_those_of_another_run(edition, tmp_path, monkeypatch) -> None:
    """lm-eval's `--cache_requests` has a key without data, wording or seed."""
    monkeypatch.setattr("lm_eval.caching.cache.PATH", str(tmp_path / "cache"))
    other = tmp_path / "other.yaml"
    other.write_text(PACK, encoding="utf-8")
    runs: dict[str, dict[str, Any]] = {
        "plain": {},
        "pack": {"pack": str(other)},
        "seed": {"demonstration_seed": 1},
        "rotation": {"rotation": 1},
    }
    prompts = {
        name: cached_prompts(load("agnews", edition=str(edition), **metadata))
        for name, metadata in runs.items()
    }
    assert len({tuple(texts) for texts in prompts.values()}) == len(runs)
    task = load("agnews", edition=str(edition))
    monkeypatch.setattr(task, "fewshot_context", None)  # all is served from the cache
    assert cached_prompts(task) == prompts["plain"]


def test_cached_requests_know_the_items_and_the_chat_template(
    edition, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("lm_eval.caching.cache.PATH", str(tmp_path / "cache"))
    task = load("agnews", edition=str(edition))
    some = cached_prompts(task, samples=[2, 5])
    assert len(some) == 2 * 4
    assert len(cached_prompts(task)) == 8 * 4

    def in_brackets(messages: list[dict[str, str]], **kwargs: Any) -> str:
        return "".join(f"[{message['content']}]" for message in messages)

    def in_quotes(messages: list[dict[str, str]], **kwargs: Any) -> str:
        return "".join(f"'{message['content']}'" for message in messages)

    chat = {"apply_chat_template": True, "fewshot_as_multiturn": True}
    first = cached_prompts(task, chat_template=in_brackets, **chat)
    assert first != cached_prompts(task, chat_template=in_quotes, **chat)


def test_lm_evals_seed_is_refused_where_it_would_decide_nothing(edition) -> None:
    task = load("agnews", edition=str(edition), demonstration_seed=7)
    task.set_fewshot_seed(None)
    task.set_fewshot_seed(7)
    with pytest.raises(UsageError, match="--seed 8: demonstrations are drawn by their own seed"):
        task.set_fewshot_seed(8)


def test_the_first_rows_of_train_can_be_the_demonstrations(edition) -> None:
    task = load("agnews", edition=str(edition), demonstration_seed=-1)
    first = open_edition(edition).load("agnews")["train"]["id"][:3]
    assert [shot["id"] for shot in task.demonstrations(3)["en"]] == first
