"""`other-language`: a text is in another language than its row says.

The language is what [py3langid](https://github.com/adbar/py3langid) is sure of (97 languages, no
download). Short texts are rarely sure, and statements made from templates, which are short and full
of names, are not looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from builders.audit.facts import text_columns
from builders.audit.finding import Check, Finding, percent
from builders.audit.rows import TaskRows

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SURE = 0.95
"""Least confidence of the identifier."""
MANY = 0.01
"""Share of rows from which on it is a warning."""

_NONE = "zxx"  # code for what is no language


def find(rows: TaskRows) -> Iterator[Finding]:
    """One finding, of all rows whose text is in another language."""
    columns = text_columns(rows.task)
    if rows.task.templated or not columns:
        return
    seen: dict[tuple[str, str], str | None] = {}
    others = {}
    for row, item in enumerate(rows.items):
        key = (str(item["lang"]), " ".join(str(item[name] or "") for name in columns))
        if key not in seen:
            seen[key] = _other(*key)
        if (found := seen[key]) is not None:
            others[row] = f"{item['lang']} is {found}"
    if others:
        most = ", ".join(f"{what} {n:,}" for what, n in Counter(others.values()).most_common(3))
        yield Finding.of_rows(
            CHECK.name,
            rows,
            others,
            severity="warning" if len(others) >= MANY * rows.of else "info",
            message=f"Rows with a text in another language than they say: {len(others):,} "
            f"({percent(len(others), rows.of)}); {most}.",
        )


def _other(lang: str, text: str) -> str | None:
    """Language of a text, if it is surely another."""
    found, confidence = _identifier().classify(text)
    return str(found) if found not in (lang, _NONE) and confidence >= SURE else None


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


CHECK = Check("other-language", "row", "a text is in another language than the row says", find)
