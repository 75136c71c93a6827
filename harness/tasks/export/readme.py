"""The README that lm-eval expects in a new folder of tasks."""

from __future__ import annotations

from collections.abc import Collection

from harness.tasks.discovery import PREFIX, group_name, task_name
from mceval8k.prompts.pack import Pack
from mceval8k.task import GENRES, Task
from mceval8k.version import __version__

_CHECKLIST = """\
For adding novel benchmarks/datasets to the library:
* [x] Is the task an existing benchmark in the literature?
  * [x] Have you referenced the original paper that introduced the task?
  * [ ] If yes, does the original paper provide a reference implementation? If so, have you \
checked against the reference implementation and documented how to run such a test?

If other tasks on this dataset are already supported:
* [ ] Is the "Main" variant of this task clearly denoted?
* [ ] Have you provided a short sentence in a README on what each new variant adds / evaluates?
* [ ] Have you noted which, if any, published evaluation setups are matched by this variant?
"""
_CITATION = """\
@inproceedings{zhao-etal-2025-neuron,
  title = {Neuron Empirical Gradient: Discovering and Quantifying Neurons' Global Linear \
Controllability},
  author = {Zhao, Xin and Jiang, Zehui and Yoshinaga, Naoki},
  booktitle = {Proceedings of ACL 2025},
  year = {2025},
  url = {https://arxiv.org/abs/2412.18053}
}"""


def readme(tasks: Collection[Task], pack: Pack, dataset: str) -> str:
    """README of an export."""
    rows = "\n".join(
        f"| `{task_name(task)}` | {task.genre} | {' '.join(task.languages)} | {task.summary} |"
        for task in tasks
    )
    genres = [genre for genre in GENRES if any(task.genre == genre for task in tasks)]
    groups = "\n".join(
        f"* `{group_name(genre)}`: the tasks of the genre {genre}" for genre in genres
    )
    return f"""\
# MCEval8k

Multiple-choice tasks of six genres, after the benchmark of *Neuron Empirical Gradient*
(https://arxiv.org/abs/2412.18053), rebuilt so that no item and no group of related items is in two
splits. Data: `{dataset}`. The prompts are those of the pack `{pack.name}` of the package `mceval8k`
{__version__}, which wrote these files with `mceval8k tasks --export`. A model answers with a symbol
(`A`, `B`, …); demonstrations are the first rows of train, which is ordered in blocks that hold
every label once.

### Citation

```bibtex
{_CITATION}
```

Each task's own source is cited on the data set's card.

### Groups, Tags, and Tasks

#### Groups

* `{PREFIX}`: all tasks; its value is the share of all items that are right (micro average)
{groups}

A genre's value is the mean over its tasks. The multilingual tasks are one task per language
(`{PREFIX}_xnli_fr`), and a group each; their genre has no value of its own, since lm-eval would
average over languages and tasks at once.

#### Tasks

| task | genre | languages | question |
|---|---|---|---|
{rows}

### Checklist

{_CHECKLIST}
### Changelog

* version 1: first export
"""
