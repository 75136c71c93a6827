"""Run the notebooks of examples/ and store what they show (`make notebooks`).

Figures are stored as pictures, which every viewer shows; that takes kaleido and a Chromium.
The model is that of `neurgrad fetch-smollm2`, found by its name.
"""

from __future__ import annotations

import os
import sys
from base64 import b64decode
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

from mceval8k.files import write_text
from neurgrad_eval.smollm2 import ensure_smollm2

EXAMPLES = Path(__file__).parents[1] / "examples"
MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run every cell in a folder where the model's name leads to the cached model."""
    (folder / MODEL).parent.mkdir()
    (folder / MODEL).symlink_to(ensure_smollm2())
    where = {"metadata": {"path": str(folder)}}
    made: nbformat.NotebookNode = NotebookClient(
        notebook, timeout=600, record_timing=False, resources=where
    ).execute()
    return _quiet(made)


def first_picture(notebook: nbformat.NotebookNode) -> bytes:
    """The first PNG picture that a notebook stores."""
    outputs = (one for cell in notebook.cells for one in cell.get("outputs", ()))
    pictures = (one["data"]["image/png"] for one in outputs if "image/png" in one.get("data", {}))
    return b64decode(next(pictures))


def _quiet(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out warnings and progress bars."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [one for one in cell.outputs if not _is_noise(one)]
    return notebook


def _is_noise(output: Any) -> bool:
    data = output.get("data", {})
    empty = data.get("text/plain") == ""
    return empty or output.get("name") == "stderr" or "ipywidgets" in str(data)


def main(names: list[str]) -> int:
    """Run the notebooks of these names, or all."""
    os.environ["PLOTLY_RENDERER"] = "png"
    paths = {path.stem: path for path in sorted(EXAMPLES.glob("*.ipynb"))}
    if unknown := [name for name in names if name not in paths]:
        sys.exit(f"no notebook {', '.join(unknown)}; there are {', '.join(paths)}")
    for path in (paths[name] for name in names or paths):
        with TemporaryDirectory() as folder:
            made = executed(nbformat.read(path, as_version=4), Path(folder))
        write_text(path, nbformat.writes(made) + "\n")
        print(path.name, f"{path.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
