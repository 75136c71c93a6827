"""Which model a result file is about, whatever machine it comes from.

Whatever may change what a model answers makes another model: of the arguments that lm-eval's models
take, all but those that are known to change its speed only. So two rows may be of one model, but
never one row of two.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.leaderboard.records import Model
from harness.leaderboard.result_schema import ResultContent
from mceval8k.secrets import HIDDEN, redact

_SNAPSHOT = re.compile(r"models--(?P<owner>[^/]+?)--(?P<name>[^/]+)/snapshots/(?P<commit>\w+)")
_LONGEST = 200
"""Characters of an argument's value that are shown."""

HARMLESS = frozenset(
    """
    batch_size max_batch_size device device_map device_map_option parallelize num_processes
    max_memory_per_gpu max_cpu_memory offload_folder low_cpu_mem_usage cache_dir download_dir
    trust_remote_code local_files_only
    gpu_memory_utilization mem_fraction_static swap_space cpu_offload_gb enforce_eager
    tensor_parallel_size pipeline_parallel_size data_parallel_size tp_size dp_size
    max_tokens max_num_seqs max_num_batched_tokens enable_prefix_caching disable_log_stats
    logits_cache
    num_concurrent max_retries timeout verify_certificate
    """.split()  # noqa: SIM905
)
"""Arguments that change how fast or where a model answers, not what."""
_NAMING = frozenset(("pretrained", "model", "path", "engine", "revision", "dtype"))
"""Arguments that are shown on their own."""


def model_of(content: ResultContent) -> Model:
    """Model of an lm-eval result file."""
    config, record = content.config, content.mceval8k
    arguments = _arguments(config.model_args)
    name = str(
        arguments.get("pretrained")
        or arguments.get("model")
        or content.model_name
        or config.model
        or "unnamed"
    )
    known = record.model_commit or config.model_sha or config.model_revision
    revision = str(known or arguments.get("revision") or "")
    if found := _SNAPSHOT.search(name.replace("\\", "/")):
        name, revision = f"{found['owner']}/{found['name']}", found["commit"]
    dtype = config.model_dtype or arguments.get("dtype") or ""
    return Model(
        name=_tidy(name),
        revision=_tidy(revision),
        dtype=_tidy(str(dtype).removeprefix("torch.")),
        variant=", ".join(_variant(arguments)),
    )


def parameters_of(content: ResultContent) -> int:
    """Number of a model's parameters; 0 where an API does not tell."""
    found = content.config.model_num_parameters or content.mceval8k.model_parameters or 0
    return found if 0 < found < 10**15 else 0


def _variant(arguments: Mapping[str, Any]) -> Iterator[str]:
    for key, value in sorted(arguments.items()):
        if key in HARMLESS or key in _NAMING or str(value) in ("None", "False", "", "auto"):
            continue
        shown = redact(f"{_tidy(key)}={_tidy(str(value))}")
        if not shown.endswith(f"={HIDDEN}"):
            yield shown


def _arguments(given: Mapping[str, Any] | str | None) -> dict[str, Any]:
    """Model arguments, which lm-eval writes as `key=value,…` or as a mapping."""
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items()}
    pairs = (part.partition("=") for part in (given or "").split(","))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def _tidy(text: str) -> str:
    """Text on one line, a path without its last stroke; a path is never shortened to a part."""
    tidy = " ".join(text.replace("\\", "/").split())
    tidy = tidy.rstrip("/") or tidy
    return tidy if len(tidy) <= _LONGEST else f"{tidy[:_LONGEST]}…{_digest(tidy)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
