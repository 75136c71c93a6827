"""Result files as lm-eval writes them, with scores that a test chooses."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.tasks.rotation import rotate
from mceval8k.item import item_id
from mceval8k.prompts.pack import load_pack
from mceval8k.registry import all_tasks
from mceval8k.task import Parts

EDITION = "e" * 64
DATE = "2026-03-01T10-00-00.000000"


def make_items(task: str, n: int, *, langs: Sequence[str] = ("en",)) -> list[dict[str, Any]]:
    """Items of a task; the same for the same task and number."""
    draw = random.Random(task)
    known = all_tasks()[task]
    items = []
    for index in range(n):
        options = [f"option {k} of {index}" for k in range(known.n_options)]
        parts = Parts(
            question=f"Question {index} of {task}?",
            options=tuple(options),
            label=draw.randrange(len(options)),
            group=str(index),
            lang=langs[index % len(langs)],
        )
        items.append(
            {
                "id": item_id(task, parts),
                "task": task,
                "genre": known.genre,
                "lang": parts.lang,
                "question": parts.question,
                "options": options,
                "label": parts.label,
                "group": parts.group,
                "source": "made",
                "source_id": str(index),
                "prompt_symbols": list("ABCDE"[: len(options)]),
            }
        )
    return items


def rotated(item: Mapping[str, Any], rotation: int) -> dict[str, Any]:
    """Item with its options rotated, as `mceval8k eval --rotate` asks it."""
    options = item["options"]
    return {
        **item,
        "options": rotate(options, rotation),
        "label": (item["label"] + rotation) % len(options),
    }


def make_scores(items: Sequence[Mapping[str, Any]], skill: float, seed: str) -> list[list[float]]:
    """Log-likelihoods [item][option]; the gold's is raised by `skill`."""
    draw = random.Random(seed)
    return [
        [draw.gauss(0, 1) + skill * (k == item["label"]) for k in range(len(item["options"]))]
        for item in items
    ]


def make_samples(
    items: Sequence[Mapping[str, Any]], scores: Sequence[Sequence[float]]
) -> list[dict[str, Any]]:
    """Samples in lm-eval's form."""
    return [
        {
            "doc_id": number,
            "doc": item,
            "target": str(item["label"]),
            "filtered_resps": [[str(score), "False"] for score in line],
            "filter": "none",
            "metrics": ["acc"],
            "acc": float(max(range(len(line)), key=line.__getitem__) == item["label"]),
        }
        for number, (item, line) in enumerate(zip(items, scores, strict=True))
    ]


def make_config(task: str, items: Sequence[Mapping[str, Any]], **metadata: Any) -> dict[str, Any]:
    """Entry of a task in `configs`."""
    listed = "".join(f"{item['id']}\n" for item in items)
    return {
        "task": f"mceval8k_{all_tasks()[task].module_name}",
        "dataset_name": task,
        "output_type": "multiple_choice",
        "metadata": {
            "version": 1,
            "edition_digest": EDITION,
            "pack": "default",
            "pack_digest": load_pack().digest(all_tasks()[task]),
            "demonstration_seed": 0,
            "rotation": 0,
            "mceval8k_version": "0.1.0",
            "test_items": len(items),
            "test_ids_digest": hashlib.sha256(listed.encode()).hexdigest(),
            "versions": {"mceval8k": "0.1.0", "lm_eval": "0.4.13", "transformers": "5.23.0"},
            **metadata,
        },
    }


def make_run(
    model: str = "lab/model",
    *,
    tasks: Mapping[str, float],
    n: int = 12,
    shots: int = 0,
    langs: Sequence[str] = ("en",),
    seed: str = "",
    metadata: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Results and samples of a run, by tasks and the skill that the model has on each."""
    configs, results, samples = {}, {}, {}
    for task, skill in tasks.items():
        items = make_items(task, n, langs=langs)
        name = f"mceval8k_{all_tasks()[task].module_name}"
        items = [rotated(item, (metadata or {}).get("rotation", 0)) for item in items]
        samples[name] = make_samples(items, make_scores(items, skill, f"{model}{task}{seed}"))
        configs[name] = make_config(task, items, **(metadata or {}))
        accuracy = sum(sample["acc"] for sample in samples[name]) / n
        results[name] = {"alias": task, "acc,none": accuracy, "acc_stderr,none": 0.1}
    content = {
        "results": results,
        "configs": configs,
        "n-shot": dict.fromkeys(configs, shots),
        "config": {
            "model": "hf",
            "model_args": f"pretrained={model},dtype=float32",
            "model_dtype": "torch.float32",
            "model_revision": "main",
            "model_sha": "",
            "model_num_parameters": 0,
            "limit": None,
            "torch_seed": 1234,
        },
        "date": 1772359200.0,
        "lm_eval_version": "0.4.13",
        "model_name": model,
        "chat_template": None,
        "fewshot_as_multiturn": False,
        "chat_template_sha": None,
        "system_instruction_sha": None,
    }
    return content, samples


def write_run(
    folder: Path,
    content: Mapping[str, Any],
    samples: Mapping[str, Sequence[Mapping[str, Any]]],
    date: str = DATE,
) -> Path:
    """Write a run's files; return its results file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in samples.items():
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"samples_{name}_{date}.jsonl").write_text(text, encoding="utf-8")
    path = folder / f"results_{date}.json"
    text = json.dumps(content, indent=2, ensure_ascii=False)
    path.write_bytes(text.encode(errors="surrogatepass"))  # a test may write half a character
    return path
