"""Hooks of MkDocs (`make docs`): the pages that are made of other files, and links between them.

docs/ holds plain Markdown that reads well where the repository is. What the site shows beside it is
made here: the README as its home, the notebooks of examples/, the reference of the public names and
of the commands, and the files at the root.
"""

from __future__ import annotations

import re

from pathlib import Path
from posixpath import dirname, normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from scripts.site import pages

ROOT = Path(__file__).parents[2]
SOURCES = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "LICENSE": "LICENSE",
    "CITATION.cff": "CITATION.cff",
}
"""Files at the root, and where the site has them."""
_LINK = re.compile(r"(\]\()([^)#:\s]+)((?:#[^)\s]*)?\))")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what is made of files outside docs/."""
    for source, target in SOURCES.items():
        files.append(_made(config, target, (ROOT / source).read_text(encoding="utf-8")))
    for target, content in pages.made(ROOT):
        files.append(_made(config, target, content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let links that are right in the repository be right on the site."""
    target = page.file.src_uri
    sources = {there: here for here, there in SOURCES.items()}
    return relinked(markdown, sources.get(target, f"docs/{target}"), target)


def relinked(markdown: str, source: str, target: str) -> str:
    """Rewrite relative links of a file of the repository for its place on the site.

    Parameters
    ----------
    markdown
        Its text.
    source
        Path of the file in the repository.
    target
        Path of its page on the site.
    """

    def rewritten(found: re.Match[str]) -> str:
        before, link, after = found.groups()
        path = on_site(normpath(f"{dirname(source)}/{link}".lstrip("/")))
        return before + (relpath(path, dirname(target) or ".") if path else link) + after

    return _LINK.sub(rewritten, markdown)


def on_site(path: str) -> str | None:
    """Where the site has a file of the repository; nothing for what it has not."""
    if path in SOURCES:
        return SOURCES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith("examples/") and path.endswith(".ipynb"):
        return f"tutorials/{Path(path).stem}.md"
    return None


def _made(config: MkDocsConfig, target: str, content: str | bytes) -> File:
    return File.generated(config, target, content=content)


