"""Requests are checked for any model whose tokenizer is here: vLLM's and SGLang's too."""

from __future__ import annotations

import pytest
from lm_eval.api.instance import Instance
from lm_eval.api.model import TemplateLM
from transformers import AutoTokenizer

from harness.run.request_checks import check_requests, has_tokenizer, request_checker, room
from mceval8k.errors import DataError, UsageError


class LikeVllm(TemplateLM):
    """What lm-eval's classes of vLLM and SGLang have in common: no `backend`, own tokenizer."""

    def __init__(self, tokenizer, max_length):
        super().__init__()
        self.tokenizer, self.max_length = tokenizer, max_length

    eot_token_id = 0

    def tok_encode(self, string, **kwargs):
        return self.tokenizer(string)["input_ids"]

    def _loglikelihood_tokens(self, requests, **kwargs):
        raise AssertionError

    def loglikelihood_rolling(self, requests, **kwargs):
        raise AssertionError

    def generate_until(self, requests, **kwargs):
        raise AssertionError


@pytest.fixture
def model(tiny_model):
    return LikeVllm(AutoTokenizer.from_pretrained(tiny_model), 40)


def requests(prompt, answers=(" A", " B")):
    doc = {"id": "agnews-1", "lang": "en"}
    return [
        Instance("loglikelihood", doc, (prompt, answer), k, ("task", 0, 1))
        for k, answer in enumerate(answers)
    ]


def test_a_prompt_that_vllm_would_cut_stops_the_run(model):
    assert has_tokenizer(model)
    assert room(model) == 39
    request_checker(model)(requests("Answer:"))
    with pytest.raises(DataError, match=r"item agnews-1: the prompt has 4\d tokens, .* takes 39"):
        check_requests(model, requests("x " * 22 + "Answer:"))


def test_an_answer_of_several_tokens_stops_it_too(model):
    with pytest.raises(UsageError):
        check_requests(model, requests("Answer:", (" A", " zebra zebra")))


def test_a_model_without_a_tokenizer_here_is_not_checked(model):
    model.tokenizer = None
    assert request_checker(model) is None
