"""Check that old and new versions of `datasets` read an edition alike.

For each version of `VERSIONS` an environment is made (with pip, without PyTorch) and
`load_dataset(folder, task)` is called in it for every task and for the config `all`. Features,
numbers of rows and a hash over all rows must be those that the package itself reads.

    python scripts/check_datasets_versions.py [--edition DIR] [--environments DIR]

Without an edition, the samples are built. Exits 1 if any version differs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from builders.build import build, plan
from builders.making.task import Request
from builders.reading.sources import open_source

VERSIONS = {
    "2.16": ["datasets==2.16.*", "huggingface_hub<0.24", "pyarrow<15", "numpy<2", "pandas<2.3"],
    "3.6": ["datasets==3.6.*", "huggingface_hub<1", "pandas<3"],
    "5.2": ["datasets==5.2.*"],
}
"""Requirements by version: an old `datasets` needs what was current then."""

READ = """
import hashlib, json, sys, tempfile
import datasets

def shape(feature):
    if isinstance(feature, datasets.ClassLabel):
        return {"class": feature.names}
    if isinstance(feature, datasets.Value):
        return feature.dtype
    inner = feature[0] if isinstance(feature, list) else feature.feature
    return [shape(inner)]

def facts(rows):
    lines = (json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)
    digest = hashlib.sha256("\\n".join(lines).encode()).hexdigest()
    columns = [[name, shape(feature)] for name, feature in rows.features.items()]
    return {"rows": len(rows), "sha256": digest, "columns": columns}

folder, *tasks = sys.argv[1:]
found = {"version": datasets.__version__}
datasets.disable_progress_bars() if hasattr(datasets, "disable_progress_bars") else None
for task in tasks:
    with tempfile.TemporaryDirectory() as cache:
        splits = datasets.load_dataset(folder, task, cache_dir=cache)
        found[task] = {split: facts(rows) for split, rows in splits.items()}
print(json.dumps(found))
"""

OURS = READ.replace("import datasets\n", "import datasets\nfrom mceval8k import load_task\n", 1)
OURS = OURS.replace(
    "datasets.load_dataset(folder, task, cache_dir=cache)", "load_task(task, folder)"
)


def environment(version: str, folder: Path) -> Path:
    """Return the Python of an environment with a version of `datasets`; made if it is not there."""
    place = folder / f"datasets-{version}"
    python = place / "bin" / "python"
    if not (place / "ready").is_file():
        print(f"datasets {version}: installing into {place}", file=sys.stderr)
        venv.create(place, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *VERSIONS[version]], check=True)  # noqa: S603
        (place / "ready").touch()
    return python


def read(python: str, script: str, edition: Path, tasks: list[str]) -> dict[str, Any]:
    """Read the tasks of an edition with an environment's Python."""
    command = [python, "-c", script, str(edition), *tasks]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        return {"version": "?", "error": done.stderr.strip().splitlines()[-1]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(edition: Path, environments: Path) -> bool:
    """Read an edition with all versions; say for each whether it gives what the package gives."""
    tasks = list(json.loads((edition / "manifest.json").read_text("utf-8"))["tasks"])
    expected = read(sys.executable, OURS, edition, tasks)
    if "error" in expected:
        print(f"mceval8k: {expected['error']}")
        return False
    alike = True
    for version in VERSIONS:
        found = read(str(environment(version, environments)), READ, edition, [*tasks, "all"])
        different = [task for task in tasks if found.get(task) != expected[task]]
        rows = sum(facts["rows"] for facts in found.get("all", {}).values())
        wanted = sum(facts["rows"] for task in tasks for facts in expected[task].values())
        if rows != wanted:
            different.append("all")
        alike = alike and not different
        verdict = f"differs: {', '.join(different)}" if different else "the same"
        verdict = found.get("error", verdict)
        print(f"datasets {found['version']:<8} {len(tasks)} tasks, {rows:,} rows: {verdict}")
    return alike


def main() -> None:
    """Run the check."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--edition", type=Path, help="a built edition; without one, the samples")
    parser.add_argument("--environments", type=Path, help="keep the environments in this folder")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        edition = chosen.edition
        if edition is None:
            store = open_source("samples")
            edition = Path(name) / "samples"
            build(plan("all", store).builders, store, Request(all_there_is=True), edition)
        sys.exit(0 if compare(edition, chosen.environments or Path(name)) else 1)


if __name__ == "__main__":
    main()
