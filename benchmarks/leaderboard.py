"""A leaderboard of many models: reading their result files, and building the board.

1. Result files of all 22 tasks with the fields and the size of real ones are written for a few
   models, read by one process, and read again from the cache.
2. The cache is filled with what would be kept of many models, and `mceval8k leaderboard build` is
   run on them: seconds, peak memory, and the size of the site and of its first view.

    python benchmarks/leaderboard.py [--models 500] [--items 1000] [--read 4]
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import numpy as np
import typer

from harness.leaderboard import run_cache
from harness.leaderboard.collecting import collect
from harness.leaderboard.finding import find_results
from harness.leaderboard.records import Model, Run, TaskResult
from harness.metrics.reliability import reliability
from mceval8k.registry import all_tasks

MADE = Path(__file__).parents[1] / "tests" / "harness" / "leaderboard" / "result_files.py"
PROMPT_LENGTH = 480
"""Characters of a prompt, which lm-eval writes once for every option."""
FIRST_VIEW = (
    "index.html",
    "assets/rows.js",
    "assets/board.js",
    "assets/theme.js",
    "assets/style.css",
)
"""What a browser loads for the overview."""


def main(
    models: Annotated[int, typer.Option()] = 500,
    items: Annotated[int, typer.Option(help="Test items of each task.")] = 1000,
    read: Annotated[int, typer.Option(help="Models whose result files are written and read.")] = 4,
) -> None:
    """Print what reading and building cost."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["MCEVAL8K_CACHE"] = str(folder / "cache")
        known = measure_reading(folder / "read", read, items)
        fill(folder / "results", known, models)
        measure_build(folder, models, items)


def measure_reading(folder: Path, models: int, items: int) -> Run:
    """Print how long it takes to read the files of a few models; return what is kept of one."""
    for number in range(models):
        write(folder, number, items)
    size = _megabytes(folder, "samples_*.jsonl")
    start = time.perf_counter()
    files = find_results([folder])
    runs = [collect([file])[0] for file in files]
    seconds = time.perf_counter() - start
    assert not any(run.rejected for run in runs), runs[0].rejected
    print(f"read {models} models, 22 tasks, {items:,} items, by one process:")
    print(f"  {size / models:6.0f} MB of samples, {seconds / models:5.1f} s a model")
    start = time.perf_counter()
    collect(files)
    print(f"  {(time.perf_counter() - start) / models:6.3f} s a model from the cache", flush=True)
    return runs[0]


def fill(folder: Path, known: Run, models: int) -> None:
    """Put what would be kept of many models into the cache, beside files that stand for theirs."""
    for number in range(models):
        path = folder / f"model-{number}" / "results_2026-03-01T10-00-00.000000.json"
        path.parent.mkdir(parents=True)
        path.touch()
        (file,) = find_results([path.parent])
        label = f"results/{path.parent.name}/{path.name}"
        run_cache.store(run_cache.cache_path(file.path, label), _another(known, number, label))


def _another(known: Run, number: int, label: str) -> Run:
    draw = np.random.default_rng(number)
    skill = number % 50 / 60
    return replace(
        known,
        file=label,
        model=Model(f"lab{number % 40}/model-{number}", "main", "bfloat16", ""),
        parameters=int(10 ** draw.uniform(8, 11.5)),
        results=tuple(_answered(result, skill, draw) for result in known.results),
    )


def _answered(result: TaskResult, skill: float, draw: np.random.Generator) -> TaskResult:
    shares = draw.dirichlet(np.ones(result.n_options), result.n)
    right = draw.random(result.n) < result.chance + (1 - result.chance) * skill
    golds = np.where(right, shares.argmax(axis=1), shares.argmin(axis=1))
    return replace(
        result,
        bits=np.packbits(right).tobytes(),
        shares=shares.astype("<f2").tobytes(),
        reliability=reliability(shares, golds, right),
    )


def measure_build(folder: Path, models: int, items: int) -> None:
    """Print seconds and memory of a build from the cache, and sizes of the site."""
    command = [str(Path(sys.executable).with_name("mceval8k")), "leaderboard", "build"]
    start = time.perf_counter()
    subprocess.run(
        [*command, str(folder / "results"), "--out", str(folder / "board")],
        check=True,
        capture_output=True,
    )
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak, computing = used.ru_maxrss / 1e6, used.ru_utime + used.ru_stime
    site = folder / "board" / "site"
    first = sum((site / name).stat().st_size for name in FIRST_VIEW) / 1e3
    print(f"build of {models} models, 22 tasks, {items:,} items, all in the cache:")
    print(f"  {seconds:6.1f} s, of which {computing:.1f} s computing; {peak:.2f} GB at most")
    print(f"  site {_megabytes(site):.0f} MB, data {_megabytes(folder / 'board' / 'data'):.0f} MB")
    print(f"  first view {first:.0f} kB: {', '.join(FIRST_VIEW)}")


def write(folder: Path, number: int, items: int) -> None:
    """Write the result files of one made-up model."""
    made = _load(MADE)
    skills = dict.fromkeys(all_tasks(), 0.5 + number % 7 / 4)
    content, samples = made.make_run(f"lab{number % 40}/model-{number}", tasks=skills, n=items)
    for lines in samples.values():
        _fill_up(lines)
    made.write_run(folder / f"model-{number}", content, samples)


def _fill_up(lines: Sequence[dict[str, Any]]) -> None:
    """Add what lm-eval writes and the board does not read."""
    for line in lines:
        options = range(len(line["filtered_resps"]))
        doc: Mapping[str, Any] = line["doc"]
        text = (doc["question"] * 99)[:PROMPT_LENGTH]
        line["arguments"] = {f"gen_args_{k}": {"arg_0": text, "arg_1": " A"} for k in options}
        line["resps"] = [[score] for score in line["filtered_resps"]]
        line.update(dict.fromkeys(("doc_hash", "prompt_hash", "target_hash"), "0" * 64))


def _megabytes(folder: Path, pattern: str = "*") -> float:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) / 1e6


def _load(path: Path) -> ModuleType:
    if path.stem not in sys.modules:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
    return sys.modules[path.stem]


if __name__ == "__main__":
    typer.run(main)
