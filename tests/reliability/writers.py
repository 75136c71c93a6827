"""Every command that writes, on inputs that are as small as they may be."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mceval8k.folders import files_in
from tests.harness.leaderboard.result_files import make_run, write_run
from tests.neurgrad_eval.conftest import released_rows

_OWN = re.compile(r"\d{4}-\d\d-\d\dT[\d-]+\.\d+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Dates and random numbers in names of files."""
_TEMPORARY = re.compile(r"[0-9a-f]{6}-\d+-[0-9a-f]{8}(?=\.(partial|old))")
"""Machine, process and random number in temporary names."""
NAMES = (
    *("tasks", "import", "build", "repair", "audit", "eval", "board", "export", "report"),
    *("collect", "rank", "probe", "sweep", "estimate", "control", "causal", "pairs"),
    *("efficiency", "inclusivity", "interdependency", "generality", "leak"),
)


@dataclass(frozen=True)
class Inputs:
    """What the commands read."""

    folder: Path
    model: Path
    edition: Path

    def words(self, name: str, out: Path) -> list[str]:
        """What is typed for a command that writes `out`."""
        asked = f"--model {self.model} --edition {self.edition} --task agnews --num-fewshot 0"
        sizes = "--train-size 16 --test-size 8 --validation-size 0"
        texts = f"--model {self.model} --prompts {self.folder}/prompts.jsonl"
        ranked = f"{asked} {sizes} --ranking {self.folder}/rank --score magnitude --limit 3"
        probed, results = f"{self.folder}/probe", f"{self.folder}/results"
        evaluated = f"--model-args pretrained={self.model} --num-fewshot 0 --limit 3"
        typed = {
            "tasks": "mceval8k tasks --dataset lab/set --export",
            "import": f"mceval8k import {self.folder}/quiz.yaml --processes 1",
            "build": "mceval8k build --task agnews,paws --processes 1",
            "repair": f"mceval8k repair {self.folder}/released --processes 1",
            "audit": f"mceval8k audit {self.edition} --processes 1 --html",
            "eval": f"mceval8k eval {evaluated} --edition {self.edition} --task agnews",
            "board": f"mceval8k leaderboard build {results} --task agnews",
            "export": f"mceval8k leaderboard export {results} --organization Lab "
            "--relationship third_party",
            "report": f"neurgrad report {self.folder}/rank",
            "collect": f"neurgrad collect {asked} --train-size 40 {sizes[16:]}",
            "rank": f"neurgrad rank {asked} --train-size 16",
            "probe": f"neurgrad probe {asked} {sizes} --probes magnitude --neurons 8 "
            "--null-draws 9",
            "sweep": f"neurgrad sweep {texts} --neurons 4",
            "estimate": f"neurgrad estimate {texts} --neurons 4",
            "control": f"neurgrad control {texts} --numbers 1,4 --shifts 1 --measure 2",
            "causal": f"neurgrad causal {ranked} --neurons 4 --shifts 1 --draws 2",
            "pairs": f"neurgrad pairs {ranked} --neurons 3 --shifts 1 --draws 2",
            "efficiency": f"neurgrad efficiency {probed} --most-neurons 8 --draws 2 --null-draws 3",
            "inclusivity": f"neurgrad inclusivity {probed} --band 8 --sizes 8 --most-sets 2 "
            "--null-draws 2",
            "interdependency": f"neurgrad interdependency {probed} --neurons 8 --depths 1 "
            "--trees 1,2 --null-draws 2",
            "generality": f"neurgrad generality {probed} {self.folder}/collect --neurons 8 "
            "--null-draws 3",
            "leak": f"neurgrad leak {probed} --neurons 8 --draws 2",
        }[name]
        return [*typed.split(), *([] if name in ("tasks", "audit") else ["--out"]), str(out)]


def make_inputs(folder: Path, model: Path, edition: Path, run: Callable[..., object]) -> Inputs:
    """Write the inputs; `run` runs the commands that make some of them."""
    inputs = Inputs(folder, Path(shutil.copytree(model, folder / "model")), edition)
    config = inputs.model / "tokenizer_config.json"  # lm-eval needs a token that ends texts
    config.write_text(json.dumps(json.loads(config.read_text()) | {"eos_token": "~"}))
    task = folder / "released" / "classification" / "agnews"
    task.mkdir(parents=True)
    for split, size, seed in (("train", 60, 1), ("valid", 4, 2), ("test", 20, 3)):
        (task / f"{split}.json").write_text(json.dumps(released_rows(size, seed)))
    quiz = {"name": "quiz", "data": "quiz.jsonl", "question": "q", "options": "o", "label": "l"}
    (folder / "quiz.yaml").write_text(json.dumps(quiz | {"instruction": {"en": "Which?"}}))
    rows = ({"q": f"Number {n * n}?", "o": [f"a{n}", f"b{n}"], "l": n % 2} for n in range(30))
    (folder / "quiz.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [f'{{"prompt": "Which is it? {word}:", "answer": " A"}}' for word in ("x", "yy", "z")]
    (folder / "prompts.jsonl").write_text("\n".join(lines) + "\n")
    write_run(folder / "results", *make_run("lab/x", tasks={"agnews": 1.0}))
    for name in ("rank", "probe", "collect"):
        run(inputs.words(name, folder / name), folder)
    return inputs


def contents(path: Path) -> dict[str, bytes]:
    """Files below a folder; of those that tell when they were written, nothing is compared."""
    found = {}
    for name in files_in(path):
        is_dated = _OWN.search(name) or name.endswith("summary.json")
        found[_OWN.sub("*", name)] = b"" if is_dated else (path / name).read_bytes()
    return found


def state(path: Path) -> dict[str, bytes]:
    """Files and folders below a folder, also those with temporary names, whose numbers are no part.

    Of folders, links and files that tell when they were written, the names alone.
    """
    found = {}
    for inside in sorted(path.rglob("*")):
        name = inside.relative_to(path).as_posix()
        plain = _TEMPORARY.sub("*", _OWN.sub("*", name))
        is_dated = _OWN.search(name) or name.endswith("summary.json")
        content = b"" if is_dated or not inside.is_file() else inside.read_bytes()
        found[plain] = content
    return found
