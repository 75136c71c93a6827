"""Evaluate a model on the same items in several frameworks, and compare prompts, golds and choices.

    python -m scripts.side_by_side cut EDITION small --task agnews,mlama --items 100
    python -m scripts.side_by_side run class small MODEL class.json
    python -m scripts.side_by_side run yaml small MODEL yaml.json
    python -m scripts.side_by_side run lighteval small MODEL lighteval.json
    python -m scripts.side_by_side compare class.json yaml.json lighteval.json

`class` is lm-eval's `hf` with the tasks of this package, `prefix` the same with `hf-prefix`, `yaml`
stock lm-eval with the exported tasks in a process that cannot import the package, `lighteval`
lighteval (in an environment of its own). `generation` is lm-eval with the tasks whose answer is
generated, `inspect` inspect-ai. An answer is [prompt, gold, choice, details]; details are the
options' log-likelihoods, or the reply.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

REPLY = 8
"""Tokens of a generated reply."""
Answers = dict[str, dict[str, list[Any]]]
"""By task and item: prompt, gold, choice, details."""

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)
Shots = Annotated[int, typer.Option(help="Demonstrations: the first rows of train.")]


@app.command()
def cut(
    edition: str, folder: Path, task: str = "agnews,xnli,commonsenseqa,mlama", items: int = 100
) -> None:
    """Write an edition with a few test items of some tasks, and all of their other splits."""
    import numpy as np
    import pyarrow.parquet as pq

    from builders.card.header import header_text
    from mceval8k.editions import SPLITS, open_edition
    from mceval8k.editions.manifest import MANIFEST, read_manifest
    from mceval8k.editions.native import split_file
    from mceval8k.editions.selection import select_tasks
    from mceval8k.files import sha256

    opened = open_edition(edition)
    tasks = select_tasks(task, opened).tasks
    counts: dict[str, dict[str, int]] = {}
    hashes = {}
    for each in tasks:
        for split in SPLITS:
            name = split_file(each.name, split)
            table = pq.read_table(opened.path / name)
            if split == "test":  # evenly spaced, for a split may be sorted by language
                places = np.linspace(0, table.num_rows - 1, min(items, table.num_rows))
                table = table.take(np.unique(places.astype(int)))
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, folder / name)
            counts.setdefault(each.name, {})[split] = table.num_rows
            hashes[name] = sha256(folder / name)
    rows = sum(sum(of.values()) for of in counts.values())
    (folder / "README.md").write_text(header_text(list(tasks), rows), encoding="utf-8")
    hashes["README.md"] = sha256(folder / "README.md")
    manifest = replace(read_manifest(opened.path), tasks=counts, files=hashes)
    (folder / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")


@app.command()
def run(framework: str, edition: Path, model: str, out: Path, shots: Shots = 0) -> None:
    """Evaluate a model on every test item of an edition in a framework."""
    found = FRAMEWORKS[framework](edition, model, shots)
    out.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def run_class(
    edition: Path, model: str, shots: int, *, backend: str = "hf", generate: bool = False
) -> Answers:
    """lm-eval with the tasks of this package."""
    import numpy as np

    from harness.run.evaluation import evaluate
    from harness.run.options import Options
    from harness.samples.prompt_columns import SYMBOLS
    from harness.samples.replies import read_reply
    from harness.tasks.settings import Settings
    from mceval8k.prompts.demonstrations import FIRST

    options = Options(
        model=backend,
        model_args=f"pretrained={model},dtype=float32",
        settings=Settings(str(edition), demonstration_seed=FIRST),
        num_fewshot=str(shots),
        generate=generate,
        gen_kwargs=f"max_gen_toks={REPLY}" if generate else None,
        device="cpu",
    )
    done = evaluate(options)
    assert done is not None
    answers: Answers = {}
    for sample in (each for logged in done.samples.values() for each in logged):
        doc, given = sample["doc"], sample["filtered_resps"]
        if generate:
            details, choice = given[0], read_reply(given[0], doc[SYMBOLS], doc["options"])
        else:
            details = [score for score, _ in given]
            choice = int(np.argmax(details))
        line = [sample["arguments"][0][0], doc["label"], choice, details]
        answers.setdefault(doc["task"], {})[doc["id"]] = line
    return answers


def run_prefix(edition: Path, model: str, shots: int) -> Answers:
    """lm-eval's tasks of this package with the model that computes the shared prefix once."""
    return run_class(edition, model, shots, backend="hf-prefix")


def run_generation(edition: Path, model: str, shots: int) -> Answers:
    """lm-eval's `hf` with the tasks whose answer is generated."""
    return run_class(edition, model, shots, generate=True)


def run_yaml(edition: Path, model: str, shots: int) -> Answers:
    """Stock lm-eval with the exported tasks."""
    from harness.tasks.export.command import export_tasks
    from mceval8k.editions import open_edition

    opened = open_edition(edition)
    tasks = [opened.task(name) for name in opened.tasks]
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "tasks", Path(place) / "out.json"
        export_tasks(folder, tasks, pack="default", dataset=str(edition.resolve()), revision=None)
        command = [sys.executable, __file__, "plain", str(folder), model, str(out), str(shots)]
        subprocess.run(command, check=True)  # noqa: S603 (this file, by this interpreter)
        found: Answers = json.loads(out.read_text(encoding="utf-8"))
    return found


