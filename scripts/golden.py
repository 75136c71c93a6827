"""Record what every experiment of `neurgrad` gives, and compare two records table by table.

    python scripts/golden.py record FOLDER --model MODEL --edition EDITION --prompts FILE
    python scripts/golden.py compare BEFORE AFTER

A change that is to leave the numbers as they are is checked by a record from before it and one from
after it. Records lie outside of the repository.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

ITEMS = "--task agnews --train-size 60 --test-size 24 --validation-size 20"
LANGUAGES = "--task mlama --train-size 60 --test-size 24 --validation-size 20"


def commands(out: Path, model: str, edition: str, prompts: str) -> Iterator[tuple[str, str]]:
    """Name and options of each experiment that is recorded; later ones read earlier ones."""
    given = f"--model {model} --edition {edition}"
    texts = f"--model {model} --prompts {prompts}"
    few = "--neurons 16 --shifts 0.5,1 --draws 3 --limit 4"
    yield "probe", f"{given} {ITEMS} --neurons 64,256 --null-draws 5 --null-refits 2"
    yield "collect", f"{given} {LANGUAGES}"
    yield "rank", f"{given} --task agnews --train-size 60 --top 64"
    yield "sweep", f"{texts} --limit 3 --neurons 20"
    yield "estimate", f"{texts} --limit 3 --neurons 6"
    yield "control", f"{texts} --limit 3 --numbers 1,16,64 --shifts 0.5,1 --measure 4"
    yield "efficiency", f"{out}/probe --most-neurons 64 --draws 2 --null-draws 3"
    yield "inclusivity", f"{out}/probe --band 128 --sizes 16,64 --most-sets 5 --null-draws 2"
    yield "interdependency", f"{out}/probe --neurons 64 --depths 1,none --trees 1,8 --null-draws 2"
    yield "leak", f"{out}/probe --neurons 64 --draws 2"
    yield "generality", f"{out}/collect --by-language --neurons 64 --null-draws 3"
    yield "causal", f"{given} {ITEMS} --ranking {out}/rank --score magnitude {few}"
    yield (
        "pairs",
        (
            f"{given} {ITEMS} --ranking {out}/rank --score magnitude --neurons 6 --shifts 1 "
            "--draws 2 --limit 4"
        ),
    )


def record(out: Path, model: str, edition: str, prompts: str) -> int:
    """Run every experiment; return the number of those that failed."""
    failed = 0
    for name, options in commands(out, model, edition, prompts):
        words = [sys.executable, "-m", "neurgrad_eval", name, *options.split()]
        done = subprocess.run(  # noqa: S603 - the commands above
            [*words, "--out", str(out / name)], capture_output=True, text=True, check=False
        )
        failed += done.returncode != 0
        print(f"{name}: {'ok' if done.returncode == 0 else done.stderr.strip()}")
    return failed


def compare(before: Path, after: Path) -> int:
    """Print the largest difference in each table; return the number of tables that differ."""
    differing = 0
    for path in sorted(before.glob("*/*.parquet")):
        name = path.relative_to(before)
        found = _difference(path, after / name)
        differing += found != "same"
        print(f"{name}: {found}")
    return differing


def _difference(before: Path, after: Path) -> str:
    if not after.is_file():
        return "missing"
    one, other = (pq.read_table(path).to_pandas() for path in (before, after))
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return f"shape: {one.shape} and {other.shape}"
    largest = 0.0
    for column in one.columns:
        if one[column].dtype.kind == "f":
            a, b = one[column].to_numpy(), other[column].to_numpy()
            if (np.isnan(a) != np.isnan(b)).any():
                return f"{column}: not defined in the same rows"
            largest = max(largest, float(np.nan_to_num(np.abs(a - b)).max(initial=0)))
        elif not one[column].equals(other[column]):
            return f"{column} differs"
    return f"largest difference {largest:.1e}" if largest else "same"


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    actions = parser.add_subparsers(dest="action", required=True)
    recording = actions.add_parser("record")
    recording.add_argument("out", type=Path)
    for name in ("model", "edition", "prompts"):
        recording.add_argument(f"--{name}", required=True)
    comparing = actions.add_parser("compare")
    for name in ("before", "after"):
        comparing.add_argument(name, type=Path)
    given = parser.parse_args()
    if given.action == "record":
        return record(given.out, given.model, given.edition, given.prompts)
    return compare(given.before, given.after)


if __name__ == "__main__":
    sys.exit(main())
