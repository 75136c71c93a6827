"""An experiment of another package, that of docs/experiments.md: one file and its entry point."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from neurgrad_eval.runs import registry
from tests import commands

PAGE = Path(__file__).parents[3] / "docs" / "experiments.md"
TOY = "toy_sizes"
PROMPTS = (
    ("Choose one. Answer:", "A"),
    ("The river runs to the sea. Answer:", "B"),
    ("Which? Answer:", "C"),
    ("A longer prompt that says nothing in particular. Answer:", "D"),
    ("Why? Answer:", "A"),
)


@pytest.fixture(scope="session")
def toy_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for PYTHONPATH with the page's file, installed by its entry point."""
    folder = tmp_path_factory.mktemp("site")
    blocks = re.findall(r"(?ms)^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"))
    (code,) = (block for block in blocks if "(Experiment)" in block)
    (folder / f"{TOY}.py").write_text(code, encoding="utf-8")
    info = folder / f"{TOY}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-sizes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[neurgrad.experiments]\nsizes = {TOY}\n")
    return folder


@pytest.fixture(scope="session")
def prompts_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prompts that the tiny tokenizer can answer with one token."""
    path = tmp_path_factory.mktemp("prompts") / "prompts.jsonl"
    lines = [json.dumps({"prompt": prompt, "answer": answer}) for prompt, answer in PROMPTS]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def neurgrad(toy_package: Path) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Run `neurgrad` with the toy installed: in this process, or in several that share the work.

    Sums of floats depend on the number of threads: it is one in all processes.
    """
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(toy_package)
        patch.setenv("PYTHONPATH", str(toy_package))
        patch.setenv("OMP_NUM_THREADS", "1")
        torch.set_num_threads(1)
        _forget_experiments()
        yield _run
    torch.set_num_threads(threads)
    sys.modules.pop(TOY, None)
    _forget_experiments()


def _forget_experiments() -> None:
    registry.modules.cache_clear()
    registry.find.cache_clear()


def _run(*words: object, processes: int = 1) -> subprocess.CompletedProcess[str]:
    typed = list(map(str, words))
    if processes > 1:
        launch = ["torch.distributed.run", "--nproc_per_node", str(processes), "--standalone"]
        command = [sys.executable, "-m", *launch, "-m", "neurgrad_eval", *typed]
        return subprocess.run(command, capture_output=True, text=True, check=False)
    return commands.neurgrad(*typed)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
