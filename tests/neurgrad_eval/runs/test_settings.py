"""Settings: ranges, choices, and the way from text to value and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from mceval8k.errors import UsageError
from neurgrad_eval.runs.options import command, command_line, read, write
from neurgrad_eval.runs.settings import Settings, option, options_of


@dataclass(frozen=True, kw_only=True)
class Toy(Settings):
    model: str = option(help="Model.", repeated=True)
    runs: tuple[Path, ...] = option((), "Folders.", argument=True)
    sizes: tuple[int, ...] = option((64, 256), "Sizes.", least=1)
    shifts: tuple[float, ...] = option((0.5, 1.0), "Shifts.", above=0)
    depths: tuple[int | None, ...] = option((1, None), "Depths.", least=1, nothing="none")
    test_size: int | None = option(None, "Test size.", least=1, nothing="all")
    shots: int | Literal["balanced"] = option("balanced", "Shots.", least=0)
    space: Literal["hidden", "up"] = option("hidden", "Space.")
    probes: tuple[Literal["tree", "magnitude"], ...] = option(("tree",), "Probes.")
    share: float = option(0.5, "Share.", least=0, most=1)
    jobs: int = option(1, "Jobs.", least=1, affects=False)
    fast: bool = option(False, "Fast.")
    vary: tuple[str, ...] = option((), "Vary.", separate=True)


KNOWN = {known.field: known for known in options_of(Toy)}


def run(*words: str) -> list[Toy]:
    """Settings that a command line makes."""
    app, seen = typer.Typer(), []
    app.command()(command(Toy, lambda settings, out, overwrite, json: seen.extend(settings)))
    done = CliRunner().invoke(app, words)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return seen


def test_options_become_values_of_their_types():
    words = "--sizes 256,16,16 --shifts 1,0.1 --depths none,4,1 --test-size 7 --shots 3"
    (found,) = run("a", "b", "--model", "m", *words.split(), "--probes", "magnitude,tree")
    assert found.runs == (Path("a"), Path("b"))
    assert found.sizes == (16, 256)
    assert found.shifts == (0.1, 1.0)
    assert found.depths == (1, 4, None)
    assert (found.test_size, found.shots) == (7, 3)
    assert found.probes == ("magnitude", "tree")


def test_defaults_are_those_of_the_fields():
    (found,) = run("--model", "m")
    assert found == Toy(model="m")


def test_a_repeated_option_asks_for_a_run_each():
    assert [found.model for found in run("--model", "m", "--model", "n")] == ["m", "n"]


def test_values_that_are_typed_one_by_one_may_hold_commas():
    (found,) = run("--model", "m", "--vary", "a=1,2", "--vary", "b c")
    assert found.vary == ("a=1,2", "b c")
    line = command_line("toy", Toy, {"model": "m", "vary": found.vary})
    assert line == "toy --model m --vary a=1,2 --vary 'b c'"


def test_lists_are_taken_as_tuples():
    assert Toy(model="m", sizes=[4, 8]) == Toy(model="m", sizes=(4, 8))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("--sizes 0", "sizes 0: at least 1 is needed"),
        ("--sizes x", "--sizes 'x' is none of: INT,…"),
        ("--shifts 0", "shifts 0.0: it must be above 0"),
        ("--shifts nan", "shifts nan: a finite number is needed"),
        ("--share 1.5", "share 1.5: at most 1 is possible"),
        ("--space down", "--space 'down' is none of: hidden|up"),
        ("--shots many", "--shots 'many' is none of: INT|balanced"),
        ("--test-size none", "--test-size 'none' is none of: INT|all"),
        ("--probes tree,bush", "--probes 'bush' is none of: tree|magnitude,…"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_option(words, reason):
    with pytest.raises(UsageError) as caught:
        run("--model", "m", *words.split())
    assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"sizes": ()}, "sizes: at least one value is needed"),
        ({"sizes": (4, 4)}, "sizes: a value is given twice"),
        ({"space": "down"}, "space 'down' is none of hidden, up"),
        ({"jobs": 0}, "jobs 0: at least 1 is needed"),
    ],
)
def test_settings_made_in_python_are_checked_alike(values, reason):
    with pytest.raises(UsageError) as caught:
        Toy(model="m", **values)
    assert str(caught.value) == reason


def test_what_does_not_decide_the_numbers_is_left_out():
    deciding = Toy(model="m", jobs=3, depths=(2, None)).deciding(Toy)
    assert "jobs" not in deciding
    assert deciding["depths"] == [2, None]


def test_the_command_line_says_what_differs_from_the_defaults():
    values = {"model": "a b", "sizes": [64, 256], "depths": [None], "runs": ["x y"], "fast": True}
    line = command_line("neurgrad toy", Toy, values)
    assert line == "neurgrad toy --model 'a b' 'x y' --depths none --fast"


@given(st.lists(st.integers(1, 10**9), min_size=1, unique=True))
def test_lists_are_written_as_they_are_read(values):
    expected = tuple(sorted(values))
    assert read(KNOWN["sizes"], write(KNOWN["sizes"], expected)) == expected
