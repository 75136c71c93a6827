"""Topic of a news article, from AG News.

Source: `fancyzhx/ag_news`, both splits. Licence: AG's corpus, non-commercial use.

What is done: an article is an item, its white space folded and its text mended; the four topics
are drawn equally often. An article's normalised text is its group. A third of upstream's articles
need mending:

- Entities lost their ampersand to a space (`Sprint #39;s`, ` quot;Yes quot;`): they become their
  characters (`Sprint's`, `"Yes"`). Articles with them are not dropped: they quote, and more of them
  are about business (40 %) than about the world (26 %), so that dropping would select.
- A backslash stands for a line break, for nothing before a dollar sign or other
  punctuation: it becomes a space, or goes.
- Tags in entities (`&lt;b&gt;...&lt;/b&gt;`) go.

What differs from the released edition:

- Articles are mended, as above; there, they are as upstream has them.
- An article that is there twice is one; with two topics, it is none.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from builders.builder import Builder, Candidate, Draft, Dropped
from builders.reading.upstream import Upstream, UpstreamRow
from builders.text import mend
from mceval8k.item import normalise
from mceval8k.tasks.classification.agnews import TASK

_LOST = re.compile(r"(?:^| )(#[0-9]{2,4}|quot|lt|gt|amp|nbsp|hellip);")
_ESCAPED = re.compile(r"\\+(?=[$.,;:!?)%])")
_LINE_BREAK = re.compile(r"\s*\\+\s*")


def mend_article(text: str) -> str:
    """Article with its entities and line breaks as they were meant."""
    return mend(_LINE_BREAK.sub(" ", _ESCAPED.sub("", _LOST.sub(_character, text))))


def _character(entity: re.Match[str]) -> str:
    """Character of an entity whose ampersand became a space: a sign, not a letter or digit."""
    character = html.unescape(f"&{entity[1]};")
    is_sign = len(character) == 1 and not character.isalnum() and character.isprintable()
    return character if is_sign or entity[1] == "nbsp" else entity[0]


def draft(rows: Iterable[UpstreamRow], seed: int) -> Iterator[Candidate | Dropped]:  # noqa: ARG001
    """Draft a candidate for each article."""
    for row in rows:
        raw = {"text": " ".join(row["text"].split()), "label": row["label"]}
        yield Candidate((Draft(raw, row),), group=normalise(raw["text"]), stratum=str(raw["label"]))


BUILDER = Builder(
    task=TASK,
    upstream=(
        Upstream(TASK.sources[0], splits=("train", "test"), columns={"text": str, "label": int}),
    ),
    draft=draft,
    strata=("0", "1", "2", "3"),
    notes=__doc__,
    mend=mend_article,
)
