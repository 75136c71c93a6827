"""Values of options that are none: one line that names the option, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.reliability.conftest import Commands, Refused


def bad_options(model: Path, edition: Path, prompts: Path, out: Path) -> Iterator[list[object]]:
    """Commands with a value that is none of the option's."""
    describe: list[object] = ["neurgrad", "describe", model]
    for device in ("xyz", "cuda:7", "cuda", "meta", "", "cpu:x", "-1"):
        yield [*describe, "--device", device]
    for dtype in ("float99", "int8", "", "torch.float32"):
        yield [*describe, "--dtype", dtype]
    for kind in ("causual", "", "T5"):
        yield [*describe, "--kind", kind]
    sweep = ["neurgrad", "sweep", "--model", model, "--prompts", prompts, "--out", out]
    for option, values in {
        "--step": ("1e-300", "nan", "0", "-1", "inf", "x"),
        "--range": ("nan", "inf", "-1", "0", "1e308"),
        "--neurons": ("0", "-1", str(2**70), "x", "1.5"),
        "--limit": ("0", "-1", str(2**70), "nan"),
        "--seed": ("-1", str(2**70), "x"),
        "--space": ("upward", ""),
        "--sign": ("other",),
    }.items():
        for value in values:
            yield [*sweep, option, value]
    rank = ["neurgrad", "rank", "--model", model, "--edition", edition, "--task", "agnews"]
    rank += ["--out", out]
    for option, values in {
        "--train-size": ("0", "-1", str(2**70), "x", "1e9"),
        "--num-fewshot": ("-1", "x", str(2**70), "1000000"),
        "--batch-size": ("0", "-1", "x"),
        "--max-tokens": ("0", "-1"),
        "--seed": ("-1", str(2**70)),
        "--top": ("0", "-1"),
        "--scores": ("x", "", "polarity,x"),
        "--task": ("x", "", "agnewz"),
        "--pack": ("x", "/", "../../etc/passwd"),
        "--edition": ("/no/such", "", "a/b/c"),
    }.items():
        for value in values:
            yield [*rank, option, value]
    build = ["mceval8k", "build", "--out", out]
    for words in (
        ["--tasks", "x"],
        ["--tasks", ""],
        ["--tasks", "agnews", "--seed", "x"],
        ["--tasks", "agnews", "--processes", "0"],
        ["--tasks", "agnews", "--processes", "-3"],
        ["--tasks", "agnews", "--source", "/no/such"],
        ["--tasks", "agnews", "--out", "/dev/null"],
        ["--tasks", "agnews", "--out", "/proc/x/y"],
    ):
        yield [*build, *words]
    evaluate: list[object] = ["mceval8k", "eval", "--edition", edition, "--out", out]
    evaluate += ["--task", "agnews", "--num-fewshot", "0", "--model-args"]
    for words in (
        ["pretrained=%s", "--device", "cuda:7"],
        ["pretrained=%s", "--device", "xyz"],
        ["pretrained=%s", "--device", "meta"],
        ["pretrained=%s,dtype=float99"],
        ["pretrained=%s", "--limit", str(2**70)],
        ["pretrained=%s", "--seed", str(2**70)],
        ["pretrained=%s", "--model", "nosuch"],
        ["pretrained=%s/config.json"],
    ):
        yield [*evaluate, words[0] % model, "--limit", "1", *words[1:]]
    export = ["mceval8k", "tasks", "--export", out, "--dataset"]
    yield from ([*export, name] for name in ("../../x", "/no/such", "a b/c"))
    show = ["mceval8k", "show", "agnews", "--edition", edition]
    for words in (
        ["--split", "dev"],
        ["--index", "-1"],
        ["--index", str(2**70)],
        ["--num-fewshot", "-1"],
        ["--num-fewshot", str(10**9)],
        ["--seed", "x"],
        ["--pack", "none"],
        ["--model", "/no/such/model"],
    ):
        yield [*show, *words]
    for command in ("validate", "audit", "repair"):
        for place in ("/no/such", "/dev/null", "/proc/self/mem", model):
            yield ["mceval8k", command, place, *(["--out", out] if command == "repair" else [])]
    yield ["neurgrad", "report", "/no/such", "--out", out]
    yield ["neurgrad", "report", edition, "--out", out]
    yield ["neurgrad", "efficiency", "/no/such", "--out", out]
    yield ["neurgrad", "nosuch"]
    yield ["mceval8k", "nosuch"]
    yield ["mceval8k", "show", "agnewz"]


def test_options_that_are_none(
    commands: Commands, refused: Refused, sound: Path, tiny_folder: Path, tmp_path: Path
) -> None:
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Which is it? x:", "answer": " A"}\n')
    wrong = []
    for words in bad_options(tiny_folder, sound, prompts, tmp_path / "out"):
        try:
            refused(*words)
        except AssertionError as error:  # noqa: PERF203 - all of them are told
            wrong.append((words[1:], str(error)[-300:]))
    assert not wrong, "\n".join(map(str, wrong))
