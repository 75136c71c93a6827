"""What stands around a model: compilation, into which no hook reaches, and adapters in folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers.utils.import_utils import is_peft_available

from mceval8k.errors import DataError, UsageError

ADAPTER = "adapter_config.json"


def uncompiled(model: Any) -> Any:
    """Give the model that `torch.compile` was given, which shares its weights; others as they are.

    Raises
    ------
    UsageError
        A part of it is compiled in place, where hooks are passed by.
    """
    model = getattr(model, "_orig_mod", model)
    for name, module in model.named_modules():
        if hasattr(module, "_orig_mod") or getattr(module, "_compiled_call_impl", None) is not None:
            raise UsageError(
                f"{name or type(model).__name__} is compiled in place, and hooks are passed by: "
                "give the model as it was before, or load it anew"
            )
    return model


def adapter_base(folder: Path) -> str | None:
    """Model that a folder with a PEFT adapter was trained on; None if it holds no adapter alone.

    Raises
    ------
    UsageError
        PEFT is not installed.
    DataError
        The adapter does not say what it was trained on.
    """
    file = folder / ADAPTER
    if not file.is_file() or (folder / "config.json").is_file():
        return None
    if not is_peft_available():
        raise UsageError(f"{folder} is an adapter: install peft to load it")
    try:
        base = json.loads(file.read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (ValueError, KeyError, TypeError):
        base = None
    if not isinstance(base, str) or not base:
        raise DataError(f"{file}: base_model_name_or_path does not name a model")
    return base
