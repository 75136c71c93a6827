"""Several processes: each computes its share of the same batches, and the numbers are the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lm_eval.api.instance import Instance
from typer.testing import CliRunner

from harness.cli import app
from harness.prefix_scorer.processes import Processes
from harness.prefix_scorer.rows import make_rows
from harness.prefix_scorer.scorer import Scorer
from harness.prefix_scorer.support import Found
from harness.run.response_cache import ResponseCache

SHOTS = "Say which topic a text has. " * 6
DEUTSCH = "Sag, welches Thema ein Text hat. " * 6
REQUESTS = [
    (f"{shots}Text {n}{n % 3 * '!'} Answer:", answer)
    for shots in (SHOTS, DEUTSCH, "")
    for n in range(11)
    for answer in (" A", " so what", " B")
]


def make_scorer(lm: Any, processes: Processes) -> tuple[Scorer, list[Any]]:
    encoded = [(pair, *lm._encode_pair(*pair)) for pair in REQUESTS]
    rows = make_rows(encoded, lm.max_length, branching=True)
    return Scorer(lm.model, max_tokens=900, processes=processes), rows


def scores(lm: Any, index: int, count: int) -> dict[int, Any]:
    scorer, rows = make_scorer(lm, Processes(index, count))
    return {reading.request: score for batch in scorer.score(rows) for reading, score in batch}


@pytest.mark.parametrize("count", [2, 3, 40])
def test_shares_add_up_to_the_same_bits(both, count: int) -> None:
    lm = both(dtype=torch.float32).prefix
    alone = scores(lm, 0, 1)
    shares = [scores(lm, index, count) for index in range(count)]
    assert sum(map(len, shares)) == len(alone) == len(REQUESTS)
    assert {number: score for share in shares for number, score in share.items()} == alone
    assert [bool(share) for share in shares[:3]] == [True] * min(count, 3)


def test_a_beginning_is_run_by_those_who_need_it(both, passes) -> None:
    lm = both().prefix
    with passes(lm.model) as shapes:
        scores(lm, 0, 1)
        alone = list(shapes)
        shapes.clear()
        for index in range(40):  # more than there are batches
            scores(lm, index, 40)
    batches = [shape for shape in alone if shape[0] > 1]
    beginnings = [shape for shape in shapes if shape[0] == 1]
    assert [shape for shape in shapes if shape[0] > 1] == batches
    assert len(beginnings) <= 3 * len(batches)


def test_memory_that_ends_in_one_process(both, monkeypatch) -> None:
    """What is dealt stays what it is, so that nothing is asked twice or never."""
    lm = both().prefix
    alone, second = scores(lm, 0, 1), scores(lm, 1, 2)
    forward = lm.model.forward

    def limited(**inputs: Any) -> Any:
        if len(inputs["input_ids"]) > 1:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory.")
        return forward(**inputs)

    monkeypatch.setattr(lm.model, "forward", limited)
    first = scores(lm, 0, 2)
    assert sorted([*first, *second]) == sorted(alone)
    for number, (value, greedy) in first.items():
        assert (pytest.approx(value, abs=1e-9), greedy) == alone[number]


def together(count: int, run: Callable[[Processes], Any]) -> list[Any]:
    """What `run` returns in each of several processes, which are threads here."""
    barrier, slots = Barrier(count, timeout=60), [None] * count

    class Linked(Processes):
        def gather(self, own: Any) -> list[Any]:
            slots[self.index] = own
            barrier.wait()
            found = list(slots)
            barrier.wait()
            return found

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, (Linked(index, count) for index in range(count))))


def test_requests_of_equal_keys_stay_together() -> None:
    keys = ["a", "a", "b", "c", "b", "d"]
    asked: dict[int, list[int]] = {}

    def run(processes: Processes) -> list[str]:
        def ask(own: list[int]) -> list[str]:
            asked[processes.index] = own
            return [f"{keys[index]}{index}" for index in own]

        return processes.share(keys, ask)

    assert together(2, run) == [["a0", "a1", "b2", "c3", "b4", "d5"]] * 2
    assert asked == {0: [0, 1, 3], 1: [2, 4, 5]}
    assert together(9, run)[8] == ["a0", "a1", "b2", "c3", "b4", "d5"]
    assert together(3, lambda processes: processes.share([], lambda own: own)) == [[]] * 3


@pytest.mark.parametrize("plain", [False, True], ids=["prefix", "as hf"])
def test_every_process_has_all_answers(both, make_requests, plain: bool) -> None:
    asked = make_requests(REQUESTS)
    alone, *several = (both().prefix for _ in range(3))
    expected = alone.loglikelihood(asked, disable_tqdm=True)

    def run(processes: Processes) -> Any:
        lm = several[processes.index]
        lm.processes = processes
        if plain and processes.is_main:  # the others do as the main process says
            lm._support = SimpleNamespace(find=lambda _: Found("on purpose"))
        return lm.loglikelihood(asked, disable_tqdm=True)

    first, second = together(2, run)
    assert first == second
    assert [value for value, _ in first] == pytest.approx([v for v, _ in expected], abs=1e-9)
    assert plain or first == expected


def test_texts_are_shared(both) -> None:
    settings = {"until": ["\n"], "max_gen_toks": 5, "do_sample": False}
    asked = [Instance("generate_until", {}, (f"Text {n}:", settings), 0) for n in range(5)]
    alone, *several = (both(batch_size=1).prefix for _ in range(3))
    expected = alone.generate_until(asked, disable_tqdm=True)
    calls: dict[int, int] = {}

    def run(processes: Processes) -> Any:
        lm = several[processes.index]
        lm.processes = processes
        generate = lm._model_generate

        def count(*args: Any, **options: Any) -> Any:
            calls[processes.index] = calls.get(processes.index, 0) + 1
            return generate(*args, **options)

        lm._model_generate = count
        return lm.generate_until(asked, disable_tqdm=True)

    assert together(2, run) == [expected, expected]
    assert calls == {0: 3, 1: 2}


def test_processes_agree_on_what_is_kept(both, make_requests, tmp_path) -> None:
    """On machines whose files hold different answers, all ask for what none of them has."""
    alone, *several = (both().prefix for _ in range(3))
    expected = alone.loglikelihood(make_requests(REQUESTS), disable_tqdm=True)
    for index, part in enumerate((REQUESTS[:9], REQUESTS[5:20])):
        lm = both().prefix
        ResponseCache(tmp_path / str(index)).attach(lm)
        lm.loglikelihood(make_requests(part), disable_tqdm=True)

    def run(processes: Processes) -> Any:
        lm = several[processes.index]
        lm.processes = processes
        cache = ResponseCache(tmp_path / str(processes.index))
        cache.attach(lm)
        return lm.loglikelihood(make_requests(REQUESTS), disable_tqdm=True), cache.served

    for answers, served in together(2, run):
        assert served == 20
        assert [v for v, _ in answers] == pytest.approx([v for v, _ in expected], abs=1e-9)


def evaluate(edition: Path, model: Path, out: Path, *options: str) -> list[str]:
    """Words of `mceval8k eval`."""
    command = (
        f"eval --model hf-prefix --model-args pretrained={model},dtype=float32 "
        f"--edition {edition} --tasks agnews,xnli --num-fewshot balanced --batch-size 4 "
        f"--limit 5 --out {out} --json"
    )
    return [*command.split(), *options]


def by_two_processes(words: list[str]) -> str:
    """Standard output of `mceval8k`."""
    launch = ["torch.distributed.run", "--nproc_per_node", "2", "--standalone", "-m", "mceval8k"]
    done = subprocess.run(
        [sys.executable, "-m", *launch, *words],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "0%" not in done.stderr  # no bars where there is no terminal
    return done.stdout


def test_two_processes_write_what_one_does(edition, tiny_model, tmp_path) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    alone = CliRunner().invoke(app, evaluate(edition, tiny_model, tmp_path / "1"))
    torch.set_num_threads(threads)
    assert alone.exit_code == 0, alone.output
    cache = ("--cache", str(tmp_path / "cache"))
    assert by_two_processes(evaluate(edition, tiny_model, tmp_path / "2", *cache)) == alone.stdout
    assert len(list((tmp_path / "cache").glob("*.sqlite"))) == 1
    one, two = (files(tmp_path / str(count)) for count in (1, 2))
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == ["results"]
    results = [json.loads(found["results"]) for found in (one, two)]
    different = {name for name in results[0] if results[0][name] != results[1][name]}
    times = {"date", "start_time", "end_time", "total_evaluation_time_seconds"}
    assert different <= {*times, "pretty_env_info"}  # of which this process makes no report


def files(folder: Path) -> dict[str, bytes]:
    """Content of a run's files, by their names without dates."""
    return {
        path.name.split("_20")[0]: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
