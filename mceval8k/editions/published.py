"""The edition that is meant where none is named."""

from __future__ import annotations

PUBLISHED: str | None = None
"""Hub id of the published edition; None until there is one."""
