"""The parts of an edition's card that are the same for every edition."""

from __future__ import annotations

from collections.abc import Mapping

SUMMARY = (
    "Multiple-choice questions for evaluating language models and for finding the neurons behind "
    "their answers. Items of all tasks have the same first columns. No group (source sentence, "
    "document, fact or parallel text) is in two splits."
)

ABOUT: Mapping[str, str] = {
    "samples": "This is the **samples** edition: a small one, built from rows written for the "
    "project. It shows the format and lets every tool run; it measures nothing.",
    "full": "This is a **full** edition, built from the upstream data sets.",
    "clean": "This is a **clean** edition, repaired from the released MCEval8K.",
}

USES = """Meant for: scoring language models by the answer symbol they prefer, few-shot or not; \
fitting probes on the train split and testing them on the test split; comparing editions.

Not meant for: training a model that is then scored on it; conclusions about people or groups from \
single items; decisions about real persons or texts, for which the labels were not made."""

LOADING = """```python
from mceval8k import load_task

splits = load_task("TASK", "path/to/this/folder")  # or "owner/name", revision="tag"
```

or, without the package:

```python
from datasets import load_dataset

splits = load_dataset("path/to/this/folder", "TASK")
everything = load_dataset("path/to/this/folder")  # the config `all`: shared columns of all tasks
```

`load_dataset` keys its cache on a folder's name: give a rebuilt folder a fresh `cache_dir`. \
Offline it does not look at `revision`; `load_task` does."""

COLUMNS = """| column | meaning |
|---|---|
| `id` | task and 12 hexadecimal digits of a SHA-256 over the content |
| `task`, `genre`, `lang` | which task, its genre, language of the item (BCP-47) |
| `question` | the question, without instruction and options |
| `options` | candidate answers |
| `label` | index of the right option |
| `group` | what must not be split |
| `source`, `source_id` | upstream data set, split and row in it |
| `input` | the instruction and the question, for tools that show an item as it is |

The task's own columns stand between them. `schema/item.schema.json` is the JSON Schema of an item,
`croissant.json` describes files and columns in MLCommons' Croissant, and `manifest.json` holds the
seed, the sources' revisions, the counts and a SHA-256 of every file."""

COLUMNS_SAMPLES = COLUMNS.replace(
    "upstream data set, split and row in it",
    "upstream data set in whose form the row was written, and the row's place in its file here",
)

_STEPS = """Per task: rows become candidate items; blank, broken, repeated and contradictory ones \
are dropped, each with its reason; labels (and languages) are drawn equally \
often; whole groups go to train, validation or test, about 6:1:1, and groups with near-duplicate \
texts go together; where options have no fixed order the right one stands at each place equally \
often. Every choice is made by hashing the seed and the item, so the same seed and sources give \
the same bytes. What was done in each task, and what differs from the released MCEval8K, is in \
TASKS.md."""

MADE = f"""Questions and labels come from the upstream data sets; nothing was annotated anew. \
{_STEPS}"""

MADE_CLEAN = f"""Questions and labels are those of the released MCEval8K; nothing was annotated \
anew. Texts are mended where they can be, and the rows of all splits are pooled before they are \
split again; `repair.json` has the account. {_STEPS}"""

MADE_SAMPLES = f"""Questions and labels were written for the project, in the form of the upstream \
data sets, and went through the builders as upstream rows do. {_STEPS}"""

LIMITS = """- Labels are upstream's, with upstream's mistakes and its annotators' views.
- Most upstream sets are old and public: models may have seen them, test splits included.
- Facts are as of the upstream set; some are out of date.
- Distractors are drawn from upstream's own labels. An item can be answerable from its options \
alone more often than chance; `mceval8k audit` measures it.
- Balanced labels are not those of the world: accuracy here is no estimate of accuracy in use.
- English dominates; other languages are fr, de, zh and es alone, in part as translations."""

LIMITS_SAMPLES = """- The rows show the format. They are few, and no score on them means anything.
- Facts about real places and persons of public life were true, as far as the authors know, when \
they were written; most statements of `templama` are about invented ones."""

LICENCES = """Each task has the licence of its upstream data; there is none for the whole. Whoever \
passes rows on must keep to it and name upstream. Please cite the publications of the tasks that \
you use, and this project by its `CITATION.cff`:"""

LICENCES_SAMPLES = """The rows of this edition were written for the project and have its licence, \
Apache-2.0. For editions built from upstream data, licences and publications are in"""

SENSITIVE_INTRO = """Texts were public or released for research before. Nothing was added to \
them, and names in them were not removed. `mceval8k build --mask-personal-data` masks IP and \
e-mail addresses; the check `personal-data` of the audit counts those that are there. Whoever \
finds themselves in an item and wants it removed can ask upstream and the maintainers of this \
repository. By task:"""

SENSITIVE_SAMPLES = """The rows of this edition were written for the project. Reviews, comments, \
dialogues and their authors are invented; some statements of fact name persons of public life. \
The rows of `toxicity` hold insults and those of `stereoset` stereotypes, on purpose."""
