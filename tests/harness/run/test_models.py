"""Runs against a small HTTP server that stops, refuses, or answers with something else."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from harness.run.evaluation import Evaluation, evaluate
from harness.run.models import load_model
from harness.run.options import Options
from harness.tasks.settings import Settings
from mceval8k.errors import DataError, UsageError


class CompletionsServer(ThreadingHTTPServer):
    """Server in the shape of OpenAI's completions with `echo`, as lm-eval asks it.

    It gives each sequence of tokens a log-probability of its own, and fails when it is told to.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[int, ...]] = []
        """Prompts that were answered."""
        self.answers_left: float = float("inf")
        """How many more it answers before it only closes connections."""
        self.refusals_left = 0
        """How many requests it turns away first, with status 503."""
        self.choice = choice
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/completions"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about connections that were closed on purpose."""


class _Handler(BaseHTTPRequestHandler):
    server: CompletionsServer

    def do_POST(self) -> None:
        payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.lock:
            if self.server.refusals_left > 0:
                self.server.refusals_left -= 1
                self.send_error(503)
                return
            if self.server.answers_left <= 0:
                self.close_connection = True
                return
            self.server.answers_left -= 1
            self.server.asked += map(tuple, payload["prompt"])
        choices = [
            self.server.choice(index, tokens) for index, tokens in enumerate(payload["prompt"])
        ]
        body = json.dumps({"choices": choices}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Write no access log."""


def choice(index: int, tokens: list[int]) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(tokens).encode()).digest()
    last = -1 - digest[0] / 64
    # One token is generated after the echo; lm-eval leaves it out.
    scores = [None, *[-1.0] * (len(tokens) - 2), last, -1.0]
    return {"index": index, "logprobs": echoed(scores)}


def echoed(scores: list[float | None]) -> dict[str, Any]:
    top = [None if score is None else {"x": score} for score in scores]
    return {"token_logprobs": scores, "top_logprobs": top}


@pytest.fixture
def server() -> Iterator[CompletionsServer]:
    running = CompletionsServer()
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()
    thread.join()


def options(server: CompletionsServer, model: Path, edition: Path, **changes: object) -> Options:
    arguments = {
        "model": "served",
        "base_url": server.url,
        "tokenizer": model,
        "tokenizer_backend": "huggingface",
        "max_retries": changes.pop("max_retries", 1),
        "num_concurrent": changes.pop("num_concurrent", 1),
    }
    model_args = ",".join(f"{name}={value}" for name, value in arguments.items())
    base = Options("local-completions", model_args, Settings(str(edition)), tasks="agnews")
    return replace(base, limit=4, **changes)


def log_probabilities(given: Options) -> list[list[float]]:
    evaluation = evaluate(given)
    assert isinstance(evaluation, Evaluation)
    found: list[list[float]] = evaluation.answers[0].log_probabilities.tolist()
    return found


@pytest.mark.parametrize("concurrent", [1, 4])
def test_a_run_whose_server_stops_goes_on(
    server, tiny_model, edition, tmp_path, concurrent
) -> None:
    given = options(server, tiny_model, edition, cache=tmp_path, num_concurrent=concurrent)
    server.answers_left = 6
    with pytest.raises(
        DataError, match=r"server http://127\.0\.0\.1:\d+/\S+ does not answer .*--cache"
    ):
        evaluate(given)
    assert len(server.asked) == 6
    server.answers_left = float("inf")
    resumed = log_probabilities(given)
    assert len(set(server.asked)) == 16  # 4 items of 4 options
    in_flight = concurrent - 1  # answers on their way as the first failure came are lost
    assert len(server.asked) <= 16 + in_flight
    server.asked.clear()
    assert resumed == log_probabilities(replace(given, cache=None))
    assert len(server.asked) == 16


def test_a_server_that_is_busy_for_a_moment_is_asked_again(server, tiny_model, edition) -> None:
    server.refusals_left = 1
    assert len(log_probabilities(options(server, tiny_model, edition, max_retries=2))) == 4
    assert len(server.asked) == 16


@pytest.mark.parametrize("concurrent", [1, 8])
def test_a_models_log_probabilities_are_the_same_behind_a_server(
    server, tiny_model, edition, concurrent
) -> None:
    network = AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32)

    def computed(index: int, tokens: list[int]) -> dict[str, Any]:
        with torch.inference_mode():
            known = network(torch.tensor([tokens])).logits[0, :-1].double().log_softmax(-1)
        of_tokens = known.gather(1, torch.tensor(tokens)[1:, None])[:, 0].tolist()
        return {"index": index, "logprobs": echoed([None, *of_tokens, -1.0])}

    server.choice = computed
    served = log_probabilities(options(server, tiny_model, edition, num_concurrent=concurrent))
    arguments = f"pretrained={tiny_model},dtype=float32"
    here = Options("hf", arguments, Settings(str(edition)), tasks="agnews", limit=4, device="cpu")
    assert np.allclose(served, log_probabilities(here), rtol=0, atol=1e-4)


def test_an_answer_without_log_probabilities_is_one_line(server, tiny_model, edition) -> None:
    server.choice = lambda index, _: {"index": index, "text": "A"}
    with pytest.raises(DataError, match=r"an answer that cannot be read \(KeyError: 'logprobs'\)"):
        evaluate(options(server, tiny_model, edition))


def test_prompts_of_a_server_are_checked_too(server, tiny_model, edition, tmp_path) -> None:
    pack = tmp_path / "long.yaml"
    pack.write_text("name: long\nsymbols: [alpha, beta, gamma, delta, epsilon]\n")
    given = options(server, tiny_model, edition)
    with pytest.raises(UsageError, match="' alpha' is not one token"):
        evaluate(replace(given, settings=replace(given.settings, pack=str(pack))))
    with pytest.raises(DataError, match="tokens, but the model takes 18"):
        evaluate(replace(given, model_args=given.model_args + ",max_length=20"))
    assert server.asked == []


def test_a_chat_model_has_no_log_likelihoods() -> None:
    model_args = "model=served,base_url=http://127.0.0.1:9/v1/chat/completions"
    lm = load_model("local-chat-completions", model_args, batch_size="1", device=None)
    with pytest.raises(UsageError, match="local-chat-completions"):
        lm.loglikelihood([])
