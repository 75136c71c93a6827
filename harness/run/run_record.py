"""The record of a run: what was evaluated, with what, on what; nothing that depends on the scores.

The same record opens `summary.json` and stands under `mceval8k` in lm-eval's results file.
"""

from __future__ import annotations

import hashlib
from typing import Any

from harness.versions import versions
from mceval8k.editions import Edition


def model_record(lm: Any, config: dict[str, Any]) -> dict[str, Any]:
    """What is known of the model that was loaded.

    Parameters
    ----------
    lm
        lm-eval's model.
    config
        `config` of lm-eval's results.

    Returns
    -------
    dict
        `model_revision` is what was requested, `model_commit` the commit that was loaded. Values
        that cannot be known, as those of a model behind a server, are None.
    """
    dtype, count = config.get("model_dtype"), config.get("model_num_parameters")
    return {
        "model_revision": config.get("model_revision"),
        "model_commit": commit(lm) or config.get("model_sha") or None,
        "model_dtype": str(dtype).removeprefix("torch.") if dtype else None,
        "model_parameters": count if count and count > 0 else None,
    }


def commit(lm: Any) -> str | None:
    """Commit of the Hub repository that the weights of a transformers model come from."""
    return getattr(getattr(getattr(lm, "model", None), "config", None), "_commit_hash", None)


def chat_record(
    lm: Any, *, apply_chat_template: bool, system_instruction: str | None
) -> dict[str, Any]:
    """Whether and how prompts are put into the model's chat template."""
    template = lm.chat_template(True) if apply_chat_template else None
    return {
        "chat_template": apply_chat_template,
        "chat_template_digest": hashlib.sha256(template.encode()).hexdigest() if template else None,
        "system_instruction": system_instruction,
    }


def edition_record(edition: Edition, digest: str) -> dict[str, Any]:
    """Which edition was read."""
    return {
        "edition": edition.name,
        "edition_revision": edition.revision,
        "edition_digest": digest,
    }


def version_record() -> dict[str, Any]:
    """What computed the scores."""
    return {"mceval8k_version": versions()["mceval8k"], "versions": dict(versions())}
