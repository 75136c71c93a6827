"""What is computed, counted in tokens rather than seconds; and what happens when memory ends."""

from __future__ import annotations

import pytest
import torch

from mceval8k.errors import UsageError

LETTERS = (" A", " B", " C", " D")
SHOTS = "Say which topic a text has. " * 6
DEUTSCH = "Sag, welches Thema ein Text hat. " * 6


def letters(prefix: str, count: int) -> list[tuple[str, str]]:
    texts = [f"{prefix}Text {n}{n % 3 * '!'} Answer:" for n in range(count)]
    return [(text, letter) for text in texts for letter in LETTERS]


def test_what_prompts_share_is_run_once(both, passes) -> None:
    pair = both(batch_size=4)
    pair.prefix._support.find(1)  # tried before we count
    with passes(pair.model) as shapes:
        pair.check(letters(SHOTS, 12))
    # hf runs three batches of four; then come the shared beginning and the rests of the prompts.
    assert [rows for rows, _ in shapes[:3]] == [4, 4, 4]
    shared = len(f"{SHOTS}Text ")
    assert shapes[3][0] == 1
    assert shapes[3][1] == shared
    longest = shapes[0][1]
    assert sum(rows for rows, _ in shapes[4:]) == 12
    assert all(tokens <= longest - shared for _, tokens in shapes[4:])
    plain, ours = (sum(r * t for r, t in part) for part in (shapes[:3], shapes[3:]))
    assert plain / ours > 3.5


def test_each_group_has_its_own_prefix(both, make_requests, passes) -> None:
    pair = both(batch_size=8)
    pair.prefix._support.find(1)
    with passes(pair.model) as shapes:
        pair.prefix.loglikelihood(make_requests(letters(SHOTS, 8) + letters(DEUTSCH, 8)))
    prefixes = [tokens for rows, tokens in shapes if rows == 1]
    assert sum(prefixes) == pytest.approx(len(SHOTS) + len(DEUTSCH) + 10, abs=8)
    assert sum(rows for rows, _ in shapes if rows > 1) == 16


def test_a_context_is_run_once_for_all_its_options(both, make_requests, passes) -> None:
    options = (" on the mat", " under it", " up")
    requests = [(f"{n} the cat sat where it could, that is", o) for n in "abc" for o in options]
    pair = both(batch_size=9)
    pair.prefix._support.find(1)
    with passes(pair.model) as shapes:
        pair.prefix.loglikelihood(make_requests(requests))
    context, branches = len(requests[0][0]), (len(" on the ma") + len("under i") + len("u") - 1)
    assert shapes == [(3, context + branches)]


def test_no_context_in_the_way_of_logits(both, make_requests, monkeypatch) -> None:
    pair = both(batch_size=4)
    pair.prefix._support.find(1)
    rows: list[int] = []
    layer = pair.model.get_output_embeddings()
    hook = layer.register_forward_hook(lambda _, __, logits: rows.append(logits.shape[:-1].numel()))
    pair.prefix.loglikelihood(make_requests(letters(SHOTS, 6)))
    hook.remove()
    assert sum(rows) == 6
    assert not layer._forward_pre_hooks


def test_max_tokens_counts_prefix_and_padding(both, make_requests, passes) -> None:
    pair = both(max_tokens=600)
    pair.prefix._support.find(1)
    with passes(pair.model) as shapes:
        pair.prefix.loglikelihood(make_requests(letters(SHOTS, 9)))
    (_, shared), *batches = shapes
    assert [rows * (shared + tokens) <= 600 for rows, tokens in batches] == [True] * len(batches)
    assert max(rows for rows, _ in batches) == 3


@pytest.mark.parametrize(
    "error",
    [
        torch.cuda.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_batches_are_halved_when_memory_ends(both, make_requests, monkeypatch, error) -> None:
    pair = both(batch_size=8)
    expected, _ = pair.scores(letters(SHOTS, 11) + letters(DEUTSCH, 8))
    tried = _short_of_memory(monkeypatch, pair.model, error, rows=3)
    found = pair.prefix.loglikelihood(make_requests(letters(SHOTS, 11) + letters(DEUTSCH, 8)))
    assert [a for a, _ in found] == pytest.approx([a for a, _ in expected], abs=1e-9)
    batches = [rows for rows in tried if rows > 1]
    assert batches[0] > 3
    # The second group starts with what the first has learnt.
    assert batches == sorted(batches, reverse=True)


def test_memory_for_nothing(both, make_requests, monkeypatch) -> None:
    pair = both()
    pair.prefix._support.find(1)
    _short_of_memory(monkeypatch, pair.model, torch.cuda.OutOfMemoryError("CUDA"), rows=0)
    with pytest.raises(UsageError, match="memory does not hold"):
        pair.prefix.loglikelihood(make_requests([("a", " b")]))


def test_other_errors_are_not_taken_for_memory(both, make_requests, monkeypatch) -> None:
    pair = both()
    pair.prefix._support.find(1)
    _short_of_memory(monkeypatch, pair.model, RuntimeError("a bug"), rows=0)
    with pytest.raises(RuntimeError, match="a bug"):
        pair.prefix.loglikelihood(make_requests([("a", " b")]))


def _short_of_memory(monkeypatch, model, error: Exception, *, rows: int) -> list[int]:
    """Make a model raise `error` when it is given more rows; the rows it is given are noted."""
    forward = model.forward
    tried: list[int] = []

    def limited(**inputs):
        tried.append(len(inputs["input_ids"]))
        if tried[-1] > rows:
            raise error
        return forward(**inputs)

    monkeypatch.setattr(model, "forward", limited)
    return tried
