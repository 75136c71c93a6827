"""lm-eval's models: loading one, telling it from others, and what can go wrong with a server."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
from lm_eval.api.registry import get_model
from lm_eval.models.api_models import TemplateAPI
from lm_eval.models.huggingface import HFLM
from lm_eval.utils import simple_parse_args_string

from harness.prefix_scorer import register as register_prefix_scorer
from harness.prefix_scorer.whole_checkpoints import only_whole_checkpoints
from harness.run.response_cache import METHODS, ResponseCache, cache_file, file_states
from harness.run.run_record import commit
from harness.versions import versions
from mceval8k.errors import DataError, MCEvalError, UsageError, is_own_fault
from mceval8k.secrets import redact
from neurgrad_eval.models.loading import check_not_pickled, find_device, one_line

UNREACHABLE = (OSError, aiohttp.ClientError, asyncio.TimeoutError)
"""What lm-eval raises, its retries spent, where a server does not answer."""
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AssertionError)
"""What lm-eval raises where a server's answer is not what it expects."""


BATCHES_BY_ITSELF = frozenset({"vllm", "vllm-vlm", "sglang"})
"""Kinds of models that take all requests at once; a batch size of 1 sends them one by one."""


PASSES = frozenset({"hf", "hf-auto", "hf-prefix", "huggingface"})
"""Kinds of models that compute here, some requests in each forward pass."""
_OTHER_WEIGHTS = frozenset({"use_safetensors", "gguf_file", "autogptq", "gptqmodel"})
"""Arguments that settle by themselves which files are read."""


def batch_size_of(kind: str, requested: str | None) -> str:
    """Batch size of a run: the requested one, else what suits the kind of model."""
    if requested:
        return requested
    return "auto" if kind in BATCHES_BY_ITSELF else "8" if kind in PASSES else "1"


def load_model(kind: str, model_args: str, *, batch_size: str, device: str | None) -> Any:
    """lm-eval's model.

    Raises
    ------
    UsageError
        There is no such kind of model, or it cannot be loaded with these arguments.
    """
    register_prefix_scorer()
    try:
        model_class = get_model(kind)
        if issubclass(model_class, HFLM):  # lm-eval takes the CPU for a device that it has not got
            device = str(find_device(device or "auto"))
        further = {"batch_size": batch_size, "device": device, **_no_pickles(kind, model_args)}
        with only_whole_checkpoints():
            lm = model_class.create_from_arg_string(model_args, further)
    except MCEvalError:
        raise
    except Exception as error:  # whatever libraries raise of names and files that are no model
        if is_own_fault(error):
            raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"model {kind} ({redact(model_args)}): {reason}") from error
    _check_prefix_token(lm)
    for name in METHODS:
        setattr(lm, name, _one_line_errors(lm, kind, getattr(lm, name)))
    return lm


def _no_pickles(kind: str, model_args: str) -> dict[str, bool]:
    """Arguments with which transformers opens no pickled weights, unless one of them says so.

    Raises
    ------
    UsageError
        A folder has no others.
    """
    arguments = simple_parse_args_string(model_args)
    if kind not in PASSES or _OTHER_WEIGHTS & arguments.keys():
        return {}
    folder = Path(str(arguments.get("pretrained")))
    if folder.is_dir():
        with one_line(f"model {folder}"):
            check_not_pickled(folder)
    return {"use_safetensors": True}


def _check_prefix_token(lm: Any) -> None:
    """Raise UsageError where lm-eval has no token to put before a text that has no other."""
    if isinstance(lm, HFLM) and lm.prefix_token_id is None:
        raise UsageError(
            f"model {lm.pretrained}: its tokenizer has no token for the beginning or the end of a "
            "text, and lm-eval needs one: name it as bos_token or eos_token in "
            "tokenizer_config.json"
        )


def check_chat_template(lm: Any) -> None:
    """Raise UsageError where a chat template is requested and the tokenizer has none."""
    tokenizer = getattr(lm, "tokenizer", None)
    if isinstance(lm, HFLM) and not getattr(tokenizer, "chat_template", None):
        raise UsageError(f"--apply-chat-template: {lm.pretrained} has no chat template")


def response_cache(lm: Any, kind: str, model_args: str, folder: Path) -> ResponseCache:
    """Responses of this model that earlier runs left in a folder."""
    arguments = simple_parse_args_string(redact(model_args))
    model = getattr(lm, "model", None)
    identity = {
        "kind": kind,
        "arguments": arguments,
        "files": file_states(arguments),
        "commit": commit(lm),
        "dtype": getattr(model, "dtype", None),
        "device": getattr(getattr(model, "device", None), "type", None),
        "versions": {name: versions()[name] for name in ("lm_eval", "transformers", "torch")},
    }
    named = arguments.get("pretrained") or arguments.get("model") or kind
    # SQLite's files are shared by processes of one machine only.
    machine = int(os.environ.get("GROUP_RANK", "0"))
    return ResponseCache(cache_file(folder, str(named), identity, lm.rank or machine))


def _one_line_errors(lm: Any, kind: str, ask: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    server = getattr(lm, "base_url", None)

    def answer(*args: Any, **kwargs: Any) -> list[Any]:
        try:
            return ask(*args, **kwargs)
        except NotImplementedError as error:
            raise UsageError(f"model {kind}: {error}") from error
        except MCEvalError:
            raise
        except Exception as error:
            if is_own_fault(error):
                raise
            if not isinstance(lm, TemplateAPI):
                raise UsageError(f"model {kind} fails: {type(error).__name__}: {error}") from error
            if not isinstance(error, (*UNREACHABLE, *UNREADABLE)):
                raise
            print(file=sys.stderr)  # lm-eval leaves its progress bar open
            stopped = isinstance(error, UNREACHABLE)
            what = "does not answer" if stopped else "gave an answer that cannot be read"
            advice = "; with --cache DIR the same command resumes where it stopped" * stopped
            reason = f"({type(error).__name__}: {error})"
            raise DataError(f"server {server} {what} {reason}{advice}") from error

    return answer
