"""The files of the lm-eval tasks, made from the registry.

Every task comes in two kinds: scored by the log-likelihoods of the answer symbols, and, with names
that end in `_gen`, by reading what the model generates. One template per kind says how an item is
prompted and scored; each task has a file; a group per genre and one for the whole benchmark hold
the tasks together.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.samples.prompt_columns import BLOCK, INSTRUCTION, SYMBOLS
from harness.tasks.discovery import GENERATION, PREFIX, group_name, task_name
from mceval8k.errors import DataError
from mceval8k.files import write_text
from mceval8k.task import GENRES, OWN, Task

MADE = "# Made by `mceval8k generate-tasks`.\n"
# Without a task's name lm-eval cannot take the template for a task.
TEMPLATE = f"_{PREFIX}.yaml"
CODE = f"_{PREFIX}.py"
TASK_VERSION = 1

_SPLITS = """training_split: train
test_split: test
fewshot_split: train
"""
_COLUMNS = f"""description: {INSTRUCTION}
doc_to_text: {BLOCK}
doc_to_choice: {SYMBOLS}
doc_to_target: label
"""
_ACCURACY = """  - metric: acc
    aggregation: mean
    higher_is_better: true
"""

_LIKELIHOOD_TEMPLATE = f"""\
{MADE}# How every item is prompted and scored. The prompt's columns are filled by
# the prompt pack (harness/samples/prompt_columns.py); num_fewshot is left to lm-eval's flag.
class: !function _mceval8k.MCEval8kTask
{_SPLITS}output_type: multiple_choice
{_COLUMNS}metric_list:
{_ACCURACY}metadata:
  version: {TASK_VERSION}
"""

_GENERATION_TEMPLATE = f"""\
{MADE}# How every item is prompted and how the reply is read. The prompt's columns are filled by
# the prompt pack (harness/samples/prompt_columns.py); num_fewshot is left to lm-eval's flag.
class: !function _mceval8k.GenerationTask
{_SPLITS}output_type: generate_until
{_COLUMNS}generation_kwargs:
  # Ends of turns that some servers pass on as text. An empty line is not among them: some models
  # write one before the answer.
  until: ["</s>", "<|im_end|>", "<|eot_id|>", "<|endoftext|>"]
  max_gen_toks: 32
  do_sample: false
process_results: !function _mceval8k.process_results
metric_list:
{_ACCURACY}  - metric: unreadable
    aggregation: mean
    higher_is_better: false
metadata:
  version: {TASK_VERSION}
"""


# lm-eval looks for functions beside the YAML file first, and then wherever Python does, where a
# file `harness.py` of the user's would be found.
_LIKELIHOOD_CODE = f"""\
{MADE}from mceval8k.packages import import_own

MCEval8kTask = import_own("harness.tasks.lm_eval_task").MCEval8kTask
"""
_GENERATION_CODE = f"""\
{MADE}from mceval8k.packages import import_own

_TASKS = import_own("harness.tasks.generation_task")
GenerationTask, process_results = _TASKS.GenerationTask, _TASKS.process_results
"""


@dataclass(frozen=True)
class _Kind:
    """One of the two kinds of tasks."""

    generation: bool
    folder: str
    """Folder of its files below that of the tasks."""
    template: str
    code: str
    """What the template's functions are."""
    metrics: tuple[str, ...]


_KINDS = (
    _Kind(
        generation=False,
        folder="",
        template=_LIKELIHOOD_TEMPLATE,
        code=_LIKELIHOOD_CODE,
        metrics=("acc",),
    ),
    _Kind(
        generation=True,
        folder="generation/",
        template=_GENERATION_TEMPLATE,
        code=_GENERATION_CODE,
        metrics=("acc", "unreadable"),
    ),
)


def task_files(tasks: Collection[Task]) -> Mapping[str, str]:
    """Text of every file by its path in the folder of the tasks."""
    return {
        kind.folder + path: text for kind in _KINDS for path, text in _files(kind, tasks).items()
    }


def _files(kind: _Kind, tasks: Collection[Task]) -> Mapping[str, str]:
    files = {TEMPLATE: kind.template, CODE: kind.code}
    end = GENERATION if kind.generation else ""
    genres = [genre for genre in (*GENRES, OWN) if any(task.genre == genre for task in tasks)]
    for genre in genres:
        members = [task for task in tasks if task.genre == genre]
        folder = genre.replace("-", "_")
        name = group_name(genre, generation=kind.generation)
        names = [task_name(task, generation=kind.generation) for task in members]
        files[f"{folder}/_{folder}.yaml"] = _group(
            kind, name, genre + end, names, "mean over the genre's tasks", by_size=False
        )
        for task in members:
            files[f"{folder}/{task.module_name}.yaml"] = _task(kind, task)
    everything = [group_name(genre, generation=kind.generation) for genre in genres]
    if genres == [OWN]:  # not of the benchmark, nor of its average
        return files
    whole = PREFIX + end
    files[f"{PREFIX}.yaml"] = _group(
        kind, whole, whole, everything, "mean over all items (micro)", by_size=True
    )
    return files


@contextmanager
def files_of_own(tasks: Collection[Task]) -> Iterator[list[Path]]:
    """Yield folders, for lm-eval's `include_path`, with the files of tasks that an edition brings.

    There is none where all tasks are the benchmark's.
    """
    own = [task for task in tasks if task.genre == OWN]
    if not own:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="mceval8k-") as name:
        write_task_files(Path(name), own)
        yield [Path(name)]


def write_task_files(folder: Path, tasks: Collection[Task]) -> None:
    """Write the files and remove those of tasks that are no more."""
    files = task_files(tasks)
    for name, text in files.items():
        write_text(folder / name, text)
    for name, path in _there(folder).items():
        if name not in files:
            path.unlink()


def check_task_files(folder: Path, tasks: Collection[Task]) -> None:
    """Compare the files with what the registry says.

    Raises
    ------
    DataError
        A file is missing, differs, or is too many; the message names the first.
    """
    files = task_files(tasks)
    there = _there(folder)
    for name in sorted({*files, *there}):
        if name not in there:
            raise _stale(folder / name, "is missing")
        if name not in files:
            raise _stale(folder / name, "belongs to no task")
        if there[name].read_text(encoding="utf-8") != files[name]:
            raise _stale(folder / name, "is not what the registry says")


def _there(folder: Path) -> dict[str, Path]:
    paths = (*folder.rglob("*.yaml"), *folder.rglob(CODE))
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _stale(path: Path, what: str) -> DataError:
    return DataError(f"{path} {what}: run `mceval8k generate-tasks`")


def _task(kind: _Kind, task: Task) -> str:
    return (
        f"{MADE}include: ../{TEMPLATE}\n"
        f"task: {task_name(task, generation=kind.generation)}\n"
        f"task_alias: {task.name}{GENERATION if kind.generation else ''}\n"
        f"dataset_name: {task.name}\n"
    )


def _group(
    kind: _Kind, name: str, alias: str, members: list[str], meaning: str, *, by_size: bool
) -> str:
    listed = "".join(f"  - {member}\n" for member in members)
    metrics = "".join(
        f"  - metric: {metric}\n    aggregation: mean\n    weight_by_size: {str(by_size).lower()}\n"
        for metric in kind.metrics
    )
    return (
        f"{MADE}group: {name}\n"
        f"group_alias: {alias}\n"
        f"task:\n{listed}"
        f"# {meaning[0].upper()}{meaning[1:]}.\n"
        f"aggregate_metric_list:\n{metrics}"
        f"metadata:\n  version: {TASK_VERSION}\n"
    )
