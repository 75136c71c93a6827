"""A real model behind a real OpenAI-compatible server, asked through lm-eval's chat client."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lm_eval import simple_evaluate

from harness import task_manager

PATIENCE = 90
"""Seconds until the server must have loaded the model."""


@pytest.fixture(scope="module")
def server(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of `transformers serve` with SmolLM2."""
    for package in ("fastapi", "uvicorn", "openai", "aiohttp", "tenacity", "requests"):
        pytest.importorskip(package)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = ["serve", str(smollm2), "--host", "127.0.0.1", "--port", str(port)]
    with log.open("w", encoding="utf-8") as written:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("transformers"), *command, "--dtype", "float32"],
            env=os.environ | {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, process, log)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health") as answer:
            if answer.status == 200:
                return
        time.sleep(0.2)
    pytest.fail(f"the server did not start:\n{log.read_text(encoding='utf-8')[-2000:]}")


def ask(model: str, model_args: str, edition: Path, **further: Any) -> list[dict[str, Any]]:
    results = simple_evaluate(
        model=model,
        model_args=model_args,
        tasks=["mceval8k_agnews_gen"],
        num_fewshot=1,
        limit=2,
        apply_chat_template=True,
        fewshot_as_multiturn=True,
        gen_kwargs="max_gen_toks=8",
        task_manager=task_manager(include_defaults=False, metadata={"edition": str(edition)}),
        **further,
    )
    samples: list[dict[str, Any]] = results["samples"]["mceval8k_agnews_gen"]
    return samples


@pytest.mark.model
def test_replies_of_a_server_are_those_of_the_model_and_are_read(server, smollm2, edition) -> None:
    url = f"base_url={server}/v1/chat/completions"
    served = ask("local-chat-completions", f"model={smollm2},{url}", edition)
    local = ask("hf", f"pretrained={smollm2},dtype=float32", edition, device="cpu")
    assert [sample["filtered_resps"] for sample in served] == [
        sample["filtered_resps"] for sample in local
    ]
    for sample in served:
        assert sample["filtered_resps"][0].strip()
        assert {"acc", "unreadable"} <= set(sample)
    assert sum(sample["unreadable"] for sample in served) < len(served)
