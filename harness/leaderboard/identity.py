"""Which model a result file is about, whatever machine it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.leaderboard.records import Model

_SNAPSHOT = re.compile(r"models--(?P<owner>[^/]+?)--(?P<name>[^/]+)/snapshots/(?P<commit>\w+)")
_HUB_ID = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")

VARIANT_ARGUMENTS = (
    "add_bos_token",
    "autogptq",
    "delta",
    "enable_thinking",
    "gguf_file",
    "gptqmodel",
    "load_in_4bit",
    "load_in_8bit",
    "lora_local_path",
    "peft",
    "quantization",
    "subfolder",
    "tokenizer",
)
"""Arguments of lm-eval's models that change what a model answers, not only how fast."""


def model_of(results: Mapping[str, Any]) -> Model:
    """Model of an lm-eval result file."""
    config, record = (_mapping(results.get(name)) for name in ("config", "mceval8k"))
    arguments = _arguments(config.get("model_args"))
    name = str(
        results.get("model_name")
        or arguments.get("pretrained")
        or arguments.get("model")
        or config.get("model")
        or "unnamed"
    )
    known = record.get("model_commit") or config.get("model_sha") or config.get("model_revision")
    revision = str(known or "")
    if found := _SNAPSHOT.search(name.replace("\\", "/")):
        name, revision = f"{found['owner']}/{found['name']}", found["commit"]
    variant = sorted(
        f"{key}={_short(str(arguments[key]))}"
        for key in VARIANT_ARGUMENTS
        if str(arguments.get(key)) not in ("None", "False", "")
    )
    dtype = config.get("model_dtype") or arguments.get("dtype") or ""
    return Model(
        name=_short(name),
        revision=revision,
        dtype=str(dtype).removeprefix("torch."),
        variant=", ".join(variant),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _arguments(given: Any) -> dict[str, Any]:
    """Model arguments, which lm-eval writes as `key=value,…` or as a mapping."""
    if isinstance(given, Mapping):
        return {str(key): value for key, value in given.items()}
    pairs = (part.partition("=") for part in str(given or "").split(","))
    return {key.strip(): value.strip() for key, _, value in pairs if value}


def _short(name: str) -> str:
    """Hub id as it is; of a path its last part."""
    if _HUB_ID.fullmatch(name):
        return name
    parts = [part for part in re.split(r"[\\/]", name) if part]
    is_path = name.startswith(("/", ".", "~")) or "\\" in name or len(parts) > 2
    return parts[-1] if is_path and parts else name
