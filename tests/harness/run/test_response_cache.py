from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lm_eval.api.instance import Instance

from harness.run.models import response_cache
from harness.run.response_cache import ResponseCache, cache_file, file_states
from mceval8k.errors import DataError, UsageError


class Model:
    """A model that answers with a running number, and is stopped before some of its answers."""

    rank = 0

    def __init__(self, stops_after: int = 999, name: str = "") -> None:
        self.asked: list[Any] = []
        self.stops_after = stops_after
        self.model = SimpleNamespace(dtype=name)

    def set_cache_hook(self, hook: Any) -> None:
        self.cache_hook = hook

    def loglikelihood(self, requests: list[Instance]) -> list[tuple[float, bool]]:
        answers = []
        for request in requests:
            if len(self.asked) >= self.stops_after:
                raise KeyboardInterrupt
            self.asked.append(request.args)
            answers.append((-float(len(request.args[0])), False))
            self.cache_hook.add_partial("loglikelihood", request.args, answers[-1])
        return answers

    def generate_until(self, requests: list[Instance]) -> list[str]:
        self.asked += [request.args for request in requests]
        return [f"{len(self.asked)}" for _ in requests]


def requests(*prompts: str) -> list[Instance]:
    return [Instance("loglikelihood", {}, (prompt, " A"), 0) for prompt in prompts]


def generation(**settings: Any) -> list[Instance]:
    return [Instance("generate_until", {}, ("prompt", settings), 0)]


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path) -> None:
    asked = requests("one", "two", "three", "four", "five")
    first, second = Model(stops_after=3), Model()
    ResponseCache(tmp_path / "c").attach(first)
    with pytest.raises(KeyboardInterrupt):
        first.loglikelihood(asked)
    cache = ResponseCache(tmp_path / "c")
    cache.attach(second)
    answers = [tuple(answer) for answer in second.loglikelihood(asked)]
    assert answers == [(-3.0, False), (-3.0, False), (-5.0, False), (-4.0, False), (-4.0, False)]
    assert [args[0] for args in second.asked] == ["four", "five"]
    assert cache.served == 3


def test_known_and_new_requests_keep_their_order(tmp_path) -> None:
    model = Model()
    ResponseCache(tmp_path / "c").attach(model)
    model.loglikelihood(requests("bb", "dddd"))
    answers = model.loglikelihood(requests("a", "bb", "ccc", "dddd", "eeeee"))
    assert [score for score, _ in answers] == [-1, -2, -3, -4, -5]


def test_another_answer_to_the_same_prompt_is_another_request(tmp_path) -> None:
    model = Model()
    ResponseCache(tmp_path / "c").attach(model)
    model.loglikelihood(requests("same"))
    model.loglikelihood([Instance("loglikelihood", {}, ("same", " B"), 1)])
    assert len(model.asked) == 2


def test_texts_drawn_at_random_are_not_kept(tmp_path) -> None:
    model = Model()
    ResponseCache(tmp_path / "c").attach(model)
    assert model.generate_until(generation(do_sample=True)) == ["1"]
    assert model.generate_until(generation(do_sample=True)) == ["2"]
    assert model.generate_until(generation(do_sample=False)) == ["3"]
    assert model.generate_until(generation(do_sample=False)) == ["3"]


def test_every_model_has_a_file_of_its_own(tmp_path) -> None:
    weights = tmp_path / "model" / "weights"
    weights.parent.mkdir()
    weights.write_text("1")

    def path(model_args: str = f"pretrained={tmp_path}/model", name: str = "float32") -> Path:
        return response_cache(Model(name=name), "hf", model_args, tmp_path / "cache").path

    first = path()
    assert path() == first
    others = {
        path(f"pretrained={tmp_path}/model,peft=adapter"),
        path(name="bfloat16"),
        path("pretrained=owner/model"),
        path("pretrained=owner/model,revision=v2"),
    }
    os.utime(weights, (1, 1))  # saved again after more training
    others.add(path())
    assert len(others | {first}) == 6
    assert path("pretrained=owner/model,auth_token=1") == path(
        "pretrained=owner/model,auth_token=2"
    )


def test_names_of_models_cannot_lead_out_of_the_folder(tmp_path) -> None:
    assert cache_file(tmp_path, "../../etc/passwd\n", {}).parent == tmp_path
    assert len(cache_file(tmp_path, "x" * 999, {}).name) < 255


def test_arguments_that_are_no_files_have_no_state() -> None:
    assert file_states({"pretrained": "owner/model", "batch": 3, "flag": True}) == {}


def test_a_damaged_file_is_named(tmp_path) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"no database at all, only text" * 99)
    with pytest.raises(UsageError, match=str(path)):
        ResponseCache(path)


def test_a_damaged_entry_is_named(tmp_path) -> None:
    cache = ResponseCache(tmp_path / "c")
    cache.add_partial("loglikelihood", ("a", " A"), (-1.0, False))
    cache._database.execute("UPDATE responses SET value = '[-1.'")
    with pytest.raises(DataError, match="is damaged"):
        cache.find("loglikelihood", ("a", " A"))
