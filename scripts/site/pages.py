"""Pages of the site that are made of the packages and of the notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

from scripts.site.commands import COMMANDS, reference
from scripts.site.names import public_names

PACKAGES = {
    "mceval8k": "The benchmark as data: what a task is, how it is loaded, how it becomes a prompt.",
    "neurgrad_eval": "Gradients, sweeps, probes and experiments on neurons.",
    "harness": "The benchmark as tasks of lm-eval, and two runs compared.",
}
_FRAME = re.compile(
    r"<style scoped>.*?</style>\n*|(?<=<table) border=\"1\" class=\"dataframe\"", re.S
)
"""What pandas gives its tables, and the site's own look has no need of."""
_TUTORIALS = """# Tutorials

Notebooks of `examples/`, run on SmolLM2-135M-Instruct on two CPU cores. The tests run every cell.
"""


def made(root: Path) -> Iterator[tuple[str, str | bytes]]:
    """Path and content of every page and picture that is made."""
    titles = []
    for path in sorted((root / "examples").glob("*.ipynb")):
        title, files = notebook(path)
        titles.append(f"- [{title}]({path.stem}.md)\n")
        yield from files.items()
    yield "tutorials/index.md", f"{_TUTORIALS}\n{''.join(titles)}"
    for package, summary in PACKAGES.items():
        names = public_names(root / package)
        blocks = "".join(f"::: {name}\n\n" for name in names)
        yield f"reference/{package}.md", f"# `{package}`\n\n{summary}\n\n{blocks}"
    for name in COMMANDS:
        yield f"reference/{name}-command.md", reference(name)
    yield "reference/index.md", _index()


def notebook(path: Path) -> tuple[str, dict[str, str | bytes]]:
    """Title of a notebook, and its page with the pictures that it stores."""
    stored = nbformat.read(path, as_version=4)
    body, resources = MarkdownExporter().from_notebook_node(
        stored, {"unique_key": path.stem, "output_files_dir": f"{path.stem}_files"}
    )
    title = next(line for line in body.splitlines() if line.startswith("# "))[2:]
    pictures = {f"tutorials/{name}": data for name, data in resources["outputs"].items()}
    return title, {f"tutorials/{path.stem}.md": _FRAME.sub("", body), **pictures}


def _index() -> str:
    packages = (f"- [`{name}`]({name}.md): {summary}\n" for name, summary in PACKAGES.items())
    commands = (f"- [`{name}`]({name}-command.md)\n" for name in COMMANDS)
    return f"# Reference\n\nIn Python:\n\n{''.join(packages)}\nCommands:\n\n{''.join(commands)}"
