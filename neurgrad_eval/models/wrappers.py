"""What stands around a model: compilation, into which no hook reaches, quantisation, adapters."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from transformers.utils import CONFIG_NAME
from transformers.utils.hub import cached_file
from transformers.utils.import_utils import is_peft_available
from transformers.utils.peft_utils import find_adapter_config_file

from mceval8k.errors import DataError, UsageError
from mceval8k.json_text import read_json


def uncompiled(model: Any) -> Any:
    """Give the model that `torch.compile` was given, which shares its weights; others as they are.

    Raises
    ------
    UsageError
        A part of it is compiled in place, where hooks are passed by.
    """
    model = getattr(model, "_orig_mod", model)
    for name, module in model.named_modules():
        if (
            hasattr(module, "_orig_mod")
            or getattr(module, "_compiled_call_impl", None) is not None
            or hasattr(vars(module).get("forward"), "_torchdynamo_orig_callable")
        ):
            raise UsageError(
                f"{name or type(model).__name__} is compiled in place, and hooks are passed by: "
                "give the model as it was before, or load it anew"
            )
    return model


def keep_backward(model: Any) -> Any:
    """Have 4-bit projections of bitsandbytes stay as they are, and give the model.

    On CPUs with AVX512-BF16 their first pass without gradients would pack the weights for good, for
    a kernel that has no backward pass.

    Raises
    ------
    UsageError
        That has happened.
    """
    for name, module in model.named_modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            state = getattr(module.weight, "quant_state", None)
            if getattr(state, "packing_format_for_cpu", False):
                raise UsageError(
                    f"bitsandbytes has packed {name} for passes without gradients: load it anew"
                )
            module.support_avx512bf16_for_cpu = False
    return model


def adapter_base(path_or_id: str, revision: str | None = None) -> str | None:
    """Model that a PEFT adapter was trained on; None for what is no adapter alone.

    Parameters
    ----------
    path_or_id
        Folder, or Hub id.
    revision
        Branch, tag or commit of a Hub id.

    Raises
    ------
    UsageError
        PEFT is not installed.
    DataError
        The adapter does not say what it was trained on.
    """
    file = find_adapter_config_file(path_or_id, revision=revision)
    if file is None or _has_config(path_or_id, revision):
        return None
    if not is_peft_available():
        raise UsageError(f"{path_or_id} is an adapter: install peft to load it")
    base = read_json(Path(file)).get("base_model_name_or_path")
    if not isinstance(base, str) or not base:
        raise DataError(f"{file}: base_model_name_or_path does not name a model")
    return base


def with_adapter(model: Any, path_or_id: str, revision: str | None) -> Any:
    """Load a PEFT adapter onto its base model, by PEFT itself; from safetensors alone.

    transformers' own loading leaves out what it knows no name for, such as DoRA's magnitudes.

    Raises
    ------
    OSError
        The adapter has no such weights.
    UserWarning
        Some of its weights are missing.
    """
    from peft import PeftModel
    from peft.utils import SAFETENSORS_WEIGHTS_NAME

    weights = cached_file(path_or_id, SAFETENSORS_WEIGHTS_NAME, revision=revision)
    assert weights is not None
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Found missing adapter keys")
        return PeftModel.from_pretrained(model, str(Path(weights).parent))


def _has_config(path_or_id: str, revision: str | None) -> bool:
    """Whether a folder or a Hub id holds a whole model's config."""
    try:
        return cached_file(path_or_id, CONFIG_NAME, revision=revision) is not None
    except OSError:  # there is none, or no way to ask
        return False