class NotInstalled:
    """Finds no module of this project."""

    def find_spec(self, name: str, *_: Any) -> None:
        """Refuse them."""
        if name.partition(".")[0] in ("mceval8k", "harness", "builders", "neurgrad_eval"):
            raise ModuleNotFoundError(name)


@app.command(hidden=True)
def plain(folder: Path, model: str, out: Path, shots: int) -> None:
    """Evaluate on the tasks of a folder in lm-eval, as if this project were not installed."""
    sys.meta_path.insert(0, NotInstalled())  # type: ignore[arg-type]
    import numpy as np
    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    done = simple_evaluate(
        model="hf",
        model_args=f"pretrained={model},dtype=float32",
        tasks=[path.stem for path in sorted(folder.glob("mceval8k_*.yaml"))],
        num_fewshot=shots,
        device="cpu",
        batch_size=8,
        bootstrap_iters=0,
        task_manager=TaskManager(include_path=str(folder), include_defaults=False),
    )
    answers: Answers = {}
    for sample in (each for logged in done["samples"].values() for each in logged):
        doc, scores = sample["doc"], [score for score, _ in sample["filtered_resps"]]
        line = [sample["arguments"][0][0], doc["label"], int(np.argmax(scores)), scores]
        answers.setdefault(doc["task"], {})[doc["id"]] = line
    out.write_text(json.dumps(answers), encoding="utf-8")


def run_lighteval(edition: Path, model: str, shots: int) -> Answers:
    """The transformers model of lighteval, called as its pipeline calls it."""
    import numpy as np
    from lighteval.models.transformers.transformers_model import (
        TransformersModel,
        TransformersModelConfig,
    )
    from lighteval.tasks.lighteval_task import LightevalTask
    from lighteval.tasks.prompt_manager import PromptManager

    os.environ["MCEVAL8K_EDITION"] = str(edition)
    from harness.tasks.export.lighteval_tasks import TASKS_TABLE

    with tempfile.TemporaryDirectory() as cache:
        evaluated = TransformersModel(
            TransformersModelConfig(
                model_name=model,
                batch_size=8,
                dtype="float32",
                device="cpu",
                max_length=2048,
                cache_dir=cache,
            )
        )
        answers: Answers = {}
        for config in TASKS_TABLE:
            docs = LightevalTask(replace(config, num_fewshots=shots)).get_docs()
            for doc, given in zip(docs, evaluated.loglikelihood(docs), strict=True):
                choice = int(np.argmax(given.logprobs))
                prompt = PromptManager().prepare_prompt(doc)
                line = [prompt, doc.gold_index, choice, list(given.logprobs)]
                answers.setdefault(config.hf_subset, {})[doc.specific["id"]] = line
    return answers


def run_inspect(edition: Path, model: str, shots: int) -> Answers:
    """The transformers model of inspect-ai, given the text of the message as it is."""
    import torch
    from inspect_ai import eval as evaluate
    from inspect_ai.model import get_model

    from harness.samples.prompt_columns import SYMBOLS
    from harness.tasks.export.inspect_tasks import TASKS
    from mceval8k.editions import open_edition

    evaluated = get_model(
        "hf/local",
        model_path=model,
        device="cpu",
        dtype=torch.float32,
        do_sample=False,
        chat_template="{{ messages[0].content }}",
    )
    answers: Answers = {}
    with tempfile.TemporaryDirectory() as logs:
        for name in open_edition(edition).tasks:
            task = TASKS[name](edition=str(edition), num_fewshot=str(shots), seed=-1)
            (log,) = evaluate(
                task,
                model=evaluated,
                max_tokens=REPLY,
                max_connections=8,
                log_dir=logs,
                display="none",
            )
            assert log.status == "success", log.error
            for sample in log.samples or ():
                symbols = sample.metadata[SYMBOLS]
                named = sample.scores["named_option"].answer
                choice = None if named is None else symbols.index(named)
                reply = sample.output.completion
                line = [sample.input, symbols.index(sample.target), choice, reply]
                answers.setdefault(name, {})[str(sample.id)] = line
    return answers


FRAMEWORKS = {
    "class": run_class,
    "prefix": run_prefix,
    "yaml": run_yaml,
    "lighteval": run_lighteval,
    "generation": run_generation,
    "inspect": run_inspect,
}


@app.command()
def compare(files: list[Path]) -> None:
    """Print, for each task, in how many items each run agrees with the first."""
    first, *others = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    print("| task | items | against | prompts | golds | choices | largest difference | accuracy |")
    print("|---|--:|---|--:|--:|--:|--:|--:|")
    for path, answers in zip(files[1:], others, strict=True):
        for task, items in first.items():
            print(f"| {task} | {len(items)} | {path.stem} | {_line(items, answers[task])} |")


def _line(one: dict[str, list[Any]], two: dict[str, list[Any]]) -> str:
    if one.keys() != two.keys():
        raise SystemExit("the runs have other items")
    pairs = [(one[name], two[name]) for name in one]
    same = [sum(a[place] == b[place] for a, b in pairs) for place in range(3)]
    if isinstance(pairs[0][0][3], str):
        details = f"{sum(a[3] == b[3] for a, b in pairs)} replies alike"
    else:
        gaps = (abs(x - y) for a, b in pairs for x, y in zip(a[3], b[3], strict=True))
        details = f"{max(gaps):.1e}"
    right = sum(b[1] == b[2] for _, b in pairs) / len(pairs)
    return " | ".join([*map(str, same), details, f"{right:.2f}"])


if __name__ == "__main__":
    app()
