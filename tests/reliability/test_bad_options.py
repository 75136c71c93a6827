"""Values of options that are none: one line that names the option, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.harness.leaderboard.result_files import make_run, write_run
from tests.reliability.conftest import Refused
from tests.reliability.payloads import CONTROLS

HUGE = str(2**70)
RANK = "neurgrad rank --model {model} --edition {edition} --task agnews --out {out}"
EVAL = (
    "mceval8k eval --edition {edition} --out {out} --task agnews --num-fewshot 0 --limit 1 "
    "--model-args pretrained={model}"
)
OPTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "neurgrad describe {model}": {
        "--device": ("xyz", "cuda:7", "cuda", "meta", "", "cpu:x", "-1"),
        "--dtype": ("float99", "int8", "", "torch.float32"),
        "--kind": ("causual", "", "T5"),
    },
    "neurgrad sweep --model {model} --prompts {prompts} --out {out}": {
        "--step": ("1e-300", "nan", "0", "-1", "inf", "x"),
        "--range": ("nan", "inf", "-1", "0", "1e308"),
        "--neurons": ("0", "-1", HUGE, "x", "1.5"),
        "--limit": ("0", "-1", HUGE, "nan"),
        "--seed": ("-1", HUGE, "x"),
        "--space": ("upward", ""),
        "--sign": ("other",),
    },
    RANK: {
        "--train-size": ("0", "-1", HUGE, "x", "1e9"),
        "--num-fewshot": ("-1", "x", HUGE, "1000000"),
        "--batch-size": ("0", "-1", "x"),
        "--max-tokens": ("0", "-1"),
        "--seed": ("-1", HUGE),
        "--top": ("0", "-1"),
        "--scores": ("x", "", "polarity,x"),
        "--task": ("x", "", "agnewz"),
        "--pack": ("x", "/", "../../etc/passwd"),
        "--edition": ("/no/such", "", "a/b/c"),
    },
    "mceval8k build --out {out}": {"--tasks": ("x", "")},
    "mceval8k build --tasks agnews --out {out}": {
        "--seed": ("x",),
        "--processes": ("0", "-3"),
        "--source": ("/no/such",),
        "--out": ("/dev/null", "/proc/x/y"),
    },
    EVAL: {
        "--device": ("cuda:7", "xyz", "meta"),
        "--limit": (HUGE,),
        "--seed": (HUGE,),
        "--model": ("nosuch",),
        "--model-args": ("pretrained={model},dtype=float99", "pretrained={model}/config.json"),
    },
    "mceval8k tasks --export {out}": {"--dataset": ("../../x", "/no/such", "a b/c")},
    "mceval8k show agnews --edition {edition}": {
        "--split": ("dev",),
        "--index": ("-1", HUGE),
        "--num-fewshot": ("-1", str(10**9)),
        "--seed": ("x",),
        "--pack": ("none",),
        "--model": ("/no/such/model",),
    },
}
"""What is typed, and by option of it the values that are none."""
PLACES = ("/no/such", "/dev/null", "/proc/self/mem", "{model}")
WHOLE = (
    *(f"mceval8k validate {place}" for place in PLACES),
    *(f"mceval8k audit {place}" for place in PLACES),
    *(f"mceval8k repair {place} --out {{out}}" for place in PLACES),
    "neurgrad report /no/such --out {out}",
    "neurgrad report {edition} --out {out}",
    "neurgrad efficiency /no/such --out {out}",
    "neurgrad nosuch",
    "mceval8k nosuch",
    "mceval8k show agnewz",
)
VARIABLES = {
    "MCEVAL8K_EDITION": (
        "mceval8k show agnews",
        ("/no/such", " ", "\x1b[31mred\r=1+1", "x" * 5000, "/dev/zero"),
    ),
    "SOURCE_DATE_EPOCH": (
        "mceval8k leaderboard export {results} --task agnews --organization Lab "
        "--relationship other --out {out}",
        ("x", "-1", "1e9", "9" * 5000),
    ),
    "MCEVAL8K_CACHE": ("neurgrad fetch-smollm2", ("/dev/null/x", "/proc/x", "x" * 5000)),
}
"""What is typed, and values of a variable that are none."""
Places = Mapping[str, Path]


@pytest.fixture
def paths(sound: Path, tiny_folder: Path, tmp_path: Path) -> Places:
    """What the names in braces stand for."""
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "Which is it? x:", "answer": " A"}\n')
    write_run(tmp_path / "results", *make_run("lab/x", tasks={"agnews": 1.0}))
    read = {"model": tiny_folder, "edition": sound, "prompts": prompts}
    return {**read, "results": tmp_path / "results", "out": tmp_path / "out"}


def filled(typed: str, paths: Places, *more: str) -> list[str]:
    """Words of a command."""
    return [word.format_map(paths) for word in (*typed.split(), *more)]


@pytest.mark.parametrize(
    ("typed", "option"), [(typed, option) for typed, by in OPTIONS.items() for option in by]
)
def test_values_that_are_none(refused: Refused, paths: Places, typed: str, option: str) -> None:
    for value in OPTIONS[typed][option]:
        refused(*filled(typed, paths, option, value))


@pytest.mark.parametrize("variable", VARIABLES)
def test_variables_that_are_none(refused: Refused, paths: Places, variable: str) -> None:
    typed, values = VARIABLES[variable]
    for value in values:
        said = refused(*filled(typed, paths), env={variable: value})
        assert not set(said) & CONTROLS


@pytest.mark.parametrize("typed", WHOLE)
def test_commands_that_are_none(refused: Refused, paths: Places, typed: str) -> None:
    refused(*filled(typed, paths))
