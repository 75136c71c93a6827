"""Hooks of MkDocs (`make docs`): the pages that are made of other files, and links between them.

docs/ holds plain Markdown that reads well where the repository is. What the site shows beside it is
made here: the README as its home, the notebooks of examples/, the reference of the public names and
of the commands, and the files at the root.
"""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.site.links import SOURCES, relinked
from scripts.site.pages import made

ROOT = Path(__file__).parents[2]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made of files outside docs/."""
    for source, target in SOURCES.items():
        content = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, target, content=content))
    for target, page in made(ROOT):
        files.append(File.generated(config, target, content=page))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let links that are right in the repository be right on the site."""
    return relinked(markdown, page.file.src_uri)
