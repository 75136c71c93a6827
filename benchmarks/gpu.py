"""Speed and memory at real model shapes with random weights, which do not change them.

Each shape reads few-shot prompts of made-up tokens that share their beginning, with four
answers, in one process: the stock forward pass, scoring with the prefix cache (the floor of
whatever reads answers), plain full-sequence gradients, gradients, features (coded on the device),
ranking sums, and sweeps. Gradients of two prompts are compared with plain ones in float32. It needs
torch, transformers and accelerate beside this package.

    python benchmarks/gpu.py --out FOLDER [--shapes smollm2-135m llama-3-8b] [--dtype bfloat16]

On a machine without CUDA it runs a tiny shape in float32, to see that it runs. Written to FOLDER:
gpu.json and gpu.md.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import AutoModelForCausalLM, LlamaConfig, Qwen3MoeConfig

from neurgrad_eval.engine.reading import read
from neurgrad_eval.engine.reference import plain_answer_gradients
from neurgrad_eval.engine.sweeps import sweep
from neurgrad_eval.features.batches import Questions
from neurgrad_eval.features.collect import collected
from neurgrad_eval.features.totals import add_up
from neurgrad_eval.models.precision import exact_arithmetic
from neurgrad_eval.neuron_model import NeuronModel

SHARED, OWN, ANSWERS = 390, 90, 4


def llama(hidden: int, intermediate: int, layers: int, heads: int, groups: int, words: int) -> Any:
    """Config of a dense model."""
    return LlamaConfig(
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=groups,
        vocab_size=words,
        max_position_embeddings=8192,
    )


SHAPES: dict[str, Callable[[], Any]] = {
    "tiny": lambda: llama(64, 192, 4, 4, 2, 1024),
    "smollm2-135m": lambda: llama(576, 1536, 30, 9, 3, 49152),
    "llama-3.2-1b": lambda: llama(2048, 8192, 16, 32, 8, 128256),
    "llama-3-8b": lambda: llama(4096, 14336, 32, 32, 8, 128256),
    "qwen3-30b-a3b": lambda: Qwen3MoeConfig(
        hidden_size=2048,
        intermediate_size=6144,
        moe_intermediate_size=768,
        num_hidden_layers=48,
        num_attention_heads=32,
        num_key_value_heads=4,
        head_dim=128,
        num_experts=128,
        num_experts_per_tok=8,
        vocab_size=151936,
        max_position_embeddings=8192,
    ),
}
DTYPES = {"float16": torch.float16, "bfloat16": torch.bfloat16}
DEFAULT = ("smollm2-135m", "llama-3.2-1b", "llama-3-8b", "qwen3-30b-a3b")


class Numbers:
    """A tokenizer of made-up words: the token ids themselves, in digits."""

    all_special_ids: tuple[int, ...] = ()
    unk_token_id = None

    def __call__(self, texts: Any, **_: Any) -> dict[str, Any]:
        """Token ids of one text or of several."""
        if isinstance(texts, str):
            return {"input_ids": [int(word) if word.isdigit() else 0 for word in texts.split()]}
        return {"input_ids": [self(text)["input_ids"] for text in texts]}


@dataclass
class Measured:
    """One way of asking one shape."""

    shape: str
    what: str
    prompts: int
    seconds: float
    peak_gib: float
    busy: float | None = None
    """Share of the time in which the device computes, by its profiler."""
    error: float | None = None
    """Median relative difference from plain gradients in float32."""

    @property
    def rate(self) -> float:
        """Prompts per second."""
        return self.prompts / self.seconds


def main() -> None:
    """Measure the shapes, one after the other, until the time is up."""
    options = _options()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    shapes = options.shapes or (DEFAULT if device.type == "cuda" else ("tiny",))
    found: list[Measured] = []
    end = time.monotonic() + 60 * options.minutes
    options.out.mkdir(parents=True, exist_ok=True)
    for shape in shapes:
        if time.monotonic() > end:
            print(f"{shape}: no time left")
            break
        try:
            found += measure(shape, device, options, end)
        except torch.cuda.OutOfMemoryError as error:
            print(f"{shape}: {str(error).splitlines()[0]}")
        _free()
        about = {
            "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "tokens": SHARED + OWN,
            "shared": SHARED,
            "answers": ANSWERS,
            "batch": options.batch,
            "dtype": options.dtype if device.type == "cuda" else "float32",
        }
        rows = [{**asdict(one), "rate": one.rate} for one in found]
        (options.out / "gpu.json").write_text(json.dumps({**about, "rows": rows}, indent=1))
        (options.out / "gpu.md").write_text(table(found, about))
    print(table(found, about))


def measure(shape: str, device: torch.device, options: Any, end: float) -> list[Measured]:
    """Ask one shape in every way."""
    config = SHAPES[shape]()
    dtype = DTYPES[options.dtype] if device.type == "cuda" else torch.float32
    torch.manual_seed(0)
    start = time.monotonic()
    with torch.device(device):
        stock = AutoModelForCausalLM.from_config(config, dtype=dtype)
    model = NeuronModel.from_model(stock, Numbers(), name=shape)
    print(f"{shape}: {sum(model.widths):,} neurons, made in {time.monotonic() - start:.0f} s")
    print(repr(model))
    prompts, answers = make_prompts(config.vocab_size, options.prompts)
    few = prompts[: options.plain]
    labels = [number % ANSWERS for number in range(len(prompts))]
    questions = Questions(prompts, answers, labels, batch_size=options.batch)
    ids = [[int(word) for word in prompt.split()] for prompt in prompts]
    neurons = [(layer, 7) for layer in range(min(10, model.n_layers))]
    ways: list[tuple[str, int, Callable[[], Any]]] = [
        ("stock forward", len(prompts), lambda: forward(model, ids, options.batch)),
        ("floor: scoring with the prefix cache", len(prompts), lambda: score(model, ids, options)),
        ("gradients", len(prompts), lambda: drop(model, prompts, answers, options.batch)),
        ("features: codes to the host", len(prompts), lambda: collected(model, questions)),
        (
            "rank: sums on the device",
            len(prompts),
            lambda: add_up(model, questions, activations=False),
        ),
        (
            "plain gradients",
            len(few),
            lambda: plain_answer_gradients(model, few, answers, batch_size=options.plain),
        ),
        (
            "sweeps (one neuron, 20 shifts)",
            len(neurons),
            lambda: sweep(model, prompts[0], answers[0], neurons=neurons),
        ),
    ]
    found = []
    for what, count, way in ways:
        if time.monotonic() > end:
            print(f"{what}: no time left")
            continue
        found.append(timed(shape, what, count, way, device))
        if what == "gradients":
            found[-1].error = error(model, prompts[:2], answers)
        print(f"  {what}: {found[-1].rate:.1f} per second", flush=True)
    return found


def make_prompts(words: int, count: int) -> tuple[list[str], list[str]]:
    """Prompts whose tokens are written as numbers, and four answers."""
    draw = random.Random(0)
    shared = [draw.randrange(100, words) for _ in range(SHARED)]
    prompts = [
        shared + [draw.randrange(100, words) for _ in range(OWN + draw.randrange(-10, 11))]
        for _ in range(count)
    ]
    return [" ".join(map(str, prompt)) for prompt in prompts], [
        f" {10 + k}" for k in range(ANSWERS)
    ]


def forward(model: NeuronModel, ids: Sequence[Sequence[int]], batch: int) -> None:
    """Stock forward passes of whole prompts, padded on the left."""
    for start in range(0, len(ids), batch):
        rows = ids[start : start + batch]
        longest = max(map(len, rows))
        padded = torch.tensor([[0] * (longest - len(row)) + list(row) for row in rows])
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
        with torch.no_grad():
            model.model(
                input_ids=padded.to(model.model.device),
                attention_mask=mask.to(model.model.device),
                logits_to_keep=1,
            )


def score(model: NeuronModel, ids: Sequence[Sequence[int]], options: Any) -> None:
    """Probabilities of the answers by the same prefix cache, without gradients."""
    make = model.bodies(ids)
    order = sorted(range(len(ids)), key=lambda number: -len(ids[number]))
    for start in range(0, len(ids), options.batch):
        with torch.no_grad():
            read(model.model, make(order[start : start + options.batch])).float().softmax(-1)


def drop(model: NeuronModel, prompts: Sequence[str], answers: Sequence[str], batch: int) -> None:
    """Gradients of all answers, left on the device and dropped."""
    for _ in model.iter_answer_gradients(prompts, answers, batch_size=batch, on_device=True):
        pass


def error(model: NeuronModel, prompts: Sequence[str], answers: Sequence[str]) -> float:
    """Median relative difference of gradients from plain ones in float32, over layers."""
    found = model.answer_gradients(prompts, answers)
    with exact_arithmetic(model.model):
        plain = plain_answer_gradients(model, prompts, answers, batch_size=1)
    pairs = zip(found.gradients, plain.gradients, strict=True)
    return float(np.median([float((a - b).norm() / b.norm()) for a, b in pairs]))


def timed(
    shape: str, what: str, count: int, way: Callable[[], Any], device: torch.device
) -> Measured:
    """Warm up once, time once, and profile once more where there is a profiler of the device."""
    way()
    _free()
    cuda = device.type == "cuda"
    if cuda:
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
    start = time.perf_counter()
    way()
    if cuda:
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    peak = torch.cuda.max_memory_allocated() / 2**30 if cuda else 0.0
    busy = _busy(way) if cuda and seconds < 20 else None
    return Measured(shape, what, count, seconds, peak, busy)


def _busy(way: Callable[[], Any]) -> float:
    """Share of the time in which kernels run."""
    activity = torch.profiler.ProfilerActivity.CUDA
    start = time.perf_counter()
    with torch.profiler.profile(activities=[activity]) as profile:
        way()
        torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    spent = sum(event.self_device_time_total for event in profile.key_averages())
    return float(min(1.0, spent / 1e6 / seconds))


def table(found: Sequence[Measured], about: dict[str, Any]) -> str:
    """Markdown: rates, and ratios to the floor and to plain gradients of the same shape."""
    lines = [
        f"{about['device']}, torch {about['torch']}, transformers {about['transformers']}; prompts "
        f"of about {about['tokens']} tokens, of which {about['shared']} are shared, "
        f"{about['answers']} answers, batches of {about['batch']}, {about['dtype']}; error: median "
        "relative difference from plain gradients in float32.",
        "",
        "| shape | what | per second | time / floor | × plain | peak GiB | device busy | error |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in found:
        own = {other.what.split(":")[0]: other.rate for other in found if other.shape == one.shape}
        floor, plain = own.get("floor"), own.get("plain gradients")
        sweeps = one.what.startswith("sweeps")
        cells = [
            one.shape,
            one.what,
            f"{one.rate:.1f}",
            f"{floor / one.rate:.2f}" if floor and not sweeps else "",
            f"{one.rate / plain:.1f}" if plain and not sweeps else "",
            f"{one.peak_gib:.1f}" if one.peak_gib else "",
            f"{one.busy:.0%}" if one.busy is not None else "",
            f"{one.error:.2%}" if one.error is not None else "",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _free() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of gpu.json and gpu.md")
    parser.add_argument(
        "--shapes", nargs="+", choices=SHAPES, help=f"default: {', '.join(DEFAULT)}"
    )
    parser.add_argument("--dtype", choices=DTYPES, default="float16", help="weights on CUDA")
    parser.add_argument("--prompts", type=int, default=256, help="prompts (default 256)")
    parser.add_argument("--plain", type=int, default=8, help="prompts of plain gradients (8)")
    parser.add_argument("--batch", type=int, default=32, help="prompts per pass (default 32)")
    parser.add_argument("--minutes", type=float, default=9, help="no new measure after (default 9)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
