"""Long help stands in groups, in both programs, and nothing of it is lost."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest


def help_of(*words: str) -> str:
    command = [sys.executable, "-m", *words, "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def sections(text: str) -> dict[str, list[str]]:
    """Names of options and commands by heading."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"(?m)^(?=\S.*:$)", text)[1:]:
        heading, _, body = block.partition(":\n")
        found[heading] = re.findall(r"(?m)^  (--[\w-]+|\w[\w-]*)", body)
    return found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ("mceval8k", "eval"),
            {"Model": "--model", "Data": "--task", "Prompts": "--pack", "Output": "--out"},
        ),
        (
            ("neurgrad_eval", "probe"),
            {
                "Model": "--dtype",
                "Data": "--train-size",
                "Prompts": "--num-fewshot",
                "Options": "--neurons",
                "Output": "--json",
            },
        ),
        (("mceval8k",), {"Options": "--version", "Data": "build", "Scores": "leaderboard"}),
        (
            ("neurgrad_eval",),
            {
                "Prompts from a file": "sweep",
                "Skill neurons of a task": "probe",
                "Stored runs": "report",
                "Models": "describe",
            },
        ),
    ],
)
def test_long_help_is_in_groups(words, expected):
    found = sections(help_of(*words))
    for heading, name in expected.items():
        assert name in found[heading]
    names = [name for listed in found.values() for name in listed]
    assert len(names) == len(set(names))


def test_few_options_are_one_list():
    found = sections(help_of("mceval8k", "packs"))
    assert [heading for heading in found if heading in ("Options", "Data", "Output")] == ["Options"]
