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
from lm_eval.models.huggingface import HFLM

from mceval8k.errors import DataError
from mceval8k.prompts.symbols import answer_tokens
from mceval8k.task import Item

Checker = Callable[[Sequence[Instance]], None]


def request_checker(lm: Any) -> Checker | None:
    """Check for the requests of one task; None for models whose tokenizer is not here to ask."""
    return partial(check_requests, lm) if isinstance(lm, HFLM) else None


def check_requests(lm: Any, requests: Sequence[Instance]) -> None:
    """Check that every prompt fits the model and every answer is one token.

    Parameters
    ----------
    lm
        lm-eval's `HFLM`.
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
        _check_length(lm, item, prompt)
        # Every prompt of a language ends in the same cue, so one prompt speaks for all of them.
        kind = (item["lang"], answers)
        if lm.backend == "causal" and kind not in checked:
            answer_tokens(lm.tokenizer, prompt, answers)
            checked.add(kind)


def _items(requests: Iterable[Instance]) -> Iterable[tuple[Item, str, tuple[str, ...]]]:
    """Item, prompt and answers of each group of requests."""
    for _, group in groupby(requests, key=lambda request: request.doc_id):
        first, *rest = group
        answers = tuple(request.args[1] for request in (first, *rest))
        yield first.doc, first.args[0], answers


def _check_length(lm: Any, item: Item, prompt: str) -> None:
    length = len(lm.tok_encode(prompt))
    if length > lm.max_length:
        raise DataError(
            f"item {item['id']}: the prompt has {length} tokens, but the model takes "
            f"{lm.max_length}: ask with fewer demonstrations or a longer max_length"
        )
