"""Experiments by name, and what may be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

import neurgrad_eval
from mceval8k.errors import UsageError
from neurgrad_eval.runs import registry


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
        heavy = "{'torch', 'transformers', 'sklearn'}"
        check = f"import sys; {code}; print({heavy} & {{*sys.modules}})"
        command = [sys.executable, "-c", check]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "set()", done.stderr
