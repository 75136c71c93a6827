"""What a board reads of lm-eval's result files: the schema, and nothing that is not checked by it.

Python's own reader of JSON comes first, since lm-eval writes NaN, which is no JSON; its values are
then converted by the schema. The entries of a task are converted one by one, so that a fault in one
leaves the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from harness.tasks.generate import TASK_VERSION
from mceval8k.errors import DataError

LARGEST = 64_000_000
"""Bytes of a result file, which has some kilobytes per task."""

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class ModelConfig(msgspec.Struct):
    """What lm-eval says of the model and of the run: `config`."""

    model: str | None = None
    model_args: dict[str, Any] | str | None = None
    model_dtype: str | None = None
    model_sha: str | None = None
    model_revision: str | None = None
    model_num_parameters: int | None = None
    limit: float | None = None
    torch_seed: int | None = None


class RunRecord(msgspec.Struct):
    """What `mceval8k eval` adds: `mceval8k`."""

    model_commit: str | None = None
    model_parameters: int | None = None
    num_fewshot: str | int | None = None
    prompts_checked: bool = False


class Metadata(msgspec.Struct):
    """What a task recorded when it read the edition."""

    edition_digest: Digest
    pack_digest: Digest
    test_items: Whole
    test_ids_digest: Digest
    version: float
    pack: str | None = None
    demonstration_seed: int | None = None
    rotation: Whole | None = None
    versions: dict[str, str | None] = {}


class TaskConfig(msgspec.Struct):
    """A task of a run: an entry of `configs`."""

    dataset_name: str
    output_type: str
    metadata: Metadata
    num_fewshot: Whole | None = None
    generation_kwargs: dict[str, Any] | None = None


class ResultContent(msgspec.Struct):
    """A result file; `results` and `configs` are by lm-eval's names of tasks."""

    results: dict[str, Any]
    configs: dict[str, Any]
    config: ModelConfig
    lm_eval_version: str
    n_shot: dict[str, Any] = msgspec.field(name="n-shot", default_factory=dict)
    mceval8k: RunRecord = msgspec.field(default_factory=RunRecord)
    model_name: str | None = None
    date: float | None = None
    chat_template: str | None = None
    chat_template_sha: str | None = None
    system_instruction_sha: str | None = None
    fewshot_as_multiturn: bool | None = None


def read_content(path: Path) -> ResultContent:
    """Read a result file.

    Raises
    ------
    DataError
        It cannot be read, is no JSON, or is not what lm-eval writes.
    """
    content = _json(path)
    if not isinstance(content, dict) or not isinstance(content.get("results"), dict):
        raise DataError("no result file of lm-eval")
    if not isinstance(content.get("lm_eval_version"), str):
        raise DataError("no version of lm-eval is given")
    return converted(content, ResultContent)


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"larger than {LARGEST / 1e6:.0f} MB: no result file of lm-eval")
        text = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from None
    try:
        content = json.loads(text)
        # Half of a surrogate pair is in no text that can be written.
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise DataError("holds half of a surrogate pair, which is no text") from None
    except (ValueError, RecursionError):
        raise DataError("no JSON, or cut off") from None
    return content


Read = TypeVar("Read")


def converted(value: Any, into: type[Read]) -> Read:
    """A value by its schema.

    Raises
    ------
    DataError
        It does not fit; the message names the field.
    """
    try:
        return msgspec.convert(value, into)
    except (msgspec.ValidationError, OverflowError) as error:
        raise DataError(str(error).replace("`$", "`").replace("`.", "`")) from None


def task_config(value: Any) -> TaskConfig:
    """Entry of a task.

    Raises
    ------
    DataError
        It is not what a task of this package records, or is of another version of the tasks.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("metadata"), Mapping):
        raise DataError("no metadata on edition and pack")
    version = value["metadata"].get("version")
    if version != TASK_VERSION:
        raise DataError(f"made with version {version!r} of the task; this is {TASK_VERSION}")
    return converted(value, TaskConfig)
