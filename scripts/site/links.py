"""Links between files of the repository, as the site has them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from posixpath import dirname, normpath, relpath

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


def source_of(target: str) -> str:
    """Where the repository has what is at a place of the site."""
    sources = {there: here for here, there in SOURCES.items()}
    return sources.get(target, f"docs/{target}")


def site_path(path: str) -> str | None:
    """Where the site has a file of the repository; None for what it has not."""
    if path in SOURCES:
        return SOURCES[path]
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path.startswith("examples/") and path.endswith(".ipynb"):
        return f"tutorials/{PurePosixPath(path).stem}.md"
    return None


def relinked(markdown: str, target: str) -> str:
    """Rewrite the relative links of a page, which are right in the repository, for the site.

    Parameters
    ----------
    markdown
        Text of the page.
    target
        Its place on the site.
    """

    def rewritten(found: re.Match[str]) -> str:
        before, link, after = found.groups()
        path = site_path(normpath(f"{dirname(source_of(target)) or '.'}/{link}"))
        return before + (relpath(path, dirname(target) or ".") if path else link) + after

    return _LINK.sub(rewritten, markdown)
