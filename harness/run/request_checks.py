"""Checks of what a model will really be given, made before anything is scored.

lm-eval cuts a prompt that is too long from the left, with a warning among others, and scores an
answer of several tokens without a word. Both change what is measured, so both stop the run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from lm_eval.api.instance import Instance
from lm_eval.api.model import TemplateLM
from lm_eval.models.api_models import TemplateAPI
from lm_eval.models.huggingface import HFLM
from transformers import PreTrainedTokenizerBase

from mceval8k.errors import DataError
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.task import Item

Checker = Callable[[Sequence[Instance]], None]


def request_checker(lm: Any) -> Checker | None:
    """Check for the requests of one task; None for models whose tokenizer is not here to ask."""
    return partial(check_requests, lm) if has_tokenizer(lm) else None


def has_tokenizer(lm: Any) -> bool:
    """Whether a model's prompts become tokens here, with a tokenizer of transformers.

    That is so of `hf` and its kin, of vLLM and SGLang in this process, and of servers to which
    lm-eval sends tokens.
    """
    if isinstance(lm, TemplateAPI):
        return lm.tokenizer_backend == "huggingface" and bool(lm.tokenized_requests)
    is_here = isinstance(getattr(lm, "tokenizer", None), PreTrainedTokenizerBase)
    return isinstance(lm, HFLM) or (isinstance(lm, TemplateLM) and is_here)


def room(lm: Any) -> int:
    """Tokens that a prompt may have; all but `hf` get the answer's first token with it."""
    return int(lm.max_length) - (not isinstance(lm, HFLM))


def check_requests(lm: Any, requests: Sequence[Instance]) -> None:
    """Check that every prompt fits the model and every answer is one token.

    An answer that is generated need not be one token, but there must be room for it.

    Parameters
    ----------
    lm
        A model for which `has_tokenizer` holds.
    requests
        A task's requests, those of an item side by side.

    Raises
    ------
    DataError
        A prompt is longer than the model's context; the message names the item.
    UsageError
        An answer is not one token after the prompt.
    """
    checked: set[tuple[str, tuple[str, ...]]] = set()
    for item, prompt, answers in _items(requests):
        if isinstance(answers[0], dict):
            _check_length(lm, item, prompt, reply=answers[0].get("max_gen_toks", 0))
            continue
        _check_length(lm, item, prompt)
        # Every prompt of a language ends in the same cue, so one prompt speaks for all of them.
        kind = (item["lang"], answers)
        if getattr(lm, "backend", "causal") == "causal" and kind not in checked:
            answer_tokens(lm.tokenizer, prompt, answers)
            checked.add(kind)


def _items(requests: Iterable[Instance]) -> Iterable[tuple[Item, str, tuple[Any, ...]]]:
    """Item, prompt and answers of each group of requests; lm-eval's settings of a generated one."""
    for _, group in groupby(requests, key=lambda request: request.doc_id):
        first, *rest = group
        answers = tuple(request.args[1] for request in (first, *rest))
        yield first.doc, first.args[0], answers


def _check_length(lm: Any, item: Item, prompt: str, reply: int = 0) -> None:
    length = len(lm.tok_encode(prompt))
    if length + reply > room(lm):
        raise DataError(
            f"item {item['id']}: the prompt has {length} tokens"
            f"{f' and the reply up to {reply}' if reply else ''}, but the model takes "
            f"{room(lm)}: ask with fewer demonstrations or a longer max_length"
        )
