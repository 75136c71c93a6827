"""Building a leaderboard of many models, from nothing and with what the cache holds.

Result files of all 22 tasks are made up, with the fields and about the size of real ones. Three
builds are timed, each in a process of its own: nothing is in the cache; all is; one model is new.

    python benchmarks/leaderboard.py [--models 500] [--items 20]
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer

from mceval8k.registry import all_tasks

MADE = Path(__file__).parents[1] / "tests" / "harness" / "leaderboard" / "result_files.py"
PROMPT_LENGTH = 480
"""Characters of a prompt, which lm-eval writes once for every option."""


def main(
    models: Annotated[int, typer.Option()] = 500,
    items: Annotated[int, typer.Option(help="Test items of each task.")] = 20,
) -> None:
    """Print megabytes of samples, and the seconds and megabytes of each build."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(models):
            write(folder / "results", number, items)
        size = _megabytes(folder / "results", "samples_*.jsonl")
        print(f"{models:,} models, {len(all_tasks())} tasks, {items:,} items: {size:,.0f} MB read")
        print(f"nothing in the cache: {build(folder):6.1f} s", flush=True)
        print(f"all in the cache:     {build(folder):6.1f} s", flush=True)
        write(folder / "results", models, items)
        print(f"one model is new:     {build(folder):6.1f} s", flush=True)
        site = folder / "board" / "site"
        first = _megabytes(site, "index.html")
        print(f"site: {_megabytes(site):,.1f} MB, of which index.html {first:.2f} MB")


def write(folder: Path, number: int, items: int) -> None:
    """Write the result files of one made-up model."""
    made = _load(MADE)
    skills = dict.fromkeys(all_tasks(), 0.5 + number % 7 / 4)
    content, samples = made.make_run(f"lab{number % 40}/model-{number}", tasks=skills, n=items)
    for lines in samples.values():
        for line in lines:
            options = range(len(line["filtered_resps"]))
            text = (line["doc"]["question"] * 99)[:PROMPT_LENGTH]
            line["arguments"] = {f"gen_args_{k}": {"arg_0": text, "arg_1": " A"} for k in options}
            line["resps"] = [[score] for score in line["filtered_resps"]]
            line.update(dict.fromkeys(("doc_hash", "prompt_hash", "target_hash"), "0" * 64))
    made.write_run(folder / f"model-{number}", content, samples)


def build(folder: Path) -> float:
    """Seconds of one build, Python's start included."""
    command = ["mceval8k", "leaderboard", "build", str(folder / "results")]
    command[0] = str(Path(sys.executable).with_name(command[0]))
    start = time.perf_counter()
    subprocess.run(
        [*command, "--out", str(folder / "board")],
        env=os.environ | {"MCEVAL8K_CACHE": str(folder / "cache")},
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def _megabytes(folder: Path, pattern: str = "*") -> float:
    return sum(path.stat().st_size for path in folder.rglob(pattern)) / 1e6


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
