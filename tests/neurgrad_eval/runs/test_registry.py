"""Experiments by name, and what may be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

import neurgrad_eval
from mceval8k.cli_options import with_shared
from mceval8k.errors import UsageError
from neurgrad_eval.cli import make_app
from neurgrad_eval.runs import registry
from neurgrad_eval.runs.outlines import FILE, outlines_text

HEAVY = "{'torch', 'transformers', 'sklearn', 'scipy', 'datasets', 'pandas'}"
TYPED = ("--model", "x", "--edition", "/no/such/place")


def test_every_experiment_is_one_file_with_its_command():
    for name in registry.modules():
        kind = registry.find(name)
        assert kind.name == name
        assert registry.summary(name).endswith(".")


def test_an_unknown_experiment_is_named():
    with pytest.raises(UsageError, match="there is no experiment 'x'"):
        registry.find("x")


def test_everything_public_can_be_imported():
    for name in neurgrad_eval.__all__:
        assert getattr(neurgrad_eval, name).__doc__


def test_the_package_and_the_help_import_nothing_heavy():
    for code in ("import neurgrad_eval", "from neurgrad_eval.cli import make_app; make_app([])"):
        check = f"import sys; {code}; print({HEAVY} & {{*sys.modules}})"
        command = [sys.executable, "-c", check]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "set()", done.stderr


def test_outlines_are_those_of_the_experiments():
    kinds = {name: registry.find(name).Options for name in registry.own_modules()}
    assert outlines_text(kinds) == FILE.read_text(encoding="utf-8"), "neurgrad generate-outlines"


@pytest.mark.parametrize("name", sorted(registry.own_modules()))
def test_help_by_the_outline_is_that_of_the_experiment(name, capsys):
    texts = []
    for words in ([], [name]):
        command = with_shared(typer.main.get_command(make_app(words)))
        command.main([name, "--help"], prog_name="neurgrad", standalone_mode=False)
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    assert "Examples:" in texts[0]
    assert "<" not in texts[0]


MISTAKES = {
    "unknown command": (["prob"], "prob"),
    "unknown option": (["probe", "--modle", "x"], "--modle"),
    "missing option": (["probe", "--model", "x"], "--edition"),
    "missing folder": (["probe", *TYPED, "--task", "paws"], "no such directory"),
    "no number": (
        ["probe", *TYPED, "--task", "ner", "--train-size", "many"],
        "'many' is none of: INT|all",
    ),
    "too small": (["probe", *TYPED, "--task", "ner", "--batch-size", "0"], "at least 1 is needed"),
    "no choice": (
        ["probe", *TYPED, "--task", "ner", "--probes", "tree,trees"],
        "--probes 'trees' is none of",
    ),
}


@pytest.mark.parametrize(("words", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_shows_before_anything_heavy_is_imported(words, message):
    code = f"""
import sys
from neurgrad_eval.cli import main
sys.argv = ["neurgrad", *{words!r}]
try:
    main()
finally:
    print({HEAVY} & {{*sys.modules}})
"""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert done.stdout.strip() == "set()", done.stdout


def test_old_names_of_options_are_read(capsys):
    command = typer.main.get_command(make_app([]))
    with pytest.raises(UsageError, match="no such directory"):
        typed = ["probe", *TYPED, "--tasks", "paws", "--revision", "main"]
        command.main(typed, standalone_mode=False)
