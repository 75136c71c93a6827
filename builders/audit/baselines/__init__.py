"""Baselines that do not read a question whole: what they get right is no credit to a model.

| module | what is gone by |
|---|---|
| `rules` | the longest or shortest option; the largest, smallest, or most distant number |
| `lengths` | the length of a text, for fixed options |
| `words` | words and pairs of words, in one column alone or in the options alone |

Each is measured on the distinct rows of all splits (`distinct_rows`), and what is learnt, on other
groups than those that are answered; `measured` puts intervals and p values to it. Where the words
of the text are what the task is about (topic, sentiment, language), a classifier that reads the
whole text is a fair baseline and no shortcut: it is measured, too, and marked as `whole`.
"""

from builders.audit.baselines.measured import Baseline, measure
from builders.audit.baselines.rules import distances

__all__ = ["Baseline", "distances", "measure"]
